"""Correcting in the lanes of a real browser: with mouse and keys, kept in the run, undone."""

import json
from collections.abc import Callable

import pytest

from app.storage import runs
from lart_core.rendering import Renderer
from lart_core.rendering.layer import write_layer
from lart_core.runs.corrections import FILE, Corrections, Span
from lart_core.runs.run import Run
from tests.browser.conftest import Axe, open_watch, take_away
from tests.synthetic import make_run

pytestmark = pytest.mark.browser

QUERY = "run=corrected&a=pose&person=1"


@pytest.fixture
def run(server):
    """A run of its own for each test: 90 frames, two people."""
    yield make_run(server.home, "corrected")
    take_away(server.home / "runs" / "corrected")


@pytest.fixture
def player(page, server, run):
    shown = open_watch(page, server, QUERY)
    shown.get_by_role("button", name="Correct", exact=True).click()
    shown.get_by_role("region", name="Correct").wait_for()
    return shown


def drag(page, player, person: int, row: int, first: int, last: int) -> None:
    """Press in a lane at one frame, move to another, let go."""
    canvas = player.locator(f'.person:has(button[aria-label="Person {person}"]) canvas')
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    y = box["y"] + 8 + 26 * row + 13
    x = [box["x"] + box["width"] * (frame + 0.5) / 90 for frame in (first, last)]
    page.mouse.move(x[0], y)
    page.mouse.down()
    page.mouse.move((x[0] + x[1]) / 2, y, steps=3)
    page.mouse.move(x[1], y, steps=3)
    page.mouse.up()


def until(page, true: Callable[[], bool]) -> None:
    """Wait until something is so in the run's folder."""
    for _ in range(200):
        if true():
            return
        page.wait_for_timeout(50)
    assert true()


def kept(page, run: Run, *spans: tuple[int, int, int]) -> None:
    """Wait until the run holds these spans: person, first and last frame."""
    until(
        page,
        lambda: [(s.person, s.first, s.last) for s in run.corrections().spans] == list(spans),
    )


def test_a_span_is_drawn_resized_moved_and_deleted_with_the_mouse(page, player, run) -> None:
    drag(page, player, 1, 0, 40, 60)
    kept(page, run, (1, 40, 60))
    assert (run.path / "actions" / "pose.safetensors").exists()
    drag(page, player, 1, 0, 60, 70)
    page.wait_for_function("(e) => e.value === '70'", arg=last_field(player))
    drag(page, player, 1, 0, 55, 50)
    page.wait_for_function("(e) => e.value === '65'", arg=last_field(player))
    kept(page, run, (1, 35, 65))
    player.get_by_role("button", name="Delete span").click()
    kept(page, run)
    player.get_by_role("button", name="Undo").click()
    kept(page, run, (1, 35, 65))


def last_field(player):
    return player.locator(".editor tbody input").nth(1).element_handle()


def test_the_keys_alone_do_it(page, player, run) -> None:
    player.focus()
    page.keyboard.press("n")
    page.keyboard.type("phone")
    page.keyboard.press("Enter")
    kept(page, run, (1, 0, 29))
    assert json.loads((run.path / FILE).read_text())["spans"][0]["action"] == 15, "answer phone"
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("[")
    kept(page, run, (1, 3, 29))
    page.keyboard.press(")")
    kept(page, run, (1, 4, 30))
    page.keyboard.press("Delete")
    kept(page, run)
    page.keyboard.press("Control+z")
    kept(page, run, (1, 4, 30))
    page.keyboard.press("Control+Shift+Z")
    kept(page, run)


def test_what_a_model_says_is_a_start_and_the_picture_says_what_was_corrected(
    page, player, run
) -> None:
    player.get_by_role("button", name="Start from what pose says").click()
    player.locator(".editor tbody tr").first.wait_for()
    player.locator(".saved", has_text="Saved").wait_for()
    said = run.corrections().spans
    assert {span.person for span in said} == {1} and len(said) > 2
    page.reload()
    page.locator(".player .lanes li").first.wait_for()
    page.locator(".player").get_by_role("button", name="Correct", exact=True).click()
    page.locator(".editor tbody tr").first.wait_for()
    assert page.locator(".editor tbody tr").count() == len(said)


def test_people_are_split_deleted_and_brought_back(page, player, run) -> None:
    player.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    player.get_by_role("button", name="Split at the cursor").click()
    player.locator(".lanes").get_by_role("button", name="Person 3", exact=True).wait_for()
    assert run.people().track_ids == [1, 2, 3]
    assert [run.people().by_id(3).first, run.people().by_id(1).last] == [5, 4]
    player.locator(".lanes").get_by_role("button", name="Person 3", exact=True).click()
    page.get_by_role("heading", name="Person 3").wait_for()
    player.get_by_role("button", name="Delete person").click()
    page.wait_for_function(
        "(e) => !e.querySelector('[aria-label=\"Person 3\"]')", arg=player.element_handle()
    )
    assert run.people().track_ids == [1, 2]
    for _ in range(2):
        player.get_by_role("button", name="Undo").click()
    until(page, lambda: not run.corrections().people)


