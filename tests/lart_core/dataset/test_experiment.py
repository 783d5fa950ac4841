"""The paper's experiment on a made-up set, by command: track, label, train, predict, evaluate."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.runs.set_predictions import judge_on, write_predictions
from app.cli import main
from lart_core import presets
from lart_core.dataset import VideoSet, index
from lart_core.errors import LartError
from lart_core.model import LART, Checkpoint, LARTConfig, load_checkpoint
from lart_core.runs.actions import Actions
from lart_core.training.labels import FrameLabels, load_labels, save_labels
from tests.lart_core.dataset.light import backends, write_videos

BOX = "0.3125,0.1667,0.5625,0.9167"
"""Where the stub sees its person, in fractions of 160x120."""

LABEL = ["dataset", "label"]


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A tracked set of three videos, and annotations of two of them on the film's clock."""
    monkeypatch.setattr(presets, "load", lambda *_: backends())
    folder = write_videos(tmp_path / "videos", ["a/one.mp4", "two.mp4", "three.mp4"])
    truth = tmp_path / "truth.csv"
    truth.write_text(
        f"one,0900,{BOX},12,0\none,0900,{BOX},80,0\ntwo,0900,{BOX},14,0\n"
        f"elsewhere,0900,{BOX},11,0\n"
    )
    assert main(["dataset", "track", str(folder), "--out", str(tmp_path / "set")]) == 0
    return tmp_path / "set", truth


def label(made):
    return main([*LABEL, str(made[0]), "--gt", str(made[1]), "--begins-at", "900"])


def every_action() -> Checkpoint:
    """An untrained model of AVA's 80 actions."""
    torch.manual_seed(0)
    config = LARTConfig.small(actions=80, frames=12)
    return Checkpoint("m", LART(config).eval(), tuple(range(1, 81)), np.zeros(229), np.ones(229))


def labels_of(path, video):
    run = dict(VideoSet.open(path).runs())[video]
    ids, (labels,) = load_labels(run.path / "tracklets" / "labels.safetensors")
    return ids, labels


def test_labels_come_from_annotated_boxes(made, capsys):
    assert label(made) == 0
    assert "2 tracklets are labelled" in capsys.readouterr().out
    ids, labels = labels_of(made[0], "a/one.mp4")
    assert len(ids) == 60 and labels.ground_truth.all()
    known = {ids[column] for column in np.flatnonzero(labels.target[0])}
    assert known == {12, 80} and len(labels.frame) == 12
    assert (made[0] / "ground_truth.csv").read_text().count("\n") == 3


def test_a_models_labels_stay_where_nobody_annotated(made):
    run = dict(VideoSet.open(made[0]).runs())["two.mp4"]
    file = run.path / "tracklets" / "labels.safetensors"
    said = FrameLabels(np.arange(12), np.full((12, 80), 0.5), np.zeros(12, bool))
    save_labels(file, range(1, 81), [said])
    assert label(made) == label(made) == 0
    ids, labels = labels_of(made[0], "two.mp4")
    assert ids == tuple(range(1, 81)) and labels.ground_truth.all()
    assert labels.target[0, 13] == 1 and np.isnan(labels.target[0, 1])


def test_annotations_of_other_videos_are_a_sentence(made, capsys):
    made[1].write_text(f"elsewhere,0900,{BOX},11,0\n")
    assert label(made) == 2
    assert "do the names agree" in " ".join(capsys.readouterr().err.split())


def test_annotations_of_another_clock_leave_the_labels_that_are_there(made, capsys):
    assert label(made) == 0
    files = {file: file.read_bytes() for file in made[0].rglob("labels.safetensors")}
    files[made[0] / "ground_truth.csv"] = (made[0] / "ground_truth.csv").read_bytes()
    capsys.readouterr()
    assert main([*LABEL, str(made[0]), "--gt", str(made[1])]) == 2
    assert "is the beginning right (--begins-at)?" in capsys.readouterr().err
    assert len(files) > 1 and all(file.read_bytes() == was for file, was in files.items())


