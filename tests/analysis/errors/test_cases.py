"""Failures one by one, their pictures, and the file that one is sent as."""

import re

import pytest

from analysis.ava import example
from analysis.errors.cases import Casebook, case_id, is_case
from analysis.errors.comparison import compare
from analysis.errors.costs import single_costs, summary, type_costs
from analysis.errors.sensitivity import sensitivity
from analysis.errors.verdicts import ERRORS
from analysis.figures import evaluation, keyframe
from analysis.figures.case_page import case_html
from lart_core.errors import LartError
from tests.analysis.tables import A, B, judged, said, truth

TRUTH = example.made_up_truth()


@pytest.fixture(scope="module")
def book() -> Casebook:
    return Casebook(judged(TRUTH, example.made_up_predictions(TRUTH, example.MODELS[0])))


def test_the_list_holds_every_failure_once_costliest_first(book: Casebook) -> None:
    failures = book.failures
    assert len(failures) == sum(book.verdicts.counts().values())
    assert failures["type"].value_counts().to_dict() == book.verdicts.counts()
    assert failures["cost"].is_monotonic_decreasing
    assert not failures.duplicated(["row", "of_truth"]).any()
    both = single_costs(book.verdicts)
    assert failures["cost"].sum() == pytest.approx(both[0].sum() + both[1].sum())


@pytest.mark.parametrize("kind", ERRORS)
def test_a_case_of_every_type(book: Casebook, kind: str) -> None:
    line = book.failures[book.failures["type"] == kind].iloc[0]
    case = book.case(case_id(line["of_truth"], line["row"]))
    assert (case.type, case.keyframe.video) == (kind, line["video"])
    assert book.label_map.name(case.class_id) in case.sentence
    people = case.keyframe.true if line["of_truth"] else case.keyframe.said
    assert case.box in [person.box for person in people]
    assert case.keyframe.timestamp in case.around["timestamp"].tolist()
    moments, boxes = book.neighbours(case, 2)
    assert boxes[[m.timestamp for m in moments].index(case.keyframe.timestamp)] == case.box
    assert keyframe.keyframe(case.keyframe, marked=case.box).data
    assert keyframe.filmstrip(moments, boxes, case.keyframe.timestamp).layout.shapes
    assert keyframe.around(case, "it").data


@pytest.mark.parametrize("wrong", ["", "p", "x3", "p99999999", "p-1", "g²"])
def test_ids_of_no_case(book: Casebook, wrong: str) -> None:
    with pytest.raises(LartError, match="no failure"):
        book.case(wrong)


def test_an_id_stands_for_one_line_or_none(book: Casebook) -> None:
    failures = book.failures
    predicted, true = (set(failures.loc[failures["of_truth"] == t, "row"]) for t in (False, True))
    row = min(predicted & true)
    for of_truth in (False, True):
        (line,) = failures[is_case(failures, case_id(of_truth, row))].itertuples()
        assert (line.row, line.of_truth) == (row, of_truth)
    assert not is_case(failures, case_id(True, min(predicted - true))).any()


def test_a_class_without_ground_truth_has_no_errors() -> None:
    verdicts = judged(truth(("v", 1, A, 12)), said(("v", 1, A, 12, 0.9), ("v", 1, A, 14, 0.8)))
    assert verdicts.evaluation.mean_ap == 1
    assert verdicts.predictions["verdict"].tolist() == ["correct", "pose confusion"]
    assert sum(verdicts.counts().values()) == 0
    assert Casebook(verdicts).failures.empty
    prices = type_costs(verdicts)
    assert prices["count"].sum() == summary(verdicts, prices)["count"].sum() == 0


def test_a_keyframe_tells_what_was_true_and_said() -> None:
    book = Casebook(
        judged(
            truth(("v", 1, A, 12), ("v", 1, B, 11)),
            said(("v", 1, A, 11, 0.2), ("v", 1, B, 11, 0.9), ("v", 1, A, 12, 0.8)),
        )
    )
    moment = book.keyframes.at("v", 1.0)
    assert [(p.box, [x.verdict for x in p.labels]) for p in moment.true] == [
        (A, ["found"]),
        (B, ["found"]),
    ]
    assert [(p.box, [x.score for x in p.labels]) for p in moment.said] == [
        (B, [0.9]),
        (A, [0.8, 0.2]),
    ]
    with pytest.raises(LartError, match="no keyframe"):
        book.keyframes.at("v", 2.0)


def test_the_file_of_a_case_is_whole_and_runs_nothing() -> None:
    nasty = '<script>alert("x")</script>'
    true = truth((nasty, 1, A, 12), (nasty, 1, B, 11))
    book = Casebook(judged(true, said((nasty, 1, A, 11, 0.9))))
    text = case_html(book.case("p0"), book.label_map, nasty)
    assert "<script" not in text
    assert not re.search(r"(src|href)=", text)
    assert "sit" in text and "0.9" in text and text.count("<svg") == 1


def test_figures_show_the_figures(book: Casebook) -> None:
    result = book.verdicts.evaluation
    bars = evaluation.ap_by_class(result)
    shown = {x: y for bar in bars.data for x, y in zip(bar.x, bar.y, strict=True)}
    names = result.label_map.names
    expected = {names[i]: 100 * v for i, v in result.ap.items() if v == v}
    assert shown == pytest.approx(expected)
    assert bars.layout.xaxis.categoryarray[0] == "sit"
    dots = evaluation.ap_by_frequency(result)
    assert sum(len(d.x) for d in dots.data) == len(expected)
    curves = evaluation.precision_recall(result, [12, 11])
    assert [c.name.split(" (")[0] for c in curves.data] == ["stand", "sit"]
    prices = type_costs(book.verdicts)
    table = summary(book.verdicts, prices)
    assert list(evaluation.errors(table).data[0].y) == list(reversed(ERRORS))
    matrix = evaluation.error_matrix(prices, names)
    assert matrix.data[0].z.shape == (len(ERRORS), len(expected))
    assert len(evaluation.sensitivity(sensitivity(book.verdicts)).data) == 4
    other = judged(TRUTH, example.made_up_predictions(TRUTH, example.MODELS[1]))
    found = compare(book.verdicts, other, draws=20)
    assert evaluation.differences(found.classes, "a", "b").data


def test_timeline_counts_what_the_score_allows() -> None:
    verdicts = judged(
        truth(("v", 1, A, 12), ("v", 2, A, 12), ("w", 1, A, 12)),
        said(("v", 1, A, 12, 0.9), ("v", 1, B, 12, 0.8), ("v", 2, A, 12, 0.3)),
    )
    table = keyframe.timeline_table(verdicts, "v", 0.5)
    assert table[["timestamp", "state"]].to_numpy().tolist() == [
        [1.0, "false alarm"],
        [2.0, "missed"],
    ]
    figure = keyframe.timeline(table, 1.0)
    assert {t.name for t in figure.data if len(t.x)} == {"false alarm", "missed"}
