"""How `benchmarks.study_pseudo_labels` takes a Kinetics teacher's word."""

import csv
from pathlib import Path

import numpy as np

import benchmarks.study_pseudo_labels as pseudo
from analysis.study.data.labels import NEGATIVE, POSITIVE, UNSURE
from lart_core.ava_labels import ava_actions

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