def test_where_the_videos_begin_is_kept_for_predictions_and_for_judging(made, tmp_path):
    """The judge of `lart train` found nothing at second 900 of videos that began at 0."""
    assert label(made) == 0
    videos = VideoSet.open(made[0])
    assert videos.begins_at == 900
    model = every_action()
    assert judge_on([videos])(model) > 0
    out = tmp_path / "said.csv"
    write_predictions(videos, model, out)
    assert {row.split(",")[1] for row in out.read_text().splitlines()} == {"0900"}


def test_a_model_is_judged_on_the_classes_of_the_set(made, tmp_path):
    """Of a list of one's own, AVA's 60 took none."""
    made[1].write_text(f"one,0900,{BOX},2,0\ntwo,0900,{BOX},2,0\n")
    listed = tmp_path / "own.pbtxt"
    listed.write_text('item { name: "crawl" id: 2 }\nitem { name: "stand" id: 12 }\n')
    labelled = [*LABEL, str(made[0]), "--gt", str(made[1]), "--begins-at", "900"]
    assert main([*labelled, "--labels", str(listed)]) == 0
    videos = VideoSet.open(made[0])
    assert videos.classes == (2, 12)
    assert judge_on([videos])(every_action()) > 0
    (made[0] / "ground_truth.json").unlink()
    assert videos.classes is None
    assert np.isnan(judge_on([videos])(every_action())), "AVA's own list does not have it"


def test_what_was_labelled_before_of_other_videos_stays_ground_truth(made, tmp_path, capsys):
    assert label(made) == 0
    made[1].write_text(f"three,0900,{BOX},11,0\ntwo,0900,{BOX},17,0\n")
    assert label(made) == 0
    rows = (made[0] / "ground_truth.csv").read_text().splitlines()
    assert [(row.split(",")[0], row.split(",")[-1]) for row in rows] == [
        ("one", "12"), ("one", "80"), ("three", "11"), ("two", "17"),
    ]  # fmt: skip
    was = (made[0] / "ground_truth.csv").read_bytes()
    made[1].write_text(f"three,0,{BOX},11,0\n")
    assert main([*LABEL, str(made[0]), "--gt", str(made[1])]) == 2
    assert "label all of them at once" in " ".join(capsys.readouterr().err.split())
    assert (made[0] / "ground_truth.csv").read_bytes() == was


def test_classes_that_a_models_labels_do_not_know_are_kept(made):
    run = dict(VideoSet.open(made[0]).runs())["two.mp4"]
    file = run.path / "tracklets" / "labels.safetensors"
    save_labels(file, [11], [FrameLabels(np.arange(12), np.full((12, 1), 0.5), np.zeros(12, bool))])
    assert label(made) == 0
    ids, labels = labels_of(made[0], "two.mp4")
    assert len(ids) == 60 and labels.target[0, ids.index(14)] == 1
    assert labels.target[0, ids.index(11)] == 0 and labels.ground_truth.all()


