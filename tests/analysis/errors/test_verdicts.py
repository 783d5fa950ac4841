"""Verdicts: every error type in a scene made for it, and counts that add up."""

import numpy as np
import pytest

from analysis.ava import example
from analysis.errors.verdicts import ERRORS, Verdicts
from tests.analysis.tables import A, B, judged, said, truth

SCENE = truth(("v", 1, A, 12), ("v", 1, A, 79), ("v", 1, B, 11))
"""A stands and talks, B sits."""
FAR = (0.1, 0.1, 0.3, 0.4)
"""On A's upper part: IoU 0.375."""
NOWHERE = (0.4, 0.1, 0.5, 0.2)


@pytest.mark.parametrize(
    ("box", "action", "verdict"),
    [
        (A, 12, "correct"),
        (A, 11, "pose confusion"),
        (A, 80, "confusion within a group"),
        (B, 80, "confusion across groups"),
        (A, 17, "confusion across groups"),
        (FAR, 12, "poor localisation"),
        (FAR, 11, "label and place wrong"),
        (NOWHERE, 12, "background"),
    ],
)
def test_one_prediction(box: tuple[float, ...], action: int, verdict: str) -> None:
    found = judged(SCENE, said(("v", 1, box, action, 0.9)))
    assert found.predictions["verdict"].tolist() == [verdict]


def test_duplicate_is_the_worse_scored() -> None:
    found = judged(SCENE, said(("v", 1, A, 12, 0.3), ("v", 1, A, 12, 0.9)))
    assert found.predictions["verdict"].tolist() == ["duplicate", "correct"]
    assert found.predictions["ground_truth"].tolist() == [0, 0]


def test_misses() -> None:
    found = judged(SCENE, said(("v", 1, A, 12, 0.9), ("v", 1, FAR, 11, 0.9)))
    table = found.ground_truth
    assert table["verdict"].tolist() == ["found", "missed label", "missed person"]
    assert table["found_by"].tolist() == [0, -1, -1]
    assert table["found_score"].tolist()[0] == 0.9
    assert table["person"].tolist() == [0, 0, 1]


def test_a_label_that_is_not_scored_still_makes_a_person() -> None:
    crawling = truth(("v", 1, A, 2))
    found = judged(crawling, said(("v", 1, A, 12, 0.9)))
    assert found.predictions["verdict"].tolist() == ["pose confusion"]
    assert found.ground_truth["verdict"].tolist() == ["not counted"]


def test_equal_boxes_in_other_keyframes_are_other_people() -> None:
    found = judged(
        truth(("v", 1, A, 12), ("v", 2, A, 12), ("w", 1, A, 12)), said(("v", 1, A, 12, 1))
    )
    assert found.ground_truth["person"].tolist() == [0, 1, 2]


@pytest.fixture(scope="module")
def made_up() -> Verdicts:
    ground_truth = example.made_up_truth()
    return judged(ground_truth, example.made_up_predictions(ground_truth, example.MODELS[0]))


def test_counts_add_up_to_all_errors(made_up: Verdicts) -> None:
    matching = made_up.evaluation.matching
    alarms = int((~matching.correct).sum())
    misses = int(matching.scored.sum() - matching.correct.sum())
    counts = made_up.counts()
    assert sum(counts.values()) == alarms + misses
    assert all(counts[name] > 0 for name in ERRORS)


def test_every_row_has_one_verdict(made_up: Verdicts) -> None:
    assert not made_up.predictions["verdict"].isna().any()
    assert not made_up.ground_truth["verdict"].isna().any()
    found = made_up.ground_truth["verdict"] == "found"
    rows = made_up.ground_truth.loc[found, "found_by"]
    assert (made_up.predictions.loc[rows, "verdict"] == "correct").all()
    assert len(np.unique(rows)) == found.sum()
