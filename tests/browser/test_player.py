"""The player in a real browser: what is on the screen is what the cursor says."""

import time

import numpy as np
import pytest

from lart_core.runs.run import Run
from tests.browser.conftest import open_watch, take_away
from tests.synthetic import BIT, BITS, make_run

pytestmark = pytest.mark.browser

READ_PIXELS = f"""(root) => {{
  const shown = root.querySelector(".overlay");
  const side = {BIT} * shown.width / 320;
  const {{ data }} = shown.getContext("2d").getImageData(0, Math.round(side / 2), shown.width, 1);
  let frame = 0;
  for (let bit = 0; bit < {BITS}; bit++) {{
    if (data[4 * Math.round((bit + 0.5) * side)] > 127) frame |= 1 << bit;
  }}
  return frame;
}}"""
"""The number that the pixels on the screen write."""

WATCH_PLAYBACK = f"""async (root) => {{
  const read = {READ_PIXELS};
  const video = root.querySelector("video");
  const found = [];
  const until = performance.now() + 2000;
  await new Promise((done) => {{
    const look = () => {{
      found.push([read(root), Number(root.dataset.frame)]);
      if (performance.now() < until && !video.paused) setTimeout(look, 60); else done();
    }};
    setTimeout(look, 200);
  }});
  return found;
}}"""


WATCH_PANEL = """async (root) => {
  const parts = [".panel", ".scene canvas", ".over-time canvas"].map((p) => root.querySelector(p));
  const found = [];
  const until = performance.now() + 2500;
  await new Promise((done) => {
    const look = () => {
      found.push([root.dataset.shown, ...parts.map((part) => part.dataset.frame)]);
      if (performance.now() < until) setTimeout(look, 60); else done();
    };
    setTimeout(look, 300);
  });
  return found;
}"""
"""The frame on the screen, and those that the panel, its scene and its curve show."""


DROPPED = 6
"""Frames that a busy machine may leave out before the player sees that a loop is over."""


def frame_of(player) -> int:
    return int(player.get_attribute("data-frame"))


def wait_frame(page, player, frame: int) -> None:
    page.wait_for_function(
        "([root, frame]) => root.dataset.frame === frame && root.dataset.shown === frame",
        arg=[player.element_handle(), str(frame)],
    )


def test_the_shown_frame_is_the_cursors_when_paused(page, server) -> None:
    player = open_watch(page, server, "run=synthetic&a=pose&frame=37")
    assert (frame_of(player), player.evaluate(READ_PIXELS)) == (37, 37)
    for key, frame in [("ArrowRight", 38), ("ArrowLeft", 37), ("Shift+ArrowRight", 67)]:
        player.press(key)
        wait_frame(page, player, frame)
        assert player.evaluate(READ_PIXELS) == frame
    for key, frame in [("End", 89), ("Home", 0)]:
        player.press(key)
        wait_frame(page, player, frame)
        assert player.evaluate(READ_PIXELS) == frame


def test_cursor_and_picture_go_together_while_it_plays(page, server) -> None:
    player = open_watch(page, server)
    player.press("Space")
    seen = player.evaluate(WATCH_PLAYBACK)
    assert len(seen) > 5
    assert seen[-1][0] > seen[0][0]
    assert max(abs(shown - cursor) for shown, cursor in seen) <= 1


def test_nothing_goes_to_python_while_it_plays(page, server) -> None:
    sent = []
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda data: sent.append(data)),
    )
    player = open_watch(page, server)
    page.wait_for_timeout(500)
    player.press("l")
    player.press("Space")
    sent.clear()
    page.wait_for_timeout(3000)
    player.locator("[data-command=play]", has_text="Pause").wait_for()
    assert sent == []
    player.press("Space")
    page.wait_for_timeout(1000)
    assert len(sent) == 1


def test_a_pause_is_followed_by_the_page_and_the_address(page, server) -> None:
    player = open_watch(page, server)
    player.press("ArrowRight")
    page.wait_for_url("**frame=1*")
    player.press("ArrowDown")
    page.get_by_role("heading", name="Person 2").wait_for()
    page.wait_for_url("**person=2*")


def test_a_click_in_a_lane_shows_that_frame_of_that_person(page, server) -> None:
    player = open_watch(page, server)
    lane = player.locator('.person:has([aria-label="Person 2"]) canvas')
    box = lane.bounding_box()
    lane.click(position={"x": box["width"] * 60.5 / 90, "y": 20})
    wait_frame(page, player, 60)
    assert player.evaluate(READ_PIXELS) == 60
    page.get_by_role("heading", name="Person 2").wait_for()
    page.wait_for_url("**frame=60*")


def test_a_click_on_the_video_picks_a_person(page, server) -> None:
    player = open_watch(page, server, "run=synthetic&a=pose&person=1&frame=60")
    overlay = player.locator(".overlay")
    box = overlay.bounding_box()
    page.wait_for_timeout(500)
    overlay.click(position={"x": box["width"] * 0.62, "y": box["height"] * 0.6})
    page.get_by_role("heading", name="Person 2").wait_for()


