"""Which predictions find which ground truth: the official AVA evaluator's rules, without loops.

The rules (ActivityNet, ``Evaluation/get_ava_performance.py``): classes outside the label map are
dropped; of each keyframe the 50 best-scored predictions are kept; inside-out boxes are dropped
after that; then, class by class, each prediction looks at the ground-truth box it overlaps most,
and is right if IoU >= 0.5 and no better-scored prediction has taken that box. Tied scores follow
`analysis.ava.ties`; a heap is built only for the few keyframes in which the order of equals
matters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.boxes import boxes_of, greatest_overlap
from analysis.ava.label_map import LabelMap
from analysis.ava.ties import entries, heap_order, survivors

CAP = 50
"""How many predictions the official evaluator keeps of a keyframe."""

IOU_THRESHOLD = 0.5

OUTCOMES = (
    "counted",
    "class not scored",
    "keyframe without ground truth",
    "excluded keyframe",
    "beyond the 50 best",
    "inside-out box",
)
COUNTED, OTHER_CLASS, OTHER_KEYFRAME, EXCLUDED, OVER_CAP, INVALID_BOX = range(len(OUTCOMES))

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Matching:
    """The N predictions that count, class by class, keyframes in order of first appearance, best
    score first: the order in which the official evaluator collects them.

    Attributes:
        prediction: (N,) row numbers in the table of predictions.
        class_id: (N,) int32.
        score: (N,) float64.
        ground_truth: (N,) row number of the same-class ground-truth box of the same keyframe that
            it overlaps most, -1 where there is none.
        iou: (N,) the IoU with it, 0 where there is none.
        correct: (N,) True positives.
        outcome: (predictions,) int8, index into `OUTCOMES`, of every row of the table.
        scored: (ground-truth rows,) bool, which rows count.
        excluded: (ground-truth rows,) bool, which are of excluded keyframes.
        prediction_keyframe, ground_truth_keyframe: int64 per row of either table: the same number
            for the same video and timestamp.
    """

    prediction: Ints
    class_id: NDArray[np.int32]
    score: Floats
    ground_truth: Ints
    iou: Floats
    correct: Bools
    outcome: NDArray[np.int8]
    scored: Bools
    excluded: Bools
    prediction_keyframe: Ints
    ground_truth_keyframe: Ints


def match(
    ground_truth: pd.DataFrame,
    predictions: pd.DataFrame,
    label_map: LabelMap,
    excluded: pd.DataFrame | None = None,
) -> Matching:
    """Match predictions to ground truth.

    Args:
        ground_truth, predictions: Tables as `analysis.ava.csv_file` reads them.
        label_map: The classes that count.
        excluded: Keyframes to leave out, as `read_exclusions` reads them.
    """
    tables = [predictions, ground_truth] + ([] if excluded is None else [excluded])
    keys, n_keys = _keyframe_ids(tables)
    left_out, known = np.zeros(n_keys, bool), np.zeros(n_keys, bool)
    known[keys[1]] = True
    if excluded is not None:
        left_out[keys[2]] = True

    scored = _on_list(ground_truth["action_id"].to_numpy(), label_map) & ~left_out[keys[1]]
    outcome = np.full(len(predictions), COUNTED, np.int8)
    outcome[left_out[keys[0]]] = EXCLUDED
    outcome[~known[keys[0]]] = OTHER_KEYFRAME
    outcome[~_on_list(predictions["action_id"].to_numpy(), label_map)] = OTHER_CLASS

    row = np.flatnonzero(outcome == COUNTED)
    score = predictions["score"].to_numpy()[row]
    keyframe = pd.factorize(keys[0][row])[0]
    order = np.lexsort((-score, keyframe))
    row, score, keyframe = row[order], score[order], keyframe[order]
    kept = survivors(row, score, keyframe, predictions, CAP)
    outcome[row[~kept]] = OVER_CAP
    box = boxes_of(predictions, row[kept])
    valid = (box[:, 0] < box[:, 2]) & (box[:, 1] < box[:, 3])
    outcome[row[kept][~valid]] = INVALID_BOX
    row, score, box = row[kept][valid], score[kept][valid], box[valid]

    class_id = predictions["action_id"].to_numpy()[row]
    by_class = np.argsort(class_id.astype(np.int16), kind="stable")
    row, score, class_id, box = row[by_class], score[by_class], class_id[by_class], box[by_class]
    truth, overlap = _nearest(ground_truth, scored, keys[1], keys[0][row], class_id, box)
    correct = _first_takers(truth, overlap, len(ground_truth))
    run = _mixed_ties(class_id, keys[0][row], score, correct)
    unclear = np.flatnonzero(run >= 0)
    if unclear.size:
        rank = _heap_ranks(row[unclear], keys[0], outcome, predictions)
        order = np.arange(row.size)
        order[unclear] = unclear[np.lexsort((rank, run[unclear]))]
        row, truth, overlap = row[order], truth[order], overlap[order]
        correct = _first_takers(truth, overlap, len(ground_truth))
    return Matching(
        row, class_id, score, truth, overlap, correct, outcome, scored, left_out[keys[1]], *keys[:2]
    )


def _on_list(action: NDArray[np.int32], label_map: LabelMap) -> Bools:
    listed = np.zeros(label_map.ids[-1] + 2, bool)
    listed[label_map.ids] = True
    return listed[np.clip(action, 0, label_map.ids[-1] + 1)]


def _keyframe_ids(tables: Sequence[pd.DataFrame]) -> tuple[list[Ints], int]:
    """Per table and row one number for (video, timestamp), the same in all tables."""
    videos: dict[str, int] = {}
    seconds: dict[float, int] = {}
    pairs = []
    for table in tables:
        code = table["video"].astype("category").cat
        number = np.array([videos.setdefault(v, len(videos)) for v in code.categories], np.int64)
        stamp, unique = pd.factorize(table["timestamp"].to_numpy())
        moment = np.array([seconds.setdefault(t, len(seconds)) for t in unique.tolist()], np.int64)
        pairs.append((number[code.codes], moment[stamp]) if len(table) else (number[:0],) * 2)
    codes, uniques = zip(*(pd.factorize(v * len(seconds) + s) for v, s in pairs), strict=True)
    every = np.unique(np.concatenate(uniques))
    return [
        np.searchsorted(every, u)[c].astype(np.int64) for c, u in zip(codes, uniques, strict=True)
    ], every.size


def _nearest(
    ground_truth: pd.DataFrame,
    scored: Bools,
    truth_keyframe: Ints,
    keyframe: Ints,
    class_id: NDArray[np.int32],
    box: Floats,
) -> tuple[Ints, Floats]:
    """For each prediction the ground truth of its class and keyframe with the greatest IoU."""
    truth = np.flatnonzero(scored)
    truth_class = ground_truth["action_id"].to_numpy()[truth].astype(np.int64)
    n_classes = int(max(truth_class.max(initial=0), class_id.max(initial=0))) + 1
    group = truth_keyframe[truth] * n_classes + truth_class
    order = np.argsort(group, kind="stable")
    truth, group = truth[order], group[order]
    wanted = keyframe * n_classes + class_id
    nearest, overlap, tied = greatest_overlap(box, wanted, boxes_of(ground_truth, truth), group)
    rivals = np.flatnonzero(tied & (overlap >= IOU_THRESHOLD))
    if rivals.size:
        weight = np.ones(len(ground_truth))
        if "person_id" in ground_truth:
            weight = ground_truth["person_id"].to_numpy().astype(float)
        for frame in np.unique(keyframe[rivals]):
            inside = np.flatnonzero(scored & (truth_keyframe == frame))
            official = inside[heap_order(entries(ground_truth, inside, weight[inside]))]
            places = np.flatnonzero(np.isin(truth, inside))
            ranks = pd.Series(np.arange(official.size), official)[truth[places]].to_numpy()
            truth[places] = truth[places][np.lexsort((ranks, group[places]))]
        nearest, overlap, _ = greatest_overlap(box, wanted, boxes_of(ground_truth, truth), group)
    return np.where(nearest >= 0, truth[nearest] if truth.size else -1, -1), overlap


def _first_takers(truth: Ints, overlap: Floats, n_truth: int) -> Bools:
    """True where a prediction is the first in order to take its ground truth."""
    taker = np.full(n_truth, -1, np.int64)
    able = np.flatnonzero(overlap >= IOU_THRESHOLD)[::-1]
    taker[truth[able]] = able
    correct = np.zeros(truth.size, bool)
    correct[taker[taker >= 0]] = True
    return correct


def _mixed_ties(class_id: NDArray[np.int32], keyframe: Ints, score: Floats, correct: Bools) -> Ints:
    """Number the runs of one class, keyframe and score of which some members are right and some
    wrong; -1 for all other predictions."""
    if not score.size:
        return np.zeros(0, np.int64)
    same = (class_id[1:] == class_id[:-1]) & (keyframe[1:] == keyframe[:-1])
    begin = np.flatnonzero(np.r_[True, ~(same & (score[1:] == score[:-1]))])
    right = np.add.reduceat(correct.astype(np.int64), begin)
    size = np.diff(np.r_[begin, score.size])
    mixed = (right > 0) & (right < size)
    return np.repeat(np.where(mixed, np.arange(begin.size), -1), size)


def _heap_ranks(
    rows: Ints, keyframe_of_row: Ints, outcome: NDArray[np.int8], predictions: pd.DataFrame
) -> Ints:
    """Place of each of `rows` in the order in which the heap leaves its keyframe."""
    frames = np.unique(keyframe_of_row[rows])
    pushed = np.isin(outcome, (COUNTED, OVER_CAP, INVALID_BOX))
    pushed &= np.isin(keyframe_of_row, frames)
    row = np.flatnonzero(pushed)
    row = row[np.argsort(keyframe_of_row[row], kind="stable")]
    content = entries(predictions, row, predictions["score"].to_numpy()[row])
    begin = np.flatnonzero(np.r_[True, np.diff(keyframe_of_row[row]) != 0]).tolist()
    rank = np.zeros(len(predictions), np.int64)
    for first, end in pairwise([*begin, row.size]):
        stay = heap_order(content[first:end], CAP)
        rank[row[first:end][stay]] = range(len(stay))
    return rank[rows]
