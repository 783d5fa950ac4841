"""People's boxes of two networks made one list: who is sure, who is doubled, who is two."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from lart_core.boxes import iou, shared
from lart_core.perception.embedded.ssd import Boxes

AGREE = 0.5
"""Boxes of both networks that overlap by more than this are one person."""
ALONE = 0.5
"""What is left of the score of a box that only one network has."""
INSIDE = 0.85
"""Share of a box that lies in a surer one, over which it is a part of that person."""
HULL = 0.8
"""Overlap of a box with the hull of two others, over which it is those two."""


def pairs(overlap: NDArray, least: float) -> list[tuple[int, int]]:
    """Rows and columns of (N, M) overlaps that belong together, each at most once."""
    rows, columns = linear_sum_assignment(-overlap)
    both = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(i, j) for i, j in both if overlap[i, j] > least]


def fused(a: Boxes, b: Boxes) -> Boxes:
    """Boxes that both have, with mean corners and scores, and those of one, at half the score."""
    same = pairs(iou(a.box[:, None], b.box), AGREE)
    left, right = [i for i, _ in same], [j for _, j in same]
    only_a = np.setdiff1d(np.arange(len(a)), left)
    only_b = np.setdiff1d(np.arange(len(b)), right)
    box = np.concatenate([(a.box[left] + b.box[right]) / 2, a.box[only_a], b.box[only_b]])
    both = (a.score[left] + b.score[right]) / 2
    score = np.concatenate([both, ALONE * a.score[only_a], ALONE * b.score[only_b]])
    return Boxes(box.astype(np.float32), score.astype(np.float32))


def cleaned(people: Boxes) -> Boxes:
    """The people without boxes inside surer ones and without hulls of two others, best first."""
    return people.take(cleaned_rows(people))


def cleaned_rows(people: Boxes) -> list[int]:
    """Rows of the people whom `cleaned` keeps, best first."""
    order = np.argsort(-people.score, kind="stable")
    order = order[[i for i in range(len(order)) if not _part(people.box[order], i)]]
    keep = [i for i in range(len(order)) if not _two(people.box[order], i)]
    return [int(row) for row in order[keep]]


def _part(box: NDArray[np.float32], i: int) -> bool:
    """Whether box i lies in one of the boxes before it."""
    area = float((box[i, 2:] - box[i, :2]).prod())
    return bool((shared(box[i], box[:i]) > INSIDE * area).any())


def _two(box: NDArray[np.float32], i: int) -> bool:
    """Whether box i is the hull of two others."""
    others = np.delete(box, i, axis=0)
    rows, columns = np.triu_indices(len(others), 1)
    low = np.minimum(others[rows, :2], others[columns, :2])
    high = np.maximum(others[rows, 2:], others[columns, 2:])
    hull = np.concatenate([low, high], axis=1)
    return bool((iou(box[i], hull) > HULL).any())
