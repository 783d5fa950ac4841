"""The page Compare: result sets and studies, whole, half finished and damaged."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analysis.ava import example, result_set
from analysis.study.results import grid_file
from analysis.study.results.grid_file import Kind
from app import spaces
from app.results.sets import changed, percent
from app.spaces import doors
from tests.analysis import films, studies
from tests.app.spaces import opened
from tests.app.test_pages import show, text
from tests.synthetic import make_run

POSE, BOTH = Kind(False, True, 0.4, True), Kind(True, True, 0.4, True)
SETS, STUDY = {"of": "Result sets"}, {"of": "A study"}


@pytest.fixture
def no_shipped_study(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(grid_file, "asset", lambda name: tmp_path / "assets" / name)


def select(test: AppTest, label: str):
    return next(box for box in test.selectbox if box.label == label)


def labels(test: AppTest) -> list[str]:
    return [metric.label for metric in test.metric]


def test_result_sets_are_compared(home: Path) -> None:
    first, second = example.add_example()
    test = show("compare", **SETS, set=first)
    assert test.query_params["with"] == second
    assert test.metric[0].label == "mAP@0.5"
    assert "made-up example" in test.info[0].value
    changed = test.dataframe[1].value
    assert len(changed) == 200
    assert changed["difference"].abs().is_monotonic_decreasing
    assert any("labels gained" in m.value for m in test.markdown)
    assert changed[["a", "b"]].isna().any(axis=None), "misses have no score"
    assert {table.proto.placeholder for table in test.dataframe[:2]} == {"–"}
    assert any("not at hand" in c.value for c in test.caption)


def test_the_list_is_narrowed_to_an_action_and_a_label_is_a_link(home: Path) -> None:
    first, second = example.add_example()
    found = changed(first, second)
    row = found[found["action"] == "sit"].iloc[3]
    link = {"set": first, "with": second, "action": 11, "label": row["row"]}
    test = show("compare", **SETS, **link)
    assert set(test.dataframe[1].value["action"]) == {"sit"}
    assert any(s.value.startswith("sit: ") for s in test.subheader)
    assert any(c.value == f"{row['video']} at {row['timestamp']:g} s" for c in test.caption)
    said = test.dataframe[2].value
    assert said.loc[said["action"] == "sit", "true"].all()
    for nothing in ({"label": 10**8}, {"label": "x"}, {"action": "999"}, {"action": "<b>"}):
        assert not show("compare", **SETS, **(link | nothing)).error


def test_both_sets_oddities_are_said(home: Path, tmp_path: Path) -> None:
    first, second = films.add_sets(tmp_path / "videos")
    kept = result_set.open_set(second)
    odd = kept.predictions.assign(score=3 * kept.predictions["score"])
    other = result_set.add("odd", odd, kept.ground_truth, films.CLASSES)
    links = [("compare", SETS), ("ava_results", {"view": "Compare"})]
    for page, of in links:
        for both in ({"set": first, "with": other}, {"set": other, "with": first}):
            test = show(page, **of, **both)
            assert any(w.value.startswith(r"odd\: ") for w in test.warning), (page, both)


def test_of_few_videos_no_difference_is_called_significant(home: Path, tmp_path: Path) -> None:
    first, second = films.add_sets(tmp_path / "videos")
    test = show("compare", **SETS, set=first, **{"with": second})
    said = [c.value for c in test.caption if "significant" in c.value.casefold()]
    assert said[0] == "Too few videos to tell whether it is significant: 3"
    assert not any(words.startswith(("Significant (", "Not significant (")) for words in said)


def test_a_row_that_was_chosen_of_another_pair_is_not_chosen(home: Path, tmp_path: Path) -> None:
    """The list of what changed from B to A is as long as that from A to B."""
    first, second = films.add_sets(tmp_path / "videos")
    lists = [
        show("compare", **SETS, set=a, **{"with": b}).dataframe[1]
        for a, b in ((first, second), (second, first))
    ]
    assert len(lists[0].value) == len(lists[1].value)
    assert lists[0].proto.id != lists[1].proto.id


def test_shared_videos_are_not_offered_to_strangers(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (make_run(home, "sample").path / "actions" / "other.safetensors").unlink()
    assert any("Name the actions of" in b.label for b in show("compare").button)
    with opened(monkeypatch):
        me = spaces.Visitor("0" * 32)
        me.folder.mkdir(parents=True)
        monkeypatch.setattr(doors, "current", lambda: me)
        test = show("compare")
    assert not test.exception
    assert not any("Name the actions of" in b.label for b in test.button)


def test_a_set_that_stands_alone_is_said(home: Path) -> None:
    truth = example.made_up_truth(9)
    said = example.made_up_predictions(truth, example.MODELS[0])
    lonely = result_set.add("lonely", said, truth, films.CLASSES)
    assert "nothing to compare with" in text(show("compare", **SETS, set=lonely))


def test_no_study_is_said(home: Path, no_shipped_study: None) -> None:
    written = text(show("compare", **STUDY))
    assert "There is no study on this machine" in written
    assert "lart study run" in written


def test_a_study_is_shown_in_figures_and_sentences(home: Path) -> None:
    studies.write_study(home / "studies" / "mine")
    test = show("compare", **STUDY, study="mine")
    written = text(test)
    assert "33 models of 11 kinds, judged on 40 held-out videos" in written
    assert "Masking 40 % against none, pose: " in written
    assert labels(test)[:2] == ["A: pose, masking 40 %", "B: pose + appearance, masking 40 %"]
    assert "lart study tabulate --keep" in written, "there are no result sets"
    assert len(test.get("plotly_chart")) == 5
    assert any("lies higher than its mark or figure" in c.value for c in test.caption)


def test_two_kinds_and_a_share_are_in_the_address(home: Path) -> None:
    studies.write_study(home / "studies" / "mine")
    link = {"study": "mine", "kind": "pose-mask00", "against": "pose-scratch", "missing": "0.6"}
    test = show("compare", **STUDY, **link)
    assert labels(test)[:2] == ["A: pose, no masking", "B: pose, from scratch"]
    grid = grid_file.read(home / "studies" / "mine")
    estimate = grid.estimate(Kind(False, True, 0.0, True), 0.6)
    assert estimate
    assert test.metric[0].value == percent(estimate.value)
    test = select(test, "B").select("both-mask20").run()
    assert test.query_params["against"] == "both-mask20"
    for nothing in ({"kind": "x"}, {"missing": "7"}, {"kind": "pose-scratch"}):
        assert not show("compare", **STUDY, **(link | nothing)).error


def test_people_and_moments_where_the_study_kept_what_was_said(home: Path, tmp_path: Path) -> None:
    sets = films.add_sets(tmp_path / "videos")
    kept = {(POSE, 1): sets[0], (BOTH, 1): sets[1]}
    studies.write_study(home / "studies" / "mine", sets=kept)
    test = show("compare", **STUDY, study="mine")
    assert any("seed 1" in c.value for c in test.caption)
    found = changed(*sets)
    assert len(test.dataframe[0].value) == len(found)
    assert not any("not at hand" in c.value for c in test.caption), "the moment plays"
    result_set.remove(sets[1])
    assert "lart study tabulate --keep" in text(show("compare", **STUDY, study="mine"))


@pytest.mark.parametrize("count", [1, 2, 5])
def test_half_a_study(home: Path, count: int) -> None:
    studies.write_study(home / "studies" / "half", of=studies.kinds()[:count], seeds=1)
    test = show("compare", **STUDY, study="half")
    assert not test.error
    assert ("One kind only" in text(test)) == (count == 1)


def test_damage_is_a_sentence_and_another_study_can_be_chosen(home: Path) -> None:
    damaged = studies.write_study(home / "studies" / "damaged")
    studies.write_study(home / "studies" / "whole", name="A whole one")
    (damaged / "draws.npz").write_bytes(b"")
    test = show("compare", **STUDY, study="damaged")
    assert [e.value.split("(")[0] for e in test.error] == ["The study 'damaged' is damaged "]
    test = select(test, "Study").select("whole").run()
    assert not test.error and test.metric
    (damaged / "study.json").write_text(json.dumps({"format": "another"}))
    assert show("compare", **STUDY, study="damaged").error
    assert not show("compare", **STUDY, study="../../etc").exception
