"""Says when files that can be read are probably not what their owner thinks they are."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.csv_file import BOX, NO_ACTION
from analysis.ava.findings import Finding
from analysis.ava.label_map import LabelMap
from analysis.ava.meeting_checks import meeting


def recognise(
    ground_truth: pd.DataFrame, predictions: pd.DataFrame, label_map: LabelMap
) -> list[Finding]:
    """Look for swapped files, unknown videos, other keyframes, boxes in pixels or in another order,
    odd scores and wrong label maps."""
    found = [
        _swapped(ground_truth, predictions),
        _videos(ground_truth, predictions),
        _pixels(ground_truth, predictions),
        _scores(predictions),
        _classes(ground_truth, predictions, label_map),
    ]
    said = [finding for finding in found if finding]
    return (
        said
        if any(finding.fatal for finding in said)
        else [*said, *meeting(ground_truth, predictions)]
    )


def _swapped(ground_truth: pd.DataFrame, predictions: pd.DataFrame) -> Finding | None:
    if (predictions["score"] == 1.0).all() and len(predictions):
        return Finding(
            "no scores",
            "Expected a score per prediction, found none (or 1 everywhere): average precision "
            "ranks by score. Is this a ground-truth file? Were the two files swapped?",
        )
    scores = predictions["score"].to_numpy()
    if np.all(scores == np.floor(scores)) and scores.max(initial=0) > 1:
        return Finding(
            "whole scores",
            f"Expected scores between 0 and 1, got only whole numbers up to {scores.max():g}: "
            "these look like person ids. Were ground truth and predictions swapped?",
            fatal=True,
        )
    if "person_id" not in ground_truth and len(ground_truth) > 2 * len(predictions):
        return Finding(
            "more ground truth than predictions",
            f"Expected more predictions than ground truth, got {len(predictions):,} and "
            f"{len(ground_truth):,}: were the two files swapped?",
        )
    return None


def _videos(ground_truth: pd.DataFrame, predictions: pd.DataFrame) -> Finding | None:
    known, said = set(ground_truth["video"].unique()), set(predictions["video"].unique())
    unknown = sorted(said - known)
    if not unknown:
        return None
    names = ", ".join(unknown[:3]) + (" ..." if len(unknown) > 3 else "")
    expected = ", ".join(sorted(known)[:3])
    if not said & known:
        return Finding(
            "unknown videos",
            f"Expected predictions for the videos of the ground truth ({expected} ...), got none "
            f"of them but {names}.",
            fatal=True,
        )
    rows = int(predictions["video"].isin(unknown).sum())
    return Finding(
        "unknown videos",
        f"{len(unknown)} of {len(said)} videos of the predictions are not in the ground truth "
        f"({names}); their {rows:,} rows do not count.",
    )


def _pixels(ground_truth: pd.DataFrame, predictions: pd.DataFrame) -> Finding | None:
    largest = {
        "ground truth": float(np.nanmax(ground_truth[BOX].to_numpy(), initial=0.0)),
        "predictions": float(np.nanmax(predictions[BOX].to_numpy(), initial=0.0)),
    }
    pixels = [name for name, value in largest.items() if value > 2]
    if not pixels:
        return None
    name = pixels[0]
    return Finding(
        "boxes in pixels",
        f"Expected boxes as fractions of the picture (0 to 1), got {largest[name]:g} in the "
        f"{name}: these are pixels; divide x by the video's width and y by its height.",
        fatal=len(pixels) == 1,
    )


def _scores(predictions: pd.DataFrame) -> Finding | None:
    scores = predictions["score"].to_numpy()
    outside = np.flatnonzero((scores < 0) | (scores > 1))
    if not outside.size:
        return None
    return Finding(
        "scores outside 0..1",
        f"Expected scores between 0 and 1, got {scores[outside[0]]:g} in box row "
        f"{outside[0] + 1} ({outside.size:,} such rows, from {scores.min():g} to "
        f"{scores.max():g}): average precision only ranks them and is right, but are these "
        "logits or percentages?",
    )


def _classes(
    ground_truth: pd.DataFrame, predictions: pd.DataFrame, label_map: LabelMap
) -> Finding | None:
    said = predictions["action_id"].to_numpy()
    said = said[~np.isnan(predictions["x1"].to_numpy())]
    true = ground_truth["action_id"].to_numpy()
    true = true[true != NO_ACTION]
    listed = np.array(label_map.ids)
    for name, ids in (("predictions", said), ("ground truth", true)):
        if ids.size and not np.isin(ids, listed).any():
            return Finding(
                "wrong label map",
                f"Expected classes of the label map ({listed[0]} to {listed[-1]}) in the {name}, "
                f"got only others ({ids.min()} to {ids.max()}): is this the right label map?",
                fatal=True,
            )
    if (said == 0).any():
        return Finding(
            "classes from 0",
            f"Expected class ids from 1, got {int((said == 0).sum()):,} predictions of class 0: "
            "the ids were probably counted from 0; add 1 to each.",
        )
    if true.size and said.size and (shift := _shift(true, said)):
        return Finding(
            "shifted classes",
            f"The predictions' classes look shifted by {shift:+d} against the ground truth's: "
            "probably their ids were made with another label map (60 classes numbered in a row, "
            "or counted from 0).",
        )
    return None


def _shift(true: NDArray[np.int32], said: NDArray[np.int32]) -> int:
    """By how much ids must be moved to agree far better in frequency; 0 if they agree as well."""
    size = int(max(true.max(), said.max())) + 3
    a, b = np.bincount(true, minlength=size), np.bincount(said, minlength=size)
    if (a > 0).sum() < 3:
        return 0
    agreement = {d: float(np.corrcoef(a, np.roll(b, -d))[0, 1]) for d in (-1, 0, 1)}
    best = max(agreement, key=lambda d: agreement[d])
    return best if best and agreement[best] > 0.9 and agreement[0] < 0.5 else 0
