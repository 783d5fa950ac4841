"""AVA results and Failures in a real browser: links, clicks, downloads, opening files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.ava import csv_file, example
from tests.browser.conftest import Server, artefact

pytestmark = pytest.mark.browser


def quiet(page) -> None:
    """Wait until Streamlit has nothing more to do."""
    page.wait_for_function(
        "document.querySelector('h1') && !document.querySelector('[data-testid=stStatusWidget]')"
        " && document.querySelector('.stApp')?.dataset.testScriptState !== 'running'",
        timeout=60_000,
    )
    page.wait_for_timeout(300)


def test_a_stranger_sees_the_made_up_example_and_every_view(server: Server, page) -> None:
    page.goto(f"{server.url}/ava_results")
    page.get_by_text("This is a made-up example").wait_for(timeout=60_000)
    for view in ("Overview", "Classes", "Errors", "Videos", "Compare"):
        page.get_by_role("radio", name=view).or_(
            page.get_by_role("button", name=view)
        ).first.click()
        page.wait_for_url(f"**view={view}*") if view != "Overview" else None
        page.locator(".js-plotly-plot").first.wait_for(timeout=60_000)
        quiet(page)
        page.screenshot(path=artefact(f"ava-{view.lower()}"), full_page=True)


def until(page, address: str, act: Callable[[], None]) -> None:
    """Act until the page's address is as wanted: a page that still grows moves under a click."""
    from playwright.sync_api import TimeoutError as Late

    for _ in range(4):
        act()
        try:
            return page.wait_for_url(address, timeout=15_000)
        except Late:
            quiet(page)
    raise AssertionError(f"The page did not go to {address}.")


def test_a_click_on_the_list_explains_that_failure_and_is_in_the_address(
    server: Server, page
) -> None:
    page.goto(f"{server.url}/failures?type=duplicate")
    page.get_by_role("heading", name="Duplicate: ").wait_for(timeout=60_000)
    quiet(page)
    first = page.get_by_text("· id p").inner_text()
    third = page.get_by_role("option").nth(2)
    until(page, "**case=p*", lambda: third.click(position={"x": 250, "y": 20}))
    page.wait_for_function("(old) => !document.body.innerText.includes(old)", arg=first)
    second = page.get_by_text("· id p").inner_text()
    page.screenshot(path=artefact("failures"), full_page=True)
    page.goto(page.url)
    page.get_by_text(second).wait_for(timeout=60_000)
    quiet(page)
    address = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda now: now != address)
    page.keyboard.press("k")
    page.wait_for_url(address)


def test_the_list_and_a_case_can_be_taken_away(server: Server, page) -> None:
    page.goto(f"{server.url}/failures?type=background")
    page.get_by_role("heading", name="Background: ").wait_for(timeout=60_000)
    quiet(page)
    with page.expect_download() as case:
        page.get_by_role("button", name="This case as one HTML file").click()
    text = Path(case.value.path()).read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and "<script" not in text
    with page.expect_download() as listed:
        page.get_by_role("button", name="This list as CSV").click()
    lines = Path(listed.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("type,action,video")
    assert len(lines) > 1000 and all(line.startswith("background,") for line in lines[1:])


def test_files_are_opened_by_hand(server: Server, page, tmp_path: Path) -> None:
    truth = example.made_up_truth(4)
    said = csv_file.to_csv(example.made_up_predictions(truth, example.MODELS[1]))
    bare = truth.drop(columns="person_id").assign(score=0)
    (tmp_path / "mine.csv").write_bytes(said)
    (tmp_path / "truth.csv").write_bytes(csv_file.to_csv(bare).replace(b",0\n", b"\n"))
    page.goto(f"{server.url}/ava_results")
    page.get_by_role("button", name="Open results").click()
    inputs = page.get_by_role("dialog").locator("input[type=file]")
    inputs.first.wait_for(state="attached", timeout=60_000)
    inputs.nth(0).set_input_files(tmp_path / "truth.csv")
    inputs.nth(1).set_input_files(tmp_path / "mine.csv")
    page.get_by_text("mine.csv").wait_for()
    page.get_by_test_id("stBaseButton-primaryFormSubmit").click()
    page.get_by_text("swapped").wait_for(timeout=60_000)
    inputs.nth(0).set_input_files(tmp_path / "mine.csv")
    inputs.nth(1).set_input_files(tmp_path / "truth.csv")
    quiet(page)
    page.get_by_test_id("stBaseButton-primaryFormSubmit").click()
    page.wait_for_url("**set=mine-csv-*", timeout=60_000)
    page.get_by_text("mAP@0.5").first.wait_for()


def test_a_click_on_the_timeline_goes_to_its_keyframe(server: Server, page) -> None:
    page.goto(f"{server.url}/ava_results?view=Videos&video=example-1")
    page.locator(".js-plotly-plot").nth(1).wait_for(timeout=60_000)
    quiet(page)
    find = """() => {
          const plot = document.querySelector('.js-plotly-plot'), layout = plot._fullLayout;
          const trace = plot._fullData.find((t) => t.x.length > 5);
          const at = 4, box = plot.getBoundingClientRect();
          return {
            second: trace.x[at],
            x: box.x + layout.xaxis._offset + layout.xaxis.d2p(trace.x[at]),
            y: box.y + layout.yaxis._offset + layout.yaxis.d2p(trace.y[at]),
          };
        }"""

    def click_the_fifth_mark() -> None:
        point = page.evaluate(find)
        page.mouse.move(point["x"], point["y"])
        page.mouse.click(point["x"], point["y"])

    second = page.evaluate(find)["second"]
    until(page, f"**t={second:g}*", click_the_fifth_mark)
    page.get_by_text(f"at {second:g} s").first.wait_for()
