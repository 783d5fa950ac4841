"""Costs: every single one against repairing it, types against repairing them, and all of them."""

import numpy as np
import pytest

import analysis
from analysis.ava import example
from analysis.ava.evaluator import area_under
from analysis.errors import costs
from analysis.errors.verdicts import ERRORS, LOCALISATION, MISSES, Verdicts
from tests.analysis.tables import judged


@pytest.fixture(scope="module", params=[0, 1])
def verdicts(request: pytest.FixtureRequest) -> Verdicts:
    truth = example.made_up_truth(request.param)
    said = example.made_up_predictions(truth, example.MODELS[request.param])
    said["score"] += np.random.default_rng(0).permutation(len(said)) * 1e-9  # no ties
    return judged(truth, said)


def test_single_costs_are_exact(verdicts: Verdicts) -> None:
    evaluation = verdicts.evaluation
    of_prediction, of_truth = costs.single_costs(verdicts)
    classes = [i for i, n in evaluation.positives.items() if n]
    rng = np.random.default_rng(0)
    for class_id in classes:
        index, n = evaluation.ranked(class_id), evaluation.positives[class_id]
        correct = evaluation.matching.correct[index]
        for place in rng.choice(index.size, min(40, index.size), replace=False):
            code = verdicts.counted[index[place]]
            truth = evaluation.matching.ground_truth[index[place]]
            if code == LOCALISATION and verdicts.finder[truth] < 0:
                repaired = correct.copy()
                repaired[place] = True
            elif code >= 0:
                repaired = np.delete(correct, place)
            else:
                repaired = correct
            won = area_under(repaired, n) - evaluation.ap[class_id]
            assert of_prediction[index[place]] == pytest.approx(won / len(classes), abs=1e-12)
        missed = (evaluation.ground_truth["action_id"] == class_id) & (verdicts.truth >= 0)
        won = area_under(np.r_[True, correct], n) - evaluation.ap[class_id]
        assert of_truth[missed] == pytest.approx(won / len(classes), abs=1e-12)
    assert (of_prediction >= -1e-15).all()


def test_type_costs(verdicts: Verdicts) -> None:
    table = costs.type_costs(verdicts)
    summary = costs.summary(verdicts, table).set_index("type")
    assert summary["count"].to_dict() == verdicts.counts()
    assert (table["delta_ap"] >= -1e-12).all()
    assert (table.loc[table["count"] == 0, "delta_ap"] == 0).all()
    classes = table["class_id"].nunique()
    for name in ERRORS:
        mean = table.loc[table["type"] == name, "delta_ap"].sum() / classes
        assert summary.loc[name, "delta_map"] == pytest.approx(mean)


def test_a_type_cost_is_a_second_evaluation_without_those_predictions(verdicts: Verdicts) -> None:
    evaluation = verdicts.evaluation
    gone = verdicts.predictions["verdict"].isin(["pose confusion", "beyond the 50 best"])
    kept = evaluation.predictions[~gone]
    again = analysis.average_precision(
        evaluation.ground_truth, kept.reset_index(drop=True), evaluation.label_map
    )
    assert again.matching.correct.sum() == evaluation.matching.correct.sum()
    summary = costs.summary(verdicts, costs.type_costs(verdicts)).set_index("type")
    won = again.mean_ap - evaluation.mean_ap
    assert summary.loc["pose confusion", "delta_map"] == pytest.approx(won, abs=1e-12)


def test_without_all_errors_ap_is_one(verdicts: Verdicts) -> None:
    evaluation = verdicts.evaluation
    missed = verdicts.truth >= 0
    for class_id, n in evaluation.positives.items():
        if n:
            right = int(evaluation.matching.correct[evaluation.members(class_id)].sum())
            absent = int((missed & (evaluation.ground_truth["action_id"] == class_id)).sum())
            assert area_under(np.ones(right + absent, bool), n) == pytest.approx(1.0)
    assert set(MISSES) < set(ERRORS)
