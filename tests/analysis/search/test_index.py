"""The index of runs, and what searches find in it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.search import Index, Mark, Query, find, parse
from lart_core.errors import LartError
from lart_core.runs.actions import Actions, PersonActions
from lart_core.runs.corrections import Corrections, Span
from lart_core.runs.run import Run
from tests.synthetic import make_run

STAND, FALL, WALK = 12, 5, 14


def said(run: Run, *spans: tuple[int, int, int, int, float], model: str = "pose") -> None:
    """Let a model say: person, action, first frame, last frame, probability; 0 elsewhere."""
    actions = [STAND, FALL, WALK]
    people = {}
    for track in run.people():
        values = np.zeros((len(track.frame), 3), np.float32)
        for person, action, first, last, probability in spans:
            if person == track.track_id:
                values[first : last + 1, actions.index(action)] = probability
        people[track.track_id] = PersonActions(track.frame, values)
    run.write_actions(Actions(model, tuple(actions), people, {}))


@pytest.fixture
def fall(tmp_path: Path) -> Run:
    """120 frames at 30 a second of two people; 2 falls from frame 60 to 74 while 1 stands."""
    run = make_run(tmp_path, "fall", frames=120)
    for name in ("pose", "other"):
        (run.path / "actions" / f"{name}.safetensors").unlink()
    said(run, (1, STAND, 0, 119, 0.9), (2, WALK, 0, 59, 0.8), (2, FALL, 60, 74, 0.7))
    return run


def indexed(*runs: Run) -> Index:
    index = Index(runs[0].path.parent / "index.sqlite")
    assert index.refresh({run.path: "1" for run in runs}) == 0
    return index


def test_what_was_corrected_wins_and_is_said_as_such(fall: Run) -> None:
    """The model says that 2 walks, then falls; somebody says that 2 walks until frame 89."""
    fall.correct(Corrections((Span(2, WALK, 60, 89),)))
    index = indexed(fall)
    assert find(index, parse("falls")).empty
    found = find(index, parse("walk over 90 %"))
    assert [(row.first, row.last, row.corrected, row.score) for row in found.itertuples()] == [
        (2.0, 3.0, True, 1.0)
    ]
    (row,) = find(index, parse("someone stands, someone walks over 90 %")).itertuples()
    assert not row.corrected, "the moment is named by who stands, as the model says"


def test_what_was_corrected_is_found_where_no_model_speaks(fall: Run) -> None:
    (fall.path / "actions" / "pose.safetensors").unlink()
    fall.correct(Corrections((Span(1, FALL, 0, 29),)))
    (row,) = find(indexed(fall), parse("falls")).itertuples()
    assert (row.model, row.person, row.corrected) == ("", 1, True)


def test_a_moment_is_found_where_all_of_it_holds(fall: Run) -> None:
    index = indexed(fall)
    (row,) = find(index, parse("two people, one falls")).itertuples()
    assert (row.run, row.model, row.person, row.people) == ("fall", "pose", 2, [2])
    assert (row.first, row.last) == (2.0, 2.5)
    assert row.score == pytest.approx(0.7, abs=1e-3)
    assert row.action == "fall down"


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("falls over 70 %", 1),
        ("falls over 71 %", 0),
        ("someone stands, someone falls", 1),
        ("two people stand", 0),
        ("everyone falls", 0),
        ("three people", 0),
        ("alone, one walks", 1),
        ("alone, one stands", 0),
        ("nobody walks, someone stands", 1),
        ("person 1, falls", 0),
        ("person 1, two people stand over 10 %", 0),
        ("falls, longer than 2 s", 0),
        ("falls, video:FALL", 1),
        ("walks", 1),
    ],
)
def test_what_is_asked_for_is_what_is_found(fall: Run, words: str, count: int) -> None:
    assert len(find(indexed(fall), parse(words))) == count


def test_a_moment_counts_once_however_many_models_tell_of_it(fall: Run) -> None:
    said(fall, (2, FALL, 66, 89, 0.9), (1, STAND, 0, 59, 0.6), model="other")
    index = indexed(fall)
    (row,) = find(index, parse("falls")).itertuples()
    assert (row.model, row.models, row.person) == ("other", ["other", "pose"], 2)
    assert (row.first, row.last) == (2.25, 3.0)
    assert row.score == pytest.approx(0.9, abs=1e-3)
    (row,) = find(index, parse("falls, model:pose")).itertuples()
    assert (row.models, row.last) == (["pose"], 2.5)
    assert find(index, parse("walk"))["models"].tolist() == [["pose"]]


def test_a_model_goes_by_a_part_of_its_name_or_by_all_of_it(fall: Run) -> None:
    said(fall, (1, FALL, 0, 119, 0.3), model="other")
    for name, at in (("other-big", 0), ("Übung_1", 30), ("Übung-1", 60), ("50%", 90)):
        said(fall, (1, FALL, at, at + 29, 0.9), model=name)
    index = indexed(fall)

    def models(query: Query) -> list[str]:
        return sorted({model for row in find(index, query)["models"] for model in row})

    falls = parse("falls, person 1")
    assert models(replace(falls, only_model="other")) == []
    assert models(parse('falls, person 1, model:"other"')) == []
    assert models(parse("falls, person 1, model:other")) == ["other-big"]
    assert models(parse("falls, person 1, model:übung_1")) == ["Übung_1"]
    assert models(parse("falls, person 1, model:%")) == ["50%"]
    assert models(parse("nobody falls, model:big")) == ["other-big"]
    with pytest.raises(LartError, match=r"after model:.*got OTHER"):
        find(index, parse('falls, model:"OTHER"'))


def test_a_person_among_several_is_found(fall: Run) -> None:
    said(fall, (1, STAND, 0, 119, 0.3), (2, STAND, 30, 89, 0.9), (2, FALL, 60, 74, 0.7))
    index = indexed(fall)
    for words in ("two people stand over 10 %", "everyone stands over 10 %"):
        (row,) = find(index, parse(f"{words}, longer than 1 s")).itertuples()
        (own,) = find(index, parse(f"{words}, person 1, longer than 1 s")).itertuples()
        assert (own.first, own.last, own.people) == (row.first, row.last, [1, 2])
        assert (row.person, own.person, own.score) == (2, 1, pytest.approx(0.3, abs=1e-3))
    assert len(find(index, parse("person 2, two people stand over 10 %, one falls"))) == 1
    assert find(index, parse("person 1, two people stand over 10 %, one falls")).empty


def test_moments_of_different_people_or_times_stay_apart(fall: Run) -> None:
    said(fall, (1, FALL, 60, 74, 0.9), (2, FALL, 105, 119, 0.6), model="other")
    found = find(indexed(fall), parse("falls"))
    assert found["people"].tolist() == [[1], [2], [2]]
    assert found["models"].tolist() == [["other"], ["pose"], ["other"]]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("falls, model:nosuch", r"after model: \(pose\), got nosuch"),
        ("person 99", "Nobody has the number 99 here: people are numbered 1 to 2"),
        ("falls, video:other", "after video:, got other"),
    ],
)
def test_a_search_for_what_no_video_has_is_said(fall: Run, words: str, answer: str) -> None:
    with pytest.raises(LartError, match=answer):
        find(indexed(fall), parse(words))


def test_a_person_out_of_sight_is_not_there(fall: Run) -> None:
    """Person 1 is unseen in frames 20 to 30, which hold one whole step (0.75 to 1 s)."""
    rows = find(indexed(fall), parse("alone"))
    assert [(row.first, row.last) for row in rows.itertuples()] == [(0.75, 1.0)]


def test_marks_are_found_by_tag_and_note(fall: Run) -> None:
    index = indexed(fall)
    marks = [
        Mark("fall", 2, 2.0, 2.5, ("ouch",), "look at the foot"),
        Mark("fall", None, None, None, ("home",)),
        Mark("gone", None, None, None, ("ouch",)),
    ]
    (row,) = find(index, parse("tag:Ouch"), marks).itertuples()
    assert (row.first, row.last, row.person) == (2.0, 2.5, 2)
    assert len(find(index, parse("note:foot"), marks)) == 1
    (row,) = find(index, parse("tag:home"), marks).itertuples()
    assert (row.first, row.last) == (0.0, 4.0)
    assert len(find(index, parse("tag:home, falls"), marks)) == 1
    assert len(find(index, parse("tag:ouch, walks"), marks)) == 0


def test_marks_are_narrowed_as_moments_are(fall: Run) -> None:
    index = indexed(fall)
    marks = [Mark("fall", 2, 2.0, 2.5, ("funny",)), Mark("fall", None, 1.0, 3.5, ("funny",))]
    assert len(find(index, parse("tag:funny"), marks)) == 2
    (row,) = find(index, parse("tag:funny, longer than 2 s"), marks).itertuples()
    assert (row.first, row.last, row.people) == (1.0, 3.5, [])
    said(fall, (1, STAND, 0, 119, 0.9), model="other")
    silent = make_run(fall.path.parent.parent, "silent")
    (silent.path / "actions" / "other.safetensors").unlink()
    index = indexed(fall, silent)
    index.refresh({fall.path: "2", silent.path: "1"})
    marks = [Mark("fall", 1, tags=("funny",)), Mark("silent", 1, tags=("funny",))]
    (row,) = find(index, parse("tag:funny, model:other"), marks).itertuples()
    assert (row.run, row.model, row.models) == ("fall", "other", ["other"])
    (row,) = find(index, parse("two people, longer than 2 s, model:other")).itertuples()
    assert (row.run, row.model, row.models) == ("fall", "other", ["other"])


def test_a_tagged_video_with_nobody_in_it_is_found(tmp_path: Path) -> None:
    index = indexed(make_run(tmp_path, "empty", people=0))
    (row,) = find(index, parse("tag:view"), [Mark("empty", tags=("View",))]).itertuples()
    assert (row.run, row.first, row.last, row.people) == ("empty", 0.0, 3.0, [])


def test_a_video_is_found_by_what_it_is_called(fall: Run) -> None:
    index = indexed(fall)
    assert len(find(index, parse("falls, video:ünfall"), names={"fall": "Ünfall im Hof"})) == 1


def test_the_index_follows_the_runs(fall: Run) -> None:
    index = indexed(fall)
    said(fall, (1, FALL, 0, 119, 0.9))
    assert index.refresh({fall.path: "1"}) == 0
    assert len(find(index, parse("falls over 80 %"))) == 0
    index.refresh({fall.path: "2"})
    assert len(find(index, parse("falls over 80 %"))) == 1
    index.refresh({})
    assert index.rows() == []
    assert find(index, parse("falls")).empty
    assert find(index, parse("two people")).empty


def test_what_lists_show_of_a_run(fall: Run) -> None:
    (row,) = indexed(fall).rows()
    assert (row.id, row.name, row.people, row.models) == ("fall", "fall.mp4", (1, 2), ("pose",))
    assert row.top == ("stand", "walk", "fall down")
    first, last = row.loop
    assert first <= 60 and last >= 74  # the shortest of the probable actions
    assert row.ready and not row.why


def test_a_list_ranks_by_the_best_second_as_watch_does(fall: Run) -> None:
    """A quarter of a second of walking, however sure, ranks below a second of falling."""
    said(fall, (1, STAND, 0, 119, 0.8), (2, FALL, 30, 59, 0.7), (2, WALK, 60, 67, 1.0))
    (row,) = indexed(fall).rows()
    assert row.top == ("stand", "fall down", "walk")
    fall.correct(Corrections((Span(2, WALK, 30, 59),)))
    index = indexed(fall)
    index.refresh({fall.path: "2"})
    (row,) = index.rows()
    assert row.top == ("walk", "stand"), "what was corrected is no longer said to be a fall"


def test_damage_is_said_and_the_rest_is_found(fall: Run, tmp_path: Path) -> None:
    broken = make_run(tmp_path, "broken")
    (broken.path / "run.json").write_text("{")
    index = indexed(fall, broken)
    rows = {row.id: row for row in index.rows()}
    assert "broken" in rows["broken"].why and not rows["broken"].ready
    assert len(find(index, parse("falls"))) == 1


def test_a_damaged_or_older_index_is_made_anew(fall: Run) -> None:
    index = indexed(fall)
    index.path.write_bytes(b"no database" * 1000)
    assert index.rows() == []
    assert index.refresh({fall.path: "1"}) == 0
    assert len(index.rows()) == 1


def test_several_may_make_the_index_at_once(tmp_path: Path) -> None:
    for attempt in range(10):
        index = Index(tmp_path / f"{attempt}.sqlite")
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(lambda _, made=index: made.rows(), range(8))) == [[]] * 8


def test_an_index_in_little_time_says_what_is_left(fall: Run) -> None:
    index = Index(fall.path.parent / "index.sqlite")
    assert index.refresh({fall.path: "1"}, seconds=-1.0) == 1


def test_a_run_without_people(tmp_path: Path) -> None:
    run = make_run(tmp_path, "nobody", people=0)
    index = indexed(run)
    (row,) = index.rows()
    assert row.people == () and row.ready
    assert find(index, parse("walk")).empty


def test_variable_frame_rates_are_found_by_time(tmp_path: Path) -> None:
    times = np.concatenate([np.arange(60) / 30, 10 + np.arange(60) / 30])
    run = make_run(tmp_path, "varied", frames=120, times=times)
    said(run, (2, FALL, 60, 119, 0.9), model="third")
    (row,) = find(indexed(run), parse("falls, model:third")).itertuples()
    assert (row.first, row.last) == (10.0, 12.0)
    assert replace(run.video, times=None).seconds < row.first
