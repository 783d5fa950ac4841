"""Comparison: draws are real re-evaluations, equals do not differ, and a real change is found."""

import numpy as np
import pandas as pd
import pytest

import analysis
from analysis.ava import example
from analysis.errors.comparison import compare, resampled_ap
from analysis.errors.verdicts import Verdicts
from lart_core.errors import LartError
from tests.analysis.tables import judged

TRUTH = example.made_up_truth()


@pytest.fixture(scope="module")
def both() -> tuple[Verdicts, Verdicts]:
    first, second = (example.made_up_predictions(TRUTH, m) for m in example.MODELS)
    return judged(TRUTH, first), judged(TRUTH, second)


def test_a_draw_is_an_evaluation_of_repeated_videos(both: tuple[Verdicts, Verdicts]) -> None:
    evaluation = both[0].evaluation
    names = TRUTH["video"].unique().tolist()
    times = np.array([2, 0, 1, 3, 0, 1, 1, 0])

    def repeated(table: pd.DataFrame) -> pd.DataFrame:
        parts = [
            table[table["video"] == name].assign(video=f"{name}-{copy}")
            for name, n in zip(names, times, strict=True)
            for copy in range(n)
        ]
        return pd.concat(parts, ignore_index=True)

    distinct = evaluation.predictions.copy()
    distinct["score"] += np.random.default_rng(0).permutation(len(distinct)) * 1e-9
    first = analysis.average_precision(TRUTH, distinct, evaluation.label_map)
    expected = analysis.average_precision(repeated(TRUTH), repeated(distinct), evaluation.label_map)
    drawn = resampled_ap(first, times[:, None].astype(np.float32))[:, 0]
    by_class = [expected.ap[i] for i, n in evaluation.positives.items() if n]
    assert drawn == pytest.approx(by_class, abs=2e-3, nan_ok=True)
    every = resampled_ap(first, np.ones((len(names), 1), np.float32))[:, 0]
    assert every == pytest.approx([v for v in first.ap.values() if v == v], abs=1e-6)


def test_equals_do_not_differ(both: tuple[Verdicts, Verdicts]) -> None:
    found = compare(both[0], both[0], draws=50)
    assert (found.classes["difference"] == 0).all()
    assert not found.classes["significant"].any()
    assert not found.overall["significant"].any()


def test_a_better_model_is_found_better(both: tuple[Verdicts, Verdicts]) -> None:
    found = compare(*both, draws=200)
    overall = found.overall.iloc[0]
    assert overall["name"] == "mAP@0.5"
    assert overall["difference"] == pytest.approx(
        both[1].evaluation.mean_ap - both[0].evaluation.mean_ap
    )
    assert overall["low"] < overall["difference"] < overall["high"]
    assert overall["significant"]
    back = compare(both[1], both[0], draws=200)
    assert back.overall["difference"].to_numpy() == pytest.approx(-found.overall["difference"])
    assert back.overall["low"].to_numpy() == pytest.approx(-found.overall["high"], abs=1e-6)


def test_classes_of_few_videos_are_not_called_real(both: tuple[Verdicts, Verdicts]) -> None:
    classes = compare(*both, draws=100).classes
    assert not classes.loc[classes["videos"] < 5, "significant"].any()


def test_figures_of_few_videos_are_not_called_real(both: tuple[Verdicts, Verdicts]) -> None:
    overall = compare(*both, draws=100).overall
    assert overall["videos"].tolist()[0] == TRUTH["video"].nunique()
    few = TRUTH[TRUTH["video"].isin(["example-1", "example-2"])]
    found = compare(*(judged(few, verdicts.evaluation.predictions) for verdicts in both))
    assert (found.overall["p"] < 0.05).any() and found.overall["videos"].max() == 2
    assert not found.overall["significant"].any()


def test_another_ground_truth_is_refused(both: tuple[Verdicts, Verdicts]) -> None:
    other = example.made_up_truth(5)
    third = judged(other, example.made_up_predictions(other, example.MODELS[0]))
    with pytest.raises(LartError, match="same ground truth"):
        compare(both[0], third)
