"""Boxes as (n, 4) arrays of x1, y1, x2, y2."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def area(box: Floats) -> Floats:
    """(n,) areas of (n, 4) boxes."""
    return (box[:, 3] - box[:, 1]) * (box[:, 2] - box[:, 0])


def iou(a: Floats, b: Floats) -> Floats:
    """(n,) intersection over union of the rows of two (n, 4) arrays.

    The order of the sums is that of the official AVA evaluator, so that results agree to the bit.
    """
    height = np.maximum(0.0, np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1]))
    width = np.maximum(0.0, np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0]))
    common = height * width
    with np.errstate(invalid="ignore", divide="ignore"):
        return common / (area(a) + area(b) - common)
