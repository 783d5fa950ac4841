"""How often along a track an appearance vector is made: once for each 6 frames, as published."""

import numpy as np
from numpy.typing import NDArray

STRIDE = 6
"""Frames that share one appearance vector."""


def group_centres(frames: int) -> NDArray[np.int64]:
    """(K,) place within a tracklet of the centre of each group of 6 frames."""
    start = np.arange(0, frames, STRIDE)
    return (start + np.minimum(start + STRIDE, frames)) // 2