def test_two_videos_of_one_name_are_refused_before_anything_is_written(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(presets, "load", lambda *_: backends())
    folder = write_videos(tmp_path / "videos", ["one.mp4", "x/two.mp4", "y/two.mp4"])
    truth = tmp_path / "truth.csv"
    truth.write_text(f"one,0,{BOX},12,0\n")
    made = tmp_path / "set"
    assert main(["dataset", "track", str(folder), "--out", str(made)]) == 0
    assert main([*LABEL, str(made), "--gt", str(truth)]) == 2
    out = tmp_path / "said.csv"
    with pytest.raises(LartError, match="different names"):
        write_predictions(VideoSet.open(made), every_action(), out)
    assert not [*made.rglob("labels.safetensors"), *made.rglob("m.safetensors")]
    out.mkdir()
    with pytest.raises(LartError, match="is a folder"):
        write_predictions(VideoSet.open(made), every_action(), out)


def test_validation_sets_may_have_videos_of_one_name(made):
    assert label(made) == 0
    videos = VideoSet.open(made[0])
    assert judge_on([videos, videos])(every_action()) > 0


def test_links_are_what_they_are_called_with_a_list_as_without(tmp_path):
    folder = write_videos(tmp_path / "videos", ["real/one.mp4"])
    elsewhere = write_videos(tmp_path / "elsewhere", ["two.mp4"])
    (folder / "own.mp4").symlink_to(folder / "real" / "one.mp4")
    (folder / "far.mp4").symlink_to(elsewhere / "two.mp4")
    table = tmp_path / "list.csv"
    table.write_text("video\nown.mp4\nreal/../far.mp4\nreal/one.mp4\n")
    assert index.listed_in(table, folder) == index.found_in(folder)
    table.write_text("video\n../elsewhere/two.mp4\n")
    with pytest.raises(LartError, match="within"):
        index.listed_in(table, folder)


def test_a_training_without_labels_is_refused(made, tmp_path, capsys):
    """Fine-tuning passes over what a model said; nobody annotated anything here."""
    for _, run in VideoSet.open(made[0]).runs():
        said = FrameLabels(np.arange(12), np.full((12, 1), 0.5), np.zeros(12, bool))
        save_labels(run.path / "tracklets" / "labels.safetensors", [11], [said])
    command = [
        "train", "--config", "ava", "--network", "small", "--data", str(made[0]), "--frames", "12",
        "--out", str(tmp_path / "model"), "--epochs", "2", "--warmup-epochs", "1", "--batch", "2",
        "--appearance", "0", "--accelerator", "cpu", "--quiet",
    ]  # fmt: skip
    assert main(command) == 2
    assert "Expected labels to learn from" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "model" / "model.safetensors").exists()


@pytest.mark.parametrize("name", ["../labels", "a/b", ".hidden", "", "a\nb"])
def test_a_models_name_is_no_path(name):
    with pytest.raises(LartError, match="model's name"):
        replace(every_action(), name=name)
    with pytest.raises(LartError, match="model's name"):
        Actions(name, (1,), {})


@pytest.mark.slow
def test_train_predict_evaluate(made, tmp_path, capsys):
    """With mAP@0.5 an epoch; what was learnt by heart is said again."""
    assert label(made) == 0
    assert main([
        "train", "--config", "small", "--data", str(made[0]), "--validation", str(made[0]),
        "--out", str(tmp_path / "model"), "--frames", "12", "--appearance", "0", "--epochs", "2",
        "--warmup-epochs", "1", "--batch", "2", "--accelerator", "cpu", "--quiet",
    ]) == 0  # fmt: skip
    assert "epoch 1: mAP@0.5" in capsys.readouterr().out
    log = next((tmp_path / "model" / "logs").rglob("metrics.csv")).read_text()
    assert "val/mAP" in log.splitlines()[0]
    model = tmp_path / "model" / "model.safetensors"
    assert len(load_checkpoint(model).ava_ids) == 60
    pred = tmp_path / "pred.csv"
    assert main([
        "dataset", "predict", str(made[0]), "--model", str(model), "--out", str(pred),
        "--begins-at", "900",
    ]) == 0  # fmt: skip
    assert "3 people at keyframes of 3 videos" in capsys.readouterr().out
    assert len(pred.read_text().splitlines()) == 180
    rows = [row for row in pred.read_text().splitlines(keepends=True) if row[:5] != "three"]
    pred.write_text("".join(rows))
    assert main(["evaluate", "--gt", str(made[0] / "ground_truth.csv"), "--pred", str(pred),
                 "--json"]) == 0  # fmt: skip
    assert json.loads(capsys.readouterr().out)["metrics"]
