"""Cuts that are sure: another place is one; light, a flash and a pan are none."""

import cv2
import numpy as np

from lart_core.tracking import Cuts


def place(seed: int) -> np.ndarray:
    """A picture with large shapes and colours of its own."""
    rng = np.random.default_rng(seed)
    return cv2.resize(rng.integers(0, 256, (6, 8, 3), np.uint8), (320, 180))


def cuts(frames: list[np.ndarray]) -> list[int]:
    found = Cuts()
    for frame in frames:
        found.see(frame)
    return found.found()


def test_another_place_is_a_cut_also_at_the_end():
    assert cuts([place(0)] * 5 + [place(1)] * 5 + [place(2)]) == [5, 10]


def test_light_that_goes_is_none():
    dark = (place(0) * 0.3).astype(np.uint8)
    assert cuts([place(0)] * 4 + [dark] * 4) == []


def test_a_flash_is_none():
    white = np.full_like(place(0), 255)
    assert cuts([place(0)] * 4 + [white] + [place(0)] * 4) == []


def test_a_pan_is_none():
    wide = np.concatenate([place(0), place(1)], axis=1)
    assert cuts([np.ascontiguousarray(wide[:, at : at + 320]) for at in range(0, 320, 20)]) == []
