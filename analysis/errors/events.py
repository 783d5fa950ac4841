"""Failures as events: errors of one kind, about one person, in neighbouring keyframes, are one."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.ava.boxes import iou
from analysis.errors.keyframes import SAME_PERSON

GAP = 5.5
"""Seconds: errors that are further apart do not belong to one event. What people do in between is
often the same error, judged right for a keyframe."""


def numbered(failures: pd.DataFrame, boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which event each failure belongs to.

    Args:
        failures: With ``type``, ``class_id``, ``video`` and ``timestamp`` (`Casebook.failures`).
        boxes: (N, 4) the box of each.

    Returns:
        (N,) numbers of events from 0 on.
    """
    if failures.empty:
        return np.zeros(0, np.int64)
    keys = ["type", "class_id", "video"]
    kind = failures.groupby(keys, observed=True, sort=False).ngroup().to_numpy()
    second = failures["timestamp"].to_numpy(float)
    order = np.lexsort((second, kind))
    kind, second, boxes = kind[order], second[order], boxes[order]
    new = np.r_[True, (np.diff(kind) != 0) | (np.diff(second) != 0)]
    moment = np.cumsum(new) - 1
    start = np.flatnonzero(new)
    count = np.diff(np.r_[start, len(order)])
    joins = np.r_[(np.diff(kind[start]) == 0) & (np.diff(second[start]) <= GAP), False]
    after = np.where(joins, np.r_[count[1:], 0], 0)[moment]
    one = np.repeat(np.arange(len(order)), after)
    within = np.arange(len(one)) - np.repeat(np.cumsum(after) - after, after)
    other = np.r_[start[1:], 0][moment[one]] + within
    overlaps = np.nan_to_num(iou(boxes[one], boxes[other]))
    keep = overlaps >= SAME_PERSON
    keep &= _best_of(one, overlaps) & _best_of(other, overlaps)
    graph = coo_array((np.ones(keep.sum()), (one[keep], other[keep])), shape=(len(order),) * 2)
    found = np.empty(len(order), np.int64)
    found[order] = connected_components(graph, directed=False)[1]
    return found


def table(failures: pd.DataFrame, event: NDArray[np.int64]) -> pd.DataFrame:
    """One row an event, the costliest first.

    Args:
        failures: In the order of their cost. event: (N,) as `numbered` gives it.

    Returns:
        ``event``, ``type``, ``class_id``, ``action``, ``video``, ``first`` and ``last`` (seconds),
        ``errors`` (how many), ``score`` (the highest; NaN for misses), ``cost`` (the sum), and
        ``lead``, the row in `failures` of the costliest.
    """
    rows = failures.assign(event=event, lead=np.arange(len(failures)))
    found = rows.groupby("event", sort=False).agg(
        type=("type", "first"),
        class_id=("class_id", "first"),
        action=("action", "first"),
        video=("video", "first"),
        first=("timestamp", "min"),
        last=("timestamp", "max"),
        errors=("timestamp", "size"),
        score=("score", "max"),
        cost=("cost", "sum"),
        lead=("lead", "first"),
    )
    return found.reset_index().sort_values(
        "cost", ascending=False, kind="stable", ignore_index=True
    )


def _best_of(rows: NDArray[np.int64], overlaps: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each pair is the one with most overlap among those of its row."""
    order = np.lexsort((-overlaps, rows))
    first = np.r_[True, np.diff(rows[order]) != 0] if len(order) else np.zeros(0, bool)
    best = np.zeros(len(rows), bool)
    best[order] = first
    return best
