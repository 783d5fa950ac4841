"""Average precision as the official ActivityNet AVA evaluator computes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.label_map import GROUPS, OTHER_GROUP, LabelMap
from analysis.ava.matching import IOU_THRESHOLD, Matching, match

Floats = NDArray[np.float64]

MEAN_KEY = f"PascalBoxes_Precision/mAP@{IOU_THRESHOLD}IOU"
CLASS_KEY = f"PascalBoxes_PerformanceByCategory/AP@{IOU_THRESHOLD}IOU/"


@dataclass(frozen=True)
class Curve:
    """Precision and recall of one class after each of its n predictions, best score first.

    Attributes:
        index: (n,) positions in the `Matching`.
        precision, recall: (n,) float64.
    """

    index: NDArray[np.int64]
    precision: Floats
    recall: Floats


@dataclass(frozen=True)
class Evaluation:
    """A judged set of predictions.

    Attributes:
        ground_truth, predictions: The tables that were judged.
        label_map: The classes that count.
        matching: Which prediction found what.
        ap: Class id -> average precision, NaN for a class without ground truth.
        positives: Class id -> number of ground-truth boxes.
    """

    ground_truth: pd.DataFrame
    predictions: pd.DataFrame
    label_map: LabelMap
    matching: Matching
    ap: Mapping[int, float]
    positives: Mapping[int, int]

    @cached_property
    def mean_ap(self) -> float:
        """mAP@0.5 over the classes that have ground truth; NaN if none has."""
        every = np.full(self.label_map.ids[-1], np.nan)
        for class_id, value in self.ap.items():
            every[class_id - 1] = value
        return float(np.nanmean(every)) if not np.isnan(every).all() else float("nan")

    @cached_property
    def scored(self) -> list[int]:
        """Ids of the classes that have ground truth, ascending."""
        return [class_id for class_id, count in self.positives.items() if count]

    @property
    def keyframes(self) -> int:
        """How many keyframes of the ground truth are judged."""
        matching = self.matching
        return len(np.unique(matching.ground_truth_keyframe[~matching.excluded]))

    def metrics(self) -> dict[str, float]:
        """The figures under the official evaluator's names, in full precision."""
        names = self.label_map.names
        return {MEAN_KEY: self.mean_ap} | {CLASS_KEY + names[i]: self.ap[i] for i in self.ap}

    def members(self, class_id: int) -> slice:
        """Where in the matching the predictions of a class are."""
        begin, end = np.searchsorted(self.matching.class_id, [class_id, class_id + 1])
        return slice(int(begin), int(end))

    def ranked(self, class_id: int) -> NDArray[np.int64]:
        """Positions in the matching of a class's predictions, best score first."""
        part = self.members(class_id)
        return part.start + best_first(self.matching.score[part])

    def curve(self, class_id: int) -> Curve | None:
        """Precision and recall of a class; None if it has no ground truth."""
        if not self.positives[class_id]:
            return None
        index = self.ranked(class_id)
        return Curve(
            index, *precision_recall(self.matching.correct[index], self.positives[class_id])
        )

    def by_group(self) -> dict[str, float]:
        """Mean AP of the classes with ground truth in each of AVA's groups."""
        found: dict[str, list[float]] = {}
        for class_id, value in self.ap.items():
            if not np.isnan(value):
                found.setdefault(self.label_map.group(class_id), []).append(value)
        return {g: float(np.mean(found[g])) for g in (*GROUPS, OTHER_GROUP) if g in found}


def average_precision(
    ground_truth: pd.DataFrame,
    predictions: pd.DataFrame,
    label_map: LabelMap,
    excluded: pd.DataFrame | None = None,
) -> Evaluation:
    """Judge predictions against ground truth.

    Args:
        ground_truth, predictions: Tables as `read_ground_truth` and `read_predictions` give them.
        label_map: The classes that count.
        excluded: Keyframes to leave out, as `read_exclusions` gives them.

    Returns:
        The evaluation, whose figures equal those of ActivityNet's
        ``Evaluation/get_ava_performance.py`` on the same machine and NumPy to the last bit.
        (Where equal scores meet, that programme's figures depend on NumPy's unstable argsort, and
        so do these.)
    """
    matching = match(ground_truth, predictions, label_map, excluded)
    counted = ground_truth["action_id"].to_numpy()[matching.scored]
    counts = np.bincount(counted, minlength=label_map.ids[-1] + 1)
    positives = {i: int(counts[i]) for i in label_map.ids}
    ap = {}
    for class_id in label_map.ids:
        begin, end = np.searchsorted(matching.class_id, [class_id, class_id + 1])
        order = best_first(matching.score[begin:end])
        ap[class_id] = area_under(matching.correct[begin:end][order], positives[class_id])
    return Evaluation(ground_truth, predictions, label_map, matching, ap, positives)


def best_first(score: Floats) -> NDArray[np.int64]:
    """The official order of a class's predictions: an unstable ascending argsort, reversed."""
    return np.argsort(score)[::-1]


def precision_recall(correct: NDArray[np.bool_], positives: int) -> tuple[Floats, Floats]:
    """Precision and recall after each prediction, best first."""
    found = np.cumsum(correct).astype(np.float64)
    return found / np.arange(1, correct.size + 1), found / positives


def envelope(precision: NDArray[Any]) -> NDArray[Any]:
    """Precision made non-increasing along its first axis: the best at this rank or below it."""
    return np.maximum.accumulate(precision[::-1])[::-1]


def area_under(correct: NDArray[np.bool_], positives: int) -> float:
    """Average precision (VOC 2010: all points, precision made non-increasing).

    Args:
        correct: (n,) whether each prediction is right, best first.
        positives: Number of ground-truth boxes.

    Returns:
        NaN without ground truth, 0.0 without predictions.
    """
    if not positives:
        return float("nan")
    if not correct.size:
        return 0.0
    precision, recall = precision_recall(correct, positives)
    precision = envelope(np.r_[0.0, precision, 0.0])
    recall = np.r_[0.0, recall, 1.0]
    step = np.flatnonzero(recall[1:] != recall[:-1]) + 1
    return float(np.sum((recall[step] - recall[step - 1]) * precision[step]))
