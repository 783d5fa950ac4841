"""Corrections as ground truth in AVA's layout, and the predictions that it judges."""

import zipfile
from dataclasses import replace

import numpy as np
import pytest

import analysis
from analysis import exports
from analysis.ava.csv_file import read_ground_truth, to_csv
from analysis.runs.ava_predictions import predictions_of_run
from analysis.runs.corrections import judged_predictions, truth_table
from lart_core.errors import LartError
from lart_core.runs.corrections import Corrections, Span
from tests.synthetic import make_run


@pytest.fixture
def run(tmp_path):
    made = make_run(tmp_path, frames=150)
    spans = (Span(1, 11, 0, 149), Span(1, 80, 25, 65), Span(2, 12, 31, 59))
    made.correct(Corrections(spans))
    return made


def test_each_whole_second_that_a_span_covers_is_a_keyframe(run) -> None:
    table = truth_table(run)
    rows = [(t, p, a) for t, p, a in table[["timestamp", "person_id", "action_id"]].to_numpy()]
    # Person 1 is not seen in frames 20 to 30, so second 1 has nobody; person 2's span has no
    # whole second.
    assert rows == [(0, 1, 11), (2, 1, 11), (2, 1, 80), (3, 1, 11), (4, 1, 11)]
    assert table["x1"].between(0, 1).all()


def test_seconds_are_the_films(run) -> None:
    assert truth_table(run, begins_at=900.0)["timestamp"].min() == 900


def test_the_exported_file_is_read_as_ground_truth(run, tmp_path) -> None:
    exports.write("corrections", exports.Wish(run), tmp_path / "gt.csv")
    read = read_ground_truth(tmp_path / "gt.csv")
    assert read["person_id"].tolist() == [1] * 5
    seconds = [line.split(",")[1] for line in (tmp_path / "gt.csv").read_text().splitlines()]
    assert seconds == ["0000", "0002", "0002", "0003", "0004"]
    assert np.allclose(read["x1"], truth_table(run)["x1"])


def test_who_was_deleted_is_in_no_file(run, tmp_path) -> None:
    before = predictions_of_run(run, "pose")
    known = run.corrections()
    own = tuple(span for span in known.spans if span.person == 1)
    run.correct(replace(known, spans=own, people={2: ()}))
    after = predictions_of_run(run, "pose")
    boxes = [
        set(map(tuple, table[["timestamp", "x1", "y1"]].to_numpy())) for table in (before, after)
    ]
    assert boxes[1] < boxes[0]
    exports.write("npz", exports.Wish(run), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        assert {name.split("/")[0] for name in file.files} == {"1"}
    exports.write("lart", exports.Wish(run), tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert [name.split("_")[1] for name in archive.namelist() if name.endswith(".pkl")] == ["1"]


def test_only_people_and_keyframes_with_labels_are_judged(run, tmp_path) -> None:
    truth = truth_table(run)
    said = judged_predictions(run, run.actions_of_people("pose"), truth)
    assert sorted(said["timestamp"].unique()) == [0, 2, 3, 4]
    boxes = said.drop_duplicates(["timestamp", "x1", "y1", "x2", "y2"])
    assert len(boxes) == 4
    kept = tmp_path / "said.csv"
    kept.write_bytes(to_csv(said))
    label_map = analysis.ava_label_map()
    here = analysis.average_precision(truth, said, label_map).mean_ap
    (tmp_path / "gt.csv").write_bytes(to_csv(truth))
    files = analysis.average_precision(
        read_ground_truth(tmp_path / "gt.csv"), analysis.read_predictions(kept), label_map
    )
    assert files.mean_ap == here


def test_nothing_to_write_is_a_sentence(tmp_path) -> None:
    empty = make_run(tmp_path)
    with pytest.raises(LartError, match="whole second"):
        truth_table(empty)
    empty.correct(Corrections((Span(2, 12, 31, 59),)))
    with pytest.raises(LartError, match="whole second"):
        truth_table(empty)


def test_labels_are_a_folder_or_a_zip(run, tmp_path) -> None:
    exports.write("labels", exports.Wish(run), tmp_path / "set")
    exports.write("labels", exports.Wish(run), tmp_path / "set.zip")
    assert (tmp_path / "set" / "labels.safetensors").is_file()
    names = zipfile.ZipFile(tmp_path / "set.zip").namelist()
    assert {"index.parquet", "labels.safetensors"} <= set(names)
