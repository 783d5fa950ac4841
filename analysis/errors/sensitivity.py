"""How AP depends on the size of boxes, on crowding, on the time in the video, on class frequency.

For box size, crowding and time two figures per bucket: `ap`, as if only this bucket existed (its
ground truth; predictions that found others or lie in other buckets are ignored, as COCO does for
areas); and `normalised_ap`, against all false alarms and as if every bucket held equally many
positives (Hoiem et al., ECCV 2012; DETAD, ECCV 2018), so that buckets compare. Both are means over
the classes that have ground truth in every bucket that is filled.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.boxes import area, boxes_of
from analysis.ava.evaluator import Evaluation, area_under, envelope
from analysis.errors.verdicts import Verdicts, first_rows

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SIZES = (0.02, 0.06, 0.15, 0.35)
"""Shares of the picture at which one size of box ends and the next begins."""
CROWDS = (2, 3, 5, 10)
PARTS = 5
FREQUENCIES = (100, 1_000, 10_000)


def sensitivity(verdicts: Verdicts) -> pd.DataFrame:
    """AP per bucket of every attribute.

    Returns:
        One row a bucket: attribute, bucket (what to write), positives, classes, ap,
        normalised_ap (NaN for class frequency).
    """
    evaluation = verdicts.evaluation
    matching = evaluation.matching
    truth_size = np.digitize(area(boxes_of(evaluation.ground_truth)), SIZES)
    said_size = np.digitize(area(boxes_of(evaluation.predictions, matching.prediction)), SIZES)
    tables = [_buckets(evaluation, "box size", SIZE_NAMES, truth_size, said_size)]
    for name, labels, by_frame in (
        ("people in the picture", CROWD_NAMES, np.digitize(_crowd(verdicts), CROWDS)),
        ("time in the video", PART_NAMES, _part(evaluation)),
    ):
        truth = by_frame[matching.ground_truth_keyframe]
        said = by_frame[matching.prediction_keyframe[matching.prediction]]
        tables.append(_buckets(evaluation, name, labels, truth, said))
    tables.append(_by_frequency(evaluation))
    return pd.concat(tables, ignore_index=True)


def _names(edges: Sequence[str], unit: str) -> list[str]:
    middle = [f"{a} to {b}{unit}" for a, b in pairwise(edges)]
    return [f"under {edges[0]}{unit}", *middle, f"{edges[-1]}{unit} and more"]


SIZE_NAMES = _names([f"{100 * s:g}" for s in SIZES], " %")
CROWD_NAMES = ["1", "2", "3 to 4", "5 to 9", "10 and more"]
PART_NAMES = ["first fifth", "second", "third", "fourth", "last fifth"]
FREQUENCY_NAMES = _names([f"{n:,}" for n in FREQUENCIES], " boxes")


def _crowd(verdicts: Verdicts) -> Ints:
    """Ground-truth people in each keyframe."""
    matching = verdicts.evaluation.matching
    n = int(
        max(
            matching.ground_truth_keyframe.max(initial=-1),
            matching.prediction_keyframe.max(initial=-1),
        )
    )
    return np.bincount(matching.ground_truth_keyframe[first_rows(verdicts.person)], minlength=n + 1)


def _part(evaluation: Evaluation) -> Ints:
    """Which fifth of its video's annotated span each keyframe is in."""
    table = evaluation.ground_truth[["video", "timestamp"]].assign(
        frame=evaluation.matching.ground_truth_keyframe
    )
    span = table.groupby("video", observed=True)["timestamp"].agg(["min", "max"])
    begin = table["video"].map(span["min"]).to_numpy(float)
    length = np.maximum(table["video"].map(span["max"]).to_numpy(float) - begin, 1e-9)
    part = np.minimum((table["timestamp"].to_numpy() - begin) / length * PARTS, PARTS - 1)
    by_frame = np.zeros(int(evaluation.matching.prediction_keyframe.max(initial=0)) + 1, np.int64)
    by_frame = np.resize(by_frame, max(by_frame.size, int(table["frame"].max()) + 1))
    by_frame[table["frame"]] = part.astype(np.int64)
    return by_frame


def _buckets(
    evaluation: Evaluation, attribute: str, names: Sequence[str], truth: Ints, said: Ints
) -> pd.DataFrame:
    matching = evaluation.matching
    actions = evaluation.ground_truth["action_id"].to_numpy()
    bucket = np.where(matching.correct, truth[matching.ground_truth], said)
    positives = np.zeros((len(names), evaluation.label_map.ids[-1] + 1), np.int64)
    np.add.at(positives, (truth[matching.scored], actions[matching.scored]), 1)
    filled: list[int] = np.flatnonzero(positives.sum(1)).tolist()
    classes = np.flatnonzero((positives[filled] > 0).all(0))
    rows = []
    ranked = {int(c): evaluation.ranked(int(c)) for c in classes}
    for b in filled:
        plain, normalised = [], []
        for c, index in ranked.items():
            correct, inside = matching.correct[index], bucket[index] == b
            n = int(positives[b, c])
            plain.append(area_under(correct[inside], n))
            mean = float(positives[filled, c].mean())
            normalised.append(_normalised(correct[inside | ~correct], n, mean))
        rows.append(
            {
                "attribute": attribute,
                "bucket": names[b],
                "positives": int(positives[b].sum()),
                "classes": len(ranked),
                "ap": float(np.mean(plain)) if plain else np.nan,
                "normalised_ap": float(np.mean(normalised)) if normalised else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _normalised(correct: NDArray[np.bool_], positives: int, as_if: float) -> float:
    """AP with precision as it would be with `as_if` positives found at the same recall."""
    found = np.cumsum(correct)
    wrong = np.cumsum(~correct)
    scaled = found * (as_if / positives)
    precision = np.divide(scaled, scaled + wrong, out=np.zeros(found.size), where=found > 0)
    return float(envelope(precision)[correct].sum() / positives)


def _by_frequency(evaluation: Evaluation) -> pd.DataFrame:
    rows = []
    positives = evaluation.positives
    level = {i: int(np.digitize(positives[i], FREQUENCIES)) for i in evaluation.scored}
    for b, name in enumerate(FREQUENCY_NAMES):
        members = [i for i in level if level[i] == b]
        if members:
            rows.append(
                {
                    "attribute": "class frequency",
                    "bucket": name,
                    "positives": sum(positives[i] for i in members),
                    "classes": len(members),
                    "ap": float(np.mean([evaluation.ap[i] for i in members])),
                    "normalised_ap": np.nan,
                }
            )
    return pd.DataFrame(rows)
