"""The table of labels: complete, known to AVA, reasoned where doubtful; labels that overlap."""

import numpy as np
import pytest

from analysis.study.data.citi import LABELS
from analysis.study.data.clips import (
    ELSEWHERE,
    HMDB51,
    HMDB51_LABELS,
    UCF101,
    UCF101_LABELS,
    folder_of,
    read_clips,
)
from analysis.study.data.kinect import KINECT_SETS
from analysis.study.data.labels import meaning, meanings, target
from analysis.study.data.motion import CITI, read_motion
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError


def test_rows_name_ava_actions_once():
    for key, m in meanings().items():
        assert not m.actions & (m.measured | m.unsure), key
        assert m.actions | m.measured | m.unsure <= set(ava_actions()), key
        assert m.main is None or m.main in m.actions | m.measured | m.unsure, key


def test_doubtful_rows_give_a_reason():
    for key, m in meanings().items():
        if m.unsure or m.main is None:
            assert m.reason, key


def test_a_label_asserts_what_another_is_unsure_of():
    column = target("gmdcsa24", ["Falling", "Sleeping"])
    assert column[5 - 1] == 1 and column[8 - 1] == 1
    assert target("gmdcsa24", ["Falling"])[8 - 1] == -1
    assert (target("gmdcsa24", ["Sitting"]) == (np.arange(80) == 10)).all()


def test_measured_postures_are_asserted_where_found_and_denied_elsewhere():
    label = ["pick up with one hand"]
    assert target("nw_ucla", label)[14 - 1] == 0
    assert target("nw_ucla", label, [14])[14 - 1] == 1


def test_unknown_label_names_the_table():
    with pytest.raises(LartError, match=r"study\.csv"):
        meaning("nw_ucla", "fly")


def test_every_label_of_sets_that_are_kept_elsewhere_has_a_row():
    kept = {CITI: LABELS, HMDB51: HMDB51_LABELS, UCF101: UCF101_LABELS}
    assert all(meaning(source, label) for source, labels in kept.items() for label in labels)


NOT_AT_HAND = {CITI, HMDB51, UCF101, *KINECT_SETS, *ELSEWHERE}


@pytest.mark.parametrize("source", sorted({source for source, _ in meanings()} - NOT_AT_HAND))
def test_every_label_of_the_data_has_a_row(shared, source):
    motion = shared / "data" / "motion"
    if (motion / f"{source}.npz").exists():
        labels = {clip.label for clip in read_motion(motion, source)}
    else:
        clips = read_clips(folder_of(shared / "data", source), source)
        labels = {label for clip in clips for label, _, _ in clip.labels}
    assert all(meaning(source, label) for label in labels)
