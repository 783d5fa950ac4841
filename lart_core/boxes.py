"""Boxes x1 y1 x2 y2: how far two of them are one place."""

import numpy as np
from numpy.typing import NDArray


def iou(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Intersection over union of boxes (..., 4) that broadcast: (N, 4) with (N, 4) is paired,
    (N, 1, 4) with (1, M, 4) is each with each.

    >>> iou(np.array([[0, 0, 2, 2]]), np.array([[1, 0, 3, 2]])).round(3).tolist()
    [0.333]
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    both = shared(a, b)
    areas = [np.clip(box[..., 2:] - box[..., :2], 0, None).prod(axis=-1) for box in (a, b)]
    return both / np.maximum(areas[0] + areas[1] - both, 1e-12)


def shared(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.floating]:
    """Area that boxes (..., 4), which broadcast as in `iou`, have in common."""
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return np.clip(sides, 0, None).prod(axis=-1)
