"""The paper's experiment on a made-up set, by command: track, label, train, predict, evaluate."""

import json

import numpy as np
import pytest
import torch

from analysis.runs.set_predictions import judge_on, write_predictions
from app.cli import main
from lart_core import presets
from lart_core.dataset import VideoSet
from lart_core.model import LART, Checkpoint, LARTConfig, load_checkpoint
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
