"""Boxes as (n, 4) arrays of x1, y1, x2, y2."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def boxes_of(table: pd.DataFrame, rows: Ints | slice = slice(None)) -> Floats:
    """(n, 4) boxes of some rows of a table."""
    return np.stack([table[c].to_numpy()[rows] for c in ("x1", "y1", "x2", "y2")], 1)


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


def greatest_overlap(
    box: Floats, key: Ints, other: Floats, other_key: Ints
) -> tuple[Ints, Floats, Bools]:
    """For each box the one that it overlaps most among the others of the same key.

    Args:
        box: (n, 4) boxes.
        key: (n,) keys.
        other: (m, 4) boxes to choose from.
        other_key: (m,) their keys, ascending.

    Returns:
        (n,) index into `other`, the first of equals, -1 where none has the key; (n,) the IoU, 0
        where none has the key; (n,) whether several overlap it equally.
    """
    nearest = np.full(key.size, -1, np.int64)
    overlap, tied = np.zeros(key.size), np.zeros(key.size, bool)
    keys, first, count = np.unique(other_key, return_index=True, return_counts=True)
    if not keys.size:
        return nearest, overlap, tied
    at = np.minimum(np.searchsorted(keys, key), keys.size - 1)
    asks = np.flatnonzero(keys[at] == key)
    if not asks.size:
        return nearest, overlap, tied
    at = at[asks]
    n = count[at]
    begin = np.cumsum(n) - n
    candidate = np.arange(n.sum()) - np.repeat(begin - first[at], n)
    pairs = iou(np.repeat(box[asks], n, axis=0), other[candidate])
    top = np.fmax.reduceat(pairs, begin)
    is_top = pairs == np.repeat(top, n)
    nearest[asks] = np.minimum.reduceat(np.where(is_top, candidate, len(other) - 1), begin)
    overlap[asks] = top
    tied[asks] = np.add.reduceat(is_top.astype(np.int64), begin) > 1
    return nearest, overlap, tied
