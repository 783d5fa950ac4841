"""Upright, in shape and at their times: every display matrix, pixel shape and kind of clock."""

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lart_core import video
from tests.lart_core.video.films import SIZE, quadrants, read_back, write

ONE = 1 << 16
PARTS = [*itertools.product((0, 1), (1, -1), (1, -1))]
"""Whether axes are exchanged, and the sign of each: the eight display matrices."""
PIXELS = (Fraction(1), Fraction(4, 3), Fraction(8, 9))
EVEN, UNEVEN = (0, 1, 2, 3, 4, 5, 6, 7), (0, 1, 2, 3, 40, 41, 43, 44)
CLOCKS = {
    "constant.mp4": EVEN,
    "variable.mp4": UNEVEN,
    "variable.mkv": UNEVEN,
    "variable.avi": UNEVEN,
    "constant.ts": EVEN,
    "variable.ts": UNEVEN,
    "raw.h264": EVEN,
}
RATE = 25


def matrix_of(exchanged: int, sx: int, sy: int) -> list[int]:
    """x' = a x + c y, y' = b x + d y, as [a, b, u, c, d, v, x, y, w]."""
    a, b, c, d = (0, sy, sx, 0) if exchanged else (sx, 0, 0, sy)
    width, height = SIZE[::-1] if exchanged else SIZE
    shift = [width * (sx < 0) * ONE, height * (sy < 0) * ONE]
    return [a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, *shift, 1 << 30]


def layout_of(exchanged: int, sx: int, sy: int) -> list[str]:
    """Where the matrix puts the four quadrants, worked out point by point."""
    shown = [["?", "?"], ["?", "?"]]
    for y, row in enumerate(("RG", "BW")):
        for x, letter in enumerate(row):
            u, v = 2 * x - 1, 2 * y - 1
            right, down = (sx * v, sy * u) if exchanged else (sx * u, sy * v)
            shown[(down + 1) // 2][(right + 1) // 2] = letter
    return ["".join(row) for row in shown]


def inserted(exchanged: int, sx: int, sy: int) -> str:
    """The same for a stream that says it itself: mirrored first, then turned anticlockwise."""
    stored = np.array([list("RG"), list("BW")])
    for mirrored, quarters in itertools.product((False, True), range(4)):
        shown = np.rot90(np.fliplr(stored) if mirrored else stored, quarters)
        if ["".join(row) for row in shown] == layout_of(exchanged, sx, sy):
            flip = ":flip=horizontal" if mirrored else ""
            return f"display_orientation=insert:rotate={90 * quarters}{flip}"
    raise AssertionError


@pytest.mark.parametrize("name", CLOCKS)
@pytest.mark.parametrize("pixels", PIXELS, ids=str)
@pytest.mark.parametrize("parts", PARTS, ids=str)
def test_content_size_and_time(
    name: str, pixels: Fraction, parts: tuple[int, int, int], tmp_path: Path
) -> None:
    in_header = name.endswith((".mp4", ".mkv"))
    path = write(
        tmp_path / name,
        [Fraction(number, RATE) for number in CLOCKS[name]],
        kind="h264" if name == "raw.h264" else None,
        pixels=pixels,
        matrix=matrix_of(*parts) if in_header else None,
        orientation="" if in_header else inserted(*parts),
        options={"crf": "1", "bf": "0" if name.endswith("avi") else "2"},
    )
    size = (round(SIZE[0] * pixels), SIZE[1])
    facts = video.probe(path)
    assert (facts.width, facts.height) == (size[::-1] if parts[0] else size)
    assert (facts.frames, facts.variable) == (8, CLOCKS[name] is UNEVEN)
    assert facts.fps == pytest.approx(RATE, rel=1e-3)
    shown = list(video.timed_frames(path))
    assert [frame.picture.shape[1::-1] for frame in shown] == [(facts.width, facts.height)] * 8
    seconds = [number / RATE for number in CLOCKS[name]]
    np.testing.assert_allclose([frame.second for frame in shown], seconds, atol=6e-4)
    np.testing.assert_allclose(facts.second_of(np.arange(8)), seconds, atol=6e-4)
    assert [read_back(frame.picture) for frame in shown] == [
        (number, layout_of(*parts)) for number in range(8)
    ]
    assert not any(frame.lost for frame in shown)


@pytest.mark.parametrize("unit", [600, 1000, 90_000])
@pytest.mark.parametrize("rate", ["24000/1001", "30000/1001", "25"])
def test_the_rounding_of_containers_is_no_variable_rate(
    unit: int, rate: str, tmp_path: Path
) -> None:
    times = [Fraction(round(n / Fraction(rate) * unit), unit) for n in range(40)]
    pictures = [quadrants(n % 8) for n in range(40)]
    path = write(tmp_path / "a.mov", times, rate=unit, pictures=pictures)
    facts = video.probe(path)
    assert (facts.frames, facts.variable) == (40, False)
    assert facts.fps == pytest.approx(float(Fraction(rate)), rel=2e-3)


def test_times_begin_with_the_first_picture(tmp_path: Path) -> None:
    late = [Fraction(number, RATE) for number in range(50, 58)]
    for name in ("late.mkv", "late.mp4", "late.ts"):
        facts = video.probe(write(tmp_path / name, late))
        assert (facts.frames, facts.variable) == (8, False)
        first, *_, last = video.timed_frames(tmp_path / name)
        assert first.second == 0.0 and last.second == pytest.approx(7 / RATE, abs=6e-4)
    early = [Fraction(number, RATE) for number in range(-3, 5)]
    shown = list(video.timed_frames(write(tmp_path / "early.mkv", early)))
    np.testing.assert_allclose([f.second for f in shown], np.arange(8) / RATE, atol=6e-4)