def test_who_was_deleted_comes_back_with_their_spans_after_the_page_was_closed(
    page, player, server, run
) -> None:
    drag(page, player, 1, 0, 40, 60)
    kept(page, run, (1, 40, 60))
    player.get_by_role("button", name="Delete person").click()
    until(page, lambda: run.people().track_ids == [2])
    player.locator(".whom", has_text="Person 2").wait_for()
    page.get_by_role("heading", name="Person 2").wait_for()
    page.wait_for_url("**person=2*")
    assert not page.get_by_text("This video has no person").count()
    player = open_watch(page, server, QUERY)
    page.get_by_text("This video has no person 1").wait_for()
    player.get_by_role("button", name="Correct", exact=True).click()
    player.locator(".whom", has_text="Person 2").wait_for()
    player.get_by_text("Person 1 was deleted; 1 of its spans is kept.").wait_for()
    player.get_by_role("button", name="Bring back person 1").click()
    kept(page, run, (1, 40, 60))
    player.locator(".lanes").get_by_role("button", name="Person 1", exact=True).wait_for()
    assert run.people().track_ids == [1, 2] and not run.corrections().people


def test_bodies_are_not_drawn_of_former_people(page, server, run) -> None:
    draw_layer(run)
    player = open_watch(page, server, QUERY)
    player.get_by_role("button", name="Bodies").wait_for()
    player.get_by_role("button", name="Correct", exact=True).click()
    player.get_by_role("button", name="Delete person").click()
    page.get_by_role("button", name="Draw the bodies anew").wait_for()
    assert not player.get_by_role("button", name="Bodies").count()
    player.get_by_role("button", name="Undo").click()
    player.get_by_role("button", name="Bodies").wait_for()
    page.get_by_role("button", name="Draw the bodies anew").wait_for(state="detached")
    player.get_by_role("button", name="Delete person").click()
    page.get_by_role("button", name="Draw the bodies anew").click()
    with page.expect_response("**/mesh/*", timeout=60_000) as picture:
        player.get_by_role("button", name="Bodies").wait_for(timeout=60_000)
    assert picture.value.status == 200


def draw_layer(run: Run) -> None:
    """The bodies of the people as they are now, as the app draws them."""
    with Renderer() as renderer:
        write_layer(runs.mesh_layer(run), list(run.people()), renderer)


def test_what_is_typed_wrongly_is_said_at_its_field(page, player, run) -> None:
    search = player.get_by_role("combobox", name="Add an action at the cursor")
    search.fill("flurb")
    search.press("Enter")
    player.get_by_text("None of AVA's actions is called “flurb”").wait_for()
    search.fill("stand")
    search.press("Enter")
    kept(page, run, (1, 0, 29))
    assert not player.locator(".label-search .wrong").is_visible()
    last = player.get_by_label("Last frame of stand")
    last.fill("500")
    last.press("Tab")
    player.get_by_text("only there in frames 0 to 89, so the span is now 0 to 89").wait_for()
    kept(page, run, (1, 0, 89))
    last.fill("700")
    last.press("Tab")
    assert last.input_value() == "89"
    assert player.locator(".wrong.frames").is_visible()
    first = player.get_by_label("First frame of stand")
    last.fill("40")
    last.press("Tab")
    kept(page, run, (1, 0, 40))
    assert not player.locator(".wrong.frames").is_visible()
    first.fill("60")
    first.press("Tab")
    player.get_by_text("The first frame cannot be after the last, but 60 is after 40").wait_for()
    assert first.input_value() == "0"


def test_two_who_are_both_seen_are_not_one(page, player, run) -> None:
    player.get_by_role("button", name="Merge with").click()
    player.locator(".saved", has_text="both seen in frame 0").wait_for()
    assert not run.corrections()
    player.get_by_role("button", name="Swap from the cursor with").click()
    until(page, lambda: bool(run.corrections().people))
    first = run.people().by_id(1)
    assert (first.box == run.tracked_people().by_id(2).box).all()


def test_another_window_that_saved_is_not_overwritten(page, player, run) -> None:
    run.correct(run.corrections())
    drag(page, player, 1, 0, 40, 60)
    player.locator(".saved", has_text="another window has saved since").wait_for()
    assert not run.corrections().spans
    player.get_by_role("button", name="Save mine in its place").click()
    until(page, lambda: len(run.corrections().spans) == 1)
    player.locator(".saved", has_text="Saved").wait_for()


def test_what_was_just_drawn_outlives_a_reload(page, player, run) -> None:
    drag(page, player, 1, 0, 40, 60)
    page.reload()
    until(page, lambda: len(run.corrections().spans) == 1)


def test_people_are_found_by_what_they_do(page, server, run) -> None:
    player = open_watch(page, server, QUERY)
    options = player.get_by_label("Only people who").locator("option").all_inner_texts()
    assert options[0] == "do anything" and "stand" in options and len(options) == 6
    player.get_by_label("Only people who").select_option(label="stand")
    page.wait_for_function(
        "(e) => e.querySelector('.person:not([hidden]) li').textContent === 'stand'",
        arg=player.element_handle(),
    )


def test_a_key_leads_to_where_two_models_differ(page, server, run) -> None:
    player = open_watch(page, server, "run=corrected&a=pose&b=other&person=2")
    said = {name: run.actions(name).people[2].probability for name in ("pose", "other")}
    apart = (abs(said["pose"] - said["other"]) >= 0.3).any(axis=1)
    player.press("d")
    page.wait_for_timeout(500)
    frame = int(player.get_attribute("data-frame"))
    assert apart[max(0, frame - 1) : frame + 2].any()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_correcting_has_no_serious_violation(browser, server, run, axe: Axe, scheme: str) -> None:
    run.correct(Corrections((Span(1, 12, 5, 40), Span(1, 80, 10, 20))))
    context = browser.new_context(
        viewport={"width": 1280, "height": 1600}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    player = open_watch(page, server, f"{QUERY}&b=other")
    player.get_by_role("button", name="Correct", exact=True).click()
    player.locator(".editor tbody tr").first.wait_for()
    player.get_by_role("combobox", name="Add an action at the cursor").fill("s")
    found = axe(page)
    context.close()
    assert not found, found
