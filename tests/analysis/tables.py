"""Small tables in AVA's layout, written by hand."""

import numpy as np
import pandas as pd

import analysis
from analysis.ava.csv_file import BOX
from analysis.errors.verdicts import Verdicts, judge

A, B = (0.1, 0.1, 0.3, 0.9), (0.6, 0.1, 0.8, 0.9)
"""Two people who stand apart."""


def truth(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows of (video, timestamp, box, action id)."""
    return _table([(v, float(t), *box, a) for v, t, box, a in rows], [])  # type: ignore


def said(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows of (video, timestamp, box, action id, score)."""
    return _table([(v, float(t), *box, a, s) for v, t, box, a, s in rows], ["score"])  # type: ignore


def _table(rows: list[tuple[object, ...]], more: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["video", "timestamp", *BOX, "action_id", *more])
    floats = dict.fromkeys([*BOX, "timestamp", *more], float)
    return table.astype({"video": "category", "action_id": np.int32} | floats)


def judged(ground_truth: pd.DataFrame, predictions: pd.DataFrame, classes: int = 60) -> Verdicts:
    """Verdicts with AVA's list."""
    labels = analysis.ava_label_map(classes)
    return judge(analysis.average_precision(ground_truth, predictions, labels))
