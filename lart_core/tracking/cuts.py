"""Cuts that are sure, found while a film is decoded for something else."""

import cv2
import numpy as np
from numpy.typing import NDArray

from lart_core.perception.protocols import Frame

SKETCH = (32, 18)
"""Width and height of the pictures that cuts are found in."""
COARSE = 320
"""Columns of a frame that sketches are made of: the mean of all takes five times as long."""
SAME_PLACES = 0.6
"""Correlation of two sketches from which they show the same."""
OTHER_COLOURS = 0.15
"""Share of the picture whose colours changed, over which it is another."""


class Cuts:
    """Finds cuts that are sure while a film is decoded for something else.

    A cut changes what is where (a small grey picture no longer correlates with the one before) and
    the colours, and it stays so. Light that changes, a flash, a pan or somebody before the lens
    change one of these only. Measured: neighbours within 28 real shots correlate with 0.75 or
    more, also where the sun is covered (0.93), and of 1,515 pairs of frames of different clips
    99 % are cuts by these limits.
    """

    def __init__(self) -> None:
        self._number = 0
        self._last: list[tuple[NDArray, NDArray]] = []
        self._doubtful = False
        self._found: list[int] = []

    def see(self, frame: Frame) -> None:
        """Look at the next frame."""
        self._compare(_sketch(frame))

    def found(self) -> list[int]:
        """Numbers of the frames that begin a new shot, so far."""
        return [*self._found, *([self._number - 1] if self._doubtful else [])]

    def _compare(self, sketch: tuple[NDArray, NDArray]) -> None:
        """Whether the last frame began a shot is sure once the frame after it is seen."""
        if self._doubtful and _differ(self._last[0], sketch):
            self._found.append(self._number - 1)
        elif self._doubtful:
            self._last.pop()  # A flash.
        self._doubtful = bool(self._last) and _differ(self._last[-1], sketch)
        self._last = [*self._last[-1:], sketch]
        self._number += 1


def _sketch(frame: Frame) -> tuple[NDArray, NDArray]:
    """A small grey picture, normalised, and shares of 64 colours."""
    step = max(1, frame.shape[1] // COARSE)
    small = cv2.resize(frame[::step, ::step], SKETCH, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey -= grey.mean()
    shares = cv2.calcHist([small], [0, 1, 2], None, [4] * 3, [0, 256] * 3).ravel()
    return grey / max(float(np.linalg.norm(grey)), 1e-3), shares / shares.sum()


def _differ(a: tuple[NDArray, NDArray], b: tuple[NDArray, NDArray]) -> bool:
    correlation = float((a[0] * b[0]).sum())
    return correlation < SAME_PLACES and float(np.abs(a[1] - b[1]).sum()) / 2 > OTHER_COLOURS
