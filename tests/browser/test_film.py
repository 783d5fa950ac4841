"""What a browser makes of our player copies: each frame at its own time, in its own colours."""

import base64
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lart_core import video
from tests.browser.conftest import artefact, open_watch, take_away
from tests.browser.test_player import READ_PIXELS, WATCH_PLAYBACK, frame_of, wait_frame
from tests.lart_core.video.films import write
from tests.synthetic import make_run

pytestmark = pytest.mark.browser

PAUSE = np.r_[np.arange(45) / 30, 3 + np.arange(45, 90) / 30]
COLOURS = [(220, 30, 30), (30, 220, 30), (30, 30, 220), (200, 200, 40), (128, 128, 128)]

PAINTED = """async ([address, count]) => {
  const film = document.createElement("video");
  film.muted = true;
  document.body.append(film);
  const shown = new Promise((done) => film.requestVideoFrameCallback(done));
  film.src = address;
  await new Promise((done, fail) => {
    film.onloadeddata = done;
    film.onerror = () => fail(new Error(film.error.message));
  });
  film.currentTime = 0.01;
  await shown;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [film.videoWidth, film.videoHeight];
  const context = canvas.getContext("2d");
  context.drawImage(film, 0, 0);
  return Array.from({ length: count }, (_, index) => {
    const x = Math.floor(((index + 0.5) * canvas.width) / count);
    return [...context.getImageData(x, canvas.height / 2, 1, 1).data].slice(0, 3);
  });
}"""
"""The colours of upright bars, as many as there are, in the middle of a film's first frame."""


def bars(size: tuple[int, int]) -> np.ndarray:
    """(H, W, 3) upright bars of `COLOURS`."""
    width, height = size
    which = np.arange(width) * len(COLOURS) // width
    return np.tile(np.array(COLOURS, np.uint8)[which], (height, 1, 1))


def painted(page, path: Path) -> np.ndarray:
    """The colours of a film of `bars` in the browser."""
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    page.goto("about:blank")
    return np.array(page.evaluate(PAINTED, [f"data:video/mp4;base64,{content}", len(COLOURS)]))


@pytest.mark.parametrize("size", [(320, 240), (720, 576), (1280, 720)], ids=str)
def test_the_numbers_that_go_in_are_the_colours_on_the_screen(page, size, tmp_path: Path) -> None:
    path = tmp_path / "player.mp4"
    video.write_player(path, [bars(size)] * 3, 30)
    np.testing.assert_allclose(painted(page, path), COLOURS, atol=3)
    (first, *_) = video.frames(path)
    inside = first[size[1] // 2, (np.arange(5) * 2 + 1) * size[0] // 10]
    np.testing.assert_allclose(inside, COLOURS, atol=3)


@pytest.mark.parametrize("matrix", [1, 5, 6], ids=["BT.709", "BT.470BG", "SMPTE 170M"])
@pytest.mark.parametrize("wide", [1, 2], ids=["limited", "full"])
def test_a_tagged_film_keeps_its_colours_on_the_way(page, matrix, wide, tmp_path: Path) -> None:
    size = (1280, 720)
    film = write(
        tmp_path / "film.mp4",
        [Fraction(0), Fraction(1, 25)],
        pictures=[bars(size)] * 2,
        size=size,
        colours=(matrix, wide),
    )
    copy = tmp_path / "player.mp4"
    video.write_player(copy, video.frames(film), 25)
    np.testing.assert_allclose(painted(page, copy), COLOURS, atol=3)


@pytest.fixture
def pause(server):
    """A run at a variable rate, there for one test alone."""
    yield make_run(server.home, "pause", times=PAUSE)
    take_away(server.home / "runs" / "pause")


def test_a_variable_rate_plays_at_its_own_times(page, server, pause) -> None:
    player = open_watch(page, server, "run=pause&a=pose&person=1&frame=44")
    assert (frame_of(player), player.evaluate(READ_PIXELS)) == (44, 44)
    length = player.evaluate("(root) => root.querySelector('video').duration")
    assert length == pytest.approx(6.0, abs=0.05)
    for key, frame in [("ArrowRight", 45), ("Shift+ArrowLeft", 44), ("Shift+ArrowRight", 44)]:
        player.press(key)
        if key != "Shift+ArrowRight":
            wait_frame(page, player, frame)
            assert player.evaluate(READ_PIXELS) == frame
    for key, frame in [("End", 89), ("Home", 0)]:
        player.press(key)
        wait_frame(page, player, frame)
        assert player.evaluate(READ_PIXELS) == frame
    for second, frame in [(1.0, 30), (2.0, 44), (4.0, 44), (4.9, 57), (5.01, 60)]:
        player.evaluate("(root, at) => { root.querySelector('video').currentTime = at; }", second)
        page.wait_for_function(
            "([root, frame]) => root.dataset.shown === frame",
            arg=[player.element_handle(), str(frame)],
        )
        assert player.evaluate(READ_PIXELS) == frame
    page.screenshot(path=artefact("watch-variable-rate"), full_page=True)
    player.press("Home")
    wait_frame(page, player, 0)
    player.press("Space")
    seen = player.evaluate(WATCH_PLAYBACK)
    assert len(seen) > 5
    assert max(abs(shown - cursor) for shown, cursor in seen) <= 1