def test_hovering_a_lane_tells_values(page, server) -> None:
    player = open_watch(page, server, "run=synthetic&a=pose&b=other")
    player.locator(".lanes .person canvas").first.hover(position={"x": 150, "y": 20})
    tip = player.locator(".tip").inner_text()
    assert "pose" in tip and "other" in tip and "%" in tip and "frame" in tip


def test_a_loop_stays_in_its_span(page, server) -> None:
    player = open_watch(page, server, "run=synthetic&a=pose&frame=10")
    player.press("i")
    for _ in range(8):
        player.press("ArrowRight")
    player.press("o")
    player.press("Home")
    player.press("Space")
    frames = []
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        frames.append(frame_of(player))
        page.wait_for_timeout(40)
    later = frames[len(frames) // 2 :]
    assert min(later) >= 9 and max(later) <= 18 + DROPPED
    assert len(set(later)) > 3


def test_zoom_and_speed_and_layers_by_key_and_button(page, server) -> None:
    player = open_watch(page, server)
    player.press("<")
    assert player.locator("[data-setting=speed]").input_value() == "0.5"
    player.press("s")
    assert player.get_by_role("button", name="Skeletons").get_attribute("aria-pressed") == "true"
    player.get_by_role("button", name="Boxes").click()
    assert player.get_by_role("button", name="Boxes").get_attribute("aria-pressed") == "false"
    player.press("?")
    assert player.locator(".help").is_visible()


def test_a_link_restores_the_view(page, server) -> None:
    player = open_watch(page, server, "run=synthetic&a=other&b=pose&person=2&frame=45")
    assert frame_of(player) == 45
    assert player.locator(".person.chosen .name").inner_text() == "2"
    page.get_by_role("heading", name="Person 2").wait_for()
    page.reload()
    player = page.locator(".player")
    player.wait_for()
    page.wait_for_function("(root) => root.dataset.frame === '45'", arg=player.element_handle())


def choose(page, label: str, words: str) -> None:
    """Choose in one of the page's select boxes."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(words)
    box.press("Enter")


def test_another_video_or_model_leaves_nothing_of_the_former(page, server) -> None:
    other = make_run(server.home, "three", people=3, frames=30)
    player = open_watch(page, server, "run=synthetic&a=pose&person=1&frame=60")
    player.press("<")
    player.get_by_role("button", name="Fold all").click()
    names = player.locator(".lanes .person .name")
    assert sorted(names.all_inner_texts()) == ["1", "2"]
    choose(page, "Model", "other")
    page.wait_for_url("**a=other*")
    page.wait_for_timeout(500)
    assert sorted(names.all_inner_texts()) == ["1", "2"]
    choose(page, "Video", "three.mp4")
    page.wait_for_url("**run=three*")
    names.filter(has_text="3").wait_for()
    page.wait_for_timeout(500)
    assert sorted(names.all_inner_texts()) == ["1", "2", "3"]
    assert player.get_by_role("button", name="Fold all").is_visible()
    assert player.locator("video").evaluate("(video) => video.playbackRate") == 0.5
    take_away(other.path)


def test_bodies_bars_and_curve_follow_the_picture_while_it_plays(page, server) -> None:
    player = open_watch(page, server, "run=synthetic&a=pose&person=2")
    panel = player.locator(".panel")
    scene = panel.locator(".scene canvas")
    page.wait_for_function("(e) => e.dataset.frame", arg=scene.element_handle())
    player.press("Space")
    seen = player.evaluate(WATCH_PANEL)
    player.press("Space")
    frames = [int(shown) for shown, *_ in seen]
    assert frames[-1] > frames[0], "it played"
    assert max(abs(int(other) - int(shown)) for shown, *others in seen for other in others) <= 2


def test_bars_say_what_the_model_says(page, server) -> None:
    run = Run.open(server.home / "runs" / "synthetic")
    person = run.actions("pose").people[2]
    player = open_watch(page, server, "run=synthetic&a=pose&person=2&frame=45")
    value = player.locator(".panel tbody tr:not([hidden]) .value").first
    row = int(np.flatnonzero(person.frame == 45)[0])
    value.filter(has_text=f"{round(100 * float(person.probability[row].max()))} %").wait_for()


def test_the_scene_turns_by_keys_and_shows_one_person(page, server) -> None:
    open_watch(page, server, "run=synthetic&a=pose&person=2&frame=45")
    canvas = page.locator(".scene canvas")
    page.wait_for_function("(e) => e.dataset.frame === '45'", arg=canvas.element_handle())
    page.wait_for_timeout(500)
    looks = {canvas.screenshot()}
    for press in (
        lambda: canvas.press("ArrowRight"),
        lambda: page.get_by_role("button", name="From the side").click(),
        lambda: page.get_by_role("button", name="Sticks").click(),
    ):
        press()
        page.wait_for_timeout(400)
        looks.add(canvas.screenshot())
    assert len(looks) == 4
