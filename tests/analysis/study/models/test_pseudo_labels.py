"""How `benchmarks.study_pseudo_labels` takes a Kinetics teacher's word."""

import csv
from pathlib import Path

import numpy as np
import pytest

import benchmarks.study_pseudo_labels as pseudo
from analysis.study.data.labels import NEGATIVE, POSITIVE, UNSURE
from analysis.study.models import grid, train
from lart_core.ava_labels import ava_actions
from tests.analysis.study.models.test_grid import made_up

TABLE = Path(pseudo.__file__).with_name("kinetics.csv")
HUG, WALK, SIT, RUN, JUMP, WAVE = 70, 14, 11, 10, 7, 69


def _output(name: str) -> int:
    with TABLE.open(newline="", encoding="utf-8") as file:
        return next(int(row["output"]) for row in csv.DictReader(file) if row["kinetics"] == name)


def _said(**chance: float) -> dict[int, int]:
    said = np.zeros((1, 400), np.float32)
    for name, value in chance.items():
        said[0, _output(name.replace("_", " "))] = value
    return dict(zip(ava_actions(), pseudo.labels(said)[0].tolist(), strict=True))


def test_every_row_names_another_output_and_actions_of_ava() -> None:
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    outputs = [int(row["output"]) for row in rows]
    assert outputs == sorted(set(outputs)) and max(outputs) < 400
    assert {int(i) for row in rows for i in row["ava_ids"].split(";")} <= set(ava_actions())


def test_what_the_teacher_is_sure_of_is_done_and_what_it_leaves_out_is_not() -> None:
    label = _said(hugging=0.9)
    assert label[HUG] == POSITIVE
    assert label[68] == NEGATIVE  # Hand shake, of which it has a class, too.


def test_what_has_no_class_is_not_known() -> None:
    assert _said(hugging=0.9)[WAVE] == UNSURE


def test_postures_are_denied_only_where_another_is_seen() -> None:
    assert {_said(hugging=0.9)[i] for i in (WALK, SIT, RUN, JUMP)} == {UNSURE}
    running = _said(jogging=0.9)
    assert running[RUN] == POSITIVE
    assert {running[i] for i in (WALK, SIT, JUMP)} == {NEGATIVE}


def test_several_classes_of_one_action_count_together() -> None:
    assert _said(eating_cake=0.2, eating_chips=0.2)[29] == POSITIVE


def test_a_half_sure_word_is_no_label() -> None:
    assert _said(hugging=0.1)[HUG] == UNSURE


@pytest.fixture
def taught(tmp_path, monkeypatch):
    """A made-up corpus, of whose videos the teacher says jogging in the first 64 frames."""
    corpus = made_up()
    (tmp_path / "said").mkdir()
    said = np.zeros((2, 400), np.float32)
    said[0, _output("jogging")], said[1, _output("hugging")] = 0.9, 0.9
    for rows in pseudo.recordings(corpus).values():
        np.savez(pseudo.said_of(tmp_path, corpus, rows[0]), said=said, fps=24.0, frames=128)
    monkeypatch.setattr(train, "SAMPLES", 32)
    monkeypatch.setattr(train, "FEWEST", 2)
    monkeypatch.setattr(pseudo, "Effort", lambda: grid.Effort(2, 1, 1))
    return corpus, tmp_path


def test_each_frame_is_labelled_by_what_is_said_of_its_moment(taught) -> None:
    corpus, work = taught
    told = pseudo.pseudo_labelled(corpus, work).target.numpy()
    video, motion = corpus.source.index("gmdcsa24"), corpus.source.index("nw_ucla")
    rows = slice(corpus.start[video], corpus.start[video] + corpus.length[video])
    # At 12 a second frames 6 to 50, at 24 frames 12 to 100; after 64 the second middle is nearer.
    assert (told[rows, RUN - 1] == POSITIVE).tolist() == [frame * 2 <= 64 for frame in range(6, 51)]
    assert (told[rows, HUG - 1] == POSITIVE).sum() == 45 - (told[rows, RUN - 1] == POSITIVE).sum()
    own = slice(corpus.start[motion], corpus.start[motion] + corpus.length[motion])
    np.testing.assert_array_equal(told[own], corpus.target.numpy()[own])


@pytest.mark.parametrize("way", [pseudo.WAYS[1], pseudo.WAYS[3], pseudo.WAYS[7]])
def test_every_way_learns_and_is_judged_as_the_grid_is(taught, way: pseudo.Way) -> None:
    corpus, work = taught
    training = pseudo.Training(way, 0, 0)
    training.begun(work, work / "grid", corpus)
    judged = grid.load_judged(training.folder(work) / "judged.npz")
    assert judged.rows.tolist() and all(np.isfinite(each).all() for each in judged.probability)
