"""What changed from one set to another, by person and moment, adds up to the difference of mAP."""

import numpy as np
import pytest

from analysis.ava import example
from analysis.errors.changes import changes, worth
from lart_core.errors import LartError
from tests.analysis.tables import A, B, judged, said, truth


def test_the_shares_add_up_to_the_figure() -> None:
    ground_truth = example.made_up_truth()
    first, second = (
        judged(ground_truth, example.made_up_predictions(ground_truth, m)) for m in example.MODELS
    )
    for verdicts in (first, second):
        assert worth(verdicts.evaluation).sum() == pytest.approx(verdicts.evaluation.mean_ap)
    table = changes(first, second)
    assert table["difference"].sum() == pytest.approx(
        second.evaluation.mean_ap - first.evaluation.mean_ap, abs=1e-6
    )
    assert table["difference"].abs().is_monotonic_decreasing
    assert changes(first, first).empty


def test_a_label_that_only_one_found_and_one_that_rose_in_the_ranks() -> None:
    ground_truth = truth(("v", 1, A, 12), ("v", 2, A, 12), ("w", 3, A, 11))
    first = judged(
        ground_truth,
        said(
            ("v", 1, A, 12, 0.9), ("v", 2, A, 12, 0.8), ("w", 3, B, 11, 0.9), ("w", 3, A, 11, 0.5)
        ),
    )
    second = judged(
        ground_truth,
        said(("v", 1, A, 12, 0.7), ("w", 3, B, 11, 0.2), ("w", 3, A, 11, 0.6)),
    )
    table = changes(first, second).set_index("row")
    assert sorted(table.index) == [1, 2]
    assert table.loc[1, "difference"] == pytest.approx(-0.25)
    assert np.isnan(table.loc[1, "b"]) and table.loc[1, "a"] == 0.8
    assert table.loc[2, "difference"] == pytest.approx(0.25)
    assert table.loc[2, ["video", "timestamp", "a", "b"]].tolist() == ["w", 3.0, 0.5, 0.6]


def test_other_ground_truth_is_refused() -> None:
    first = judged(truth(("v", 1, A, 12)), said(("v", 1, A, 12, 0.9)))
    second = judged(truth(("v", 2, A, 12)), said(("v", 2, A, 12, 0.9)))
    with pytest.raises(LartError, match="same ground truth"):
        changes(first, second)
