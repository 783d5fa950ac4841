"""Searching an image in several windows: where they lie, and one body found twice."""

import numpy as np
from numpy.typing import NDArray

from lart_core.boxes import shared

OVERLAP = 0.25
"""Share of a tile that its neighbour also sees."""
SAME_PLACE = 0.12
"""Keypoints this close (share of the box's size) are those of one body."""

Window = tuple[int, int, int, int]
"""x1 y1 x2 y2 in pixels, inside the frame."""


def grid(width: int, height: int, side: int) -> list[Window]:
    """`side` x `side` overlapping windows that cover the frame."""

    def spans(length: int) -> list[tuple[int, int]]:
        size = length / (side - (side - 1) * OVERLAP)
        starts = np.linspace(0, length - size, side)
        return [(int(s), min(length, int(np.ceil(s + size)))) for s in starts]

    return [(x1, y1, x2, y2) for y1, y2 in spans(height) for x1, x2 in spans(width)]


def suppress(
    box: NDArray[np.float32], score: NDArray[np.float32], keypoints: NDArray[np.float32]
) -> list[int]:
    """Indices of the people to keep, best first: of one body found twice, the better remains.

    Two finds are one body when their boxes cover each other and their keypoints lie close
    together. Boxes alone would not do: people who embrace or fight share theirs.
    """
    keep: list[int] = []
    for i in np.argsort(-score, kind="stable").tolist():
        if not any(_same_body(box, keypoints, i, j) for j in keep):
            keep.append(i)
    return keep


def _same_body(box: NDArray[np.float32], keypoints: NDArray[np.float32], i: int, j: int) -> bool:
    areas = (box[[i, j], 2:] - box[[i, j], :2]).prod(axis=1)
    covered = shared(box[i], box[j]) / areas.min()
    weight = np.minimum(keypoints[i, :, 2], keypoints[j, :, 2])
    distance = np.linalg.norm(keypoints[i, :, :2] - keypoints[j, :, :2], axis=1)
    apart = (weight * distance).sum() / max(weight.sum(), 1e-6) / np.sqrt(areas.max())
    return bool(apart < SAME_PLACE and covered > 0.6)
