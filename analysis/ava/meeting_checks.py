"""Says when predictions cannot meet the ground truth: other keyframes, boxes in another order."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.boxes import Floats, Ints, boxes_of, greatest_overlap
from analysis.ava.csv_file import NO_ACTION
from analysis.ava.findings import Finding

SAMPLED = 300
"""Keyframes in which boxes are compared."""
BESIDE = 100_000
"""Millionths of a second within which two keyframes are meant to be one."""
FOUND = 0.5
"""IoU from which a predicted box is on a person."""

ORDERS: dict[str, Callable[[Floats], Floats]] = {
    "x y w h": lambda box: np.c_[box[:, :2], box[:, :2] + box[:, 2:]],
    "y1 x1 y2 x2": lambda box: box[:, [1, 0, 3, 2]],
    "x1 x2 y1 y2": lambda box: box[:, [0, 2, 1, 3]],
    "centre x, centre y, w, h": lambda box: np.c_[
        box[:, :2] - box[:, 2:] / 2, box[:, :2] + box[:, 2:] / 2
    ],
}
"""What the four numbers may have been meant as -> the same boxes as x1 y1 x2 y2."""


def meeting(ground_truth: pd.DataFrame, predictions: pd.DataFrame) -> list[Finding]:
    """Look at which keyframes both files have, and whether boxes lie on each other there."""
    videos = pd.unique(ground_truth["video"])
    code = {video: i for i, video in enumerate(videos)}
    true_key, said_key = _keys(ground_truth, code), _keys(predictions, code)
    if not (said_key >= 0).any():
        return []
    found = [
        _keyframes(ground_truth, predictions, true_key, said_key) or _beside(true_key, said_key),
        _own_truth(ground_truth, predictions, true_key, said_key),
        _order(ground_truth, predictions, true_key, said_key),
    ]
    return [finding for finding in found if finding]


def _keys(table: pd.DataFrame, code: dict[str, int]) -> Ints:
    """A number for each row's keyframe; -1 for videos that the ground truth does not name."""
    video = table["video"].astype("category").cat
    known = np.array([code.get(name, -1) for name in video.categories], np.int64)
    stamp = np.rint(table["timestamp"].to_numpy() * 1e6).astype(np.int64)
    row = known[video.codes] if len(table) else np.zeros(0, np.int64)
    return np.where(row < 0, -1, (row << 41) + np.clip(stamp, 0, (1 << 41) - 1))


def _keyframes(
    ground_truth: pd.DataFrame, predictions: pd.DataFrame, true_key: Ints, said_key: Ints
) -> Finding | None:
    true, said = pd.unique(true_key), pd.unique(said_key[said_key >= 0])
    shared = int(np.isin(said, true).sum())
    if 2 * shared >= len(said):
        return None
    spans = [
        f"{table['timestamp'].min():g}..{table['timestamp'].max():g}"
        for table in (predictions, ground_truth)
    ]
    some = f"Only {shared:,} of the predictions' {len(said):,} keyframes are"
    none = f"None of the predictions' {len(said):,} keyframes is"
    return Finding(
        "other keyframes",
        f"{some if shared else none} among the ground truth's ({spans[0]} against {spans[1]}); the "
        "boxes of the others do not count. Does the second column hold frame numbers, or seconds "
        "from the beginning of a clip, instead of the film's seconds?",
    )


def _beside(true_key: Ints, said_key: Ints) -> Finding | None:
    """Keyframes that a moment parts: of two unequal seconds neither counts for the other."""
    true, said = np.unique(true_key), np.unique(said_key[said_key >= 0])
    alone, others = np.setdiff1d(true, said), np.setdiff1d(said, true)
    if not len(alone) or not len(others):
        return None
    after = np.searchsorted(others, alone).clip(1, max(len(others) - 1, 1))
    near = np.minimum(
        np.abs(others[after - 1] - alone), np.abs(others[after.clip(max=len(others) - 1)] - alone)
    )
    count = int((near <= BESIDE).sum())
    if not count:
        return None
    return Finding(
        "keyframes beside each other",
        f"{count:,} of the ground truth's {len(true):,} keyframes have no prediction at their "
        "second, but one within a tenth of a second: these do not meet. A run names the second of "
        "the frame that a given box lies at; write the same seconds in both files.",
    )


def _own_truth(
    ground_truth: pd.DataFrame, predictions: pd.DataFrame, true_key: Ints, said_key: Ints
) -> Finding | None:
    true = ground_truth["action_id"].to_numpy() != NO_ACTION
    said = predictions["action_id"].to_numpy() != NO_ACTION
    if true.sum() != said.sum() or not true.any():
        return None
    rows = []
    for table, key, kept in ((ground_truth, true_key, true), (predictions, said_key, said)):
        whole = np.c_[key, table["action_id"].to_numpy(), boxes_of(table)][kept]
        rows.append(whole[np.lexsort(whole.T)])
    if not np.array_equal(*rows):
        return None
    return Finding(
        "its own truth",
        f"The predictions are the ground truth's own {int(true.sum()):,} boxes and classes: the "
        "figure says nothing of a model. Was the right file given?",
    )


def _order(
    ground_truth: pd.DataFrame, predictions: pd.DataFrame, true_key: Ints, said_key: Ints
) -> Finding | None:
    shared = np.intersect1d(true_key, said_key)
    shared = shared[:: max(1, len(shared) // SAMPLED)]
    true, true_at = _people(ground_truth, true_key, shared)
    said, said_at = _people(predictions, said_key, shared)
    if not len(true) or not len(said) or max(true.max(), said.max()) > 2:
        return None
    as_it_is = _met(true, true_at, said, said_at)
    met = {name: _met(true, true_at, turn(said), said_at) for name, turn in ORDERS.items()}
    best = max(met, key=lambda name: met[name])
    if met[best] > 0.3 and met[best] > 3 * as_it_is:
        return Finding(
            "boxes in another order",
            f"The predicted boxes are on {as_it_is:.0%} of the ground truth's people as x1 y1 x2 "
            f"y2, but would be on {met[best]:.0%} as {best}: is one file in another order?",
        )
    box = boxes_of(predictions)
    inside_out = int(((box[:, 2] < box[:, 0]) | (box[:, 3] < box[:, 1])).sum())
    if inside_out > len(box) / 100:
        return Finding(
            "boxes inside out",
            f"{inside_out:,} of {len(box):,} predicted boxes are inside out (x2 < x1 or y2 < y1) "
            "and do not count: expected x1 y1 x2 y2 with the upper left corner first.",
        )
    return None


def _people(table: pd.DataFrame, key: Ints, shared: Ints) -> tuple[Floats, Ints]:
    """Different boxes of some keyframes, and the keyframe of each, ascending."""
    rows = np.flatnonzero(np.isin(key, shared))
    each = pd.DataFrame(np.c_[boxes_of(table, rows)]).assign(key=key[rows]).dropna()
    each = each.drop_duplicates().sort_values("key", kind="stable")
    return each[[0, 1, 2, 3]].to_numpy(), each["key"].to_numpy()


def _met(true: Floats, true_at: Ints, said: Floats, said_at: NDArray[np.int64]) -> float:
    """Share of people on whom a predicted box is."""
    overlap = greatest_overlap(true, true_at, said, said_at)[1]
    return float((overlap >= FOUND).mean())
