"""One colour a person."""

import itertools

import numpy as np

from lart_core.rendering import colors

DEUTERANOPIA = np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]])
PROTANOPIA = np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]])
"""How dichromats see linear colours: Machado, Oliveira and Fernandes, 2009, severity 1."""


def linear(track_id: int) -> np.ndarray:
    v = np.array(colors.rgb(track_id)) / 255
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of a linear sRGB colour."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = (xyz @ np.clip(rgb, 0, 1)) / np.array([0.9505, 1, 1.089])
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_eight_people_stay_apart_for_every_common_vision() -> None:
    for vision in (np.eye(3), DEUTERANOPIA, PROTANOPIA):
        seen = [lab(vision @ linear(track_id)) for track_id in range(1, 9)]
        apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
        assert min(apart) > 14


def test_colours_repeat_after_the_palette() -> None:
    count = len(colors.PALETTE)
    assert len({colors.color(n) for n in range(1, count + 1)}) == count
    assert colors.color(1) == colors.color(count + 1)


def test_text_on_a_colour_is_readable() -> None:
    for track_id in range(1, 9):
        shade = float(np.array([0.2126, 0.7152, 0.0722]) @ linear(track_id))
        text = {"#000000": 0.0, "#ffffff": 1.0}[colors.ink(track_id)]
        light, dark = max(shade, text), min(shade, text)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
