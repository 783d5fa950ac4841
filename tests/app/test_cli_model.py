"""`lart train` and `lart actions`, from the command line to the files."""

import json

import numpy as np
import pytest

from app.cli import main
from lart_core.model import load_checkpoint
from lart_core.runs.actions import load_actions
from lart_core.tracklet import save_tracklets
from lart_core.training import FrameLabels, save_labels
from tests.lart_core.model.tracks import tracklet
from tests.synthetic import make_run

SHORT = ["--epochs", "2", "--warmup-epochs", "1", "--batch", "3", "--frames", "12"]
CPU = ["--accelerator", "cpu", "--quiet"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Six people with labels of actions 12 and 80."""
    folder = tmp_path_factory.mktemp("set") / "tracklets"
    people = [tracklet(20, seed=i, track_id=i + 1, gaps=[(3, 5)]) for i in range(6)]
    save_tracklets(folder, people)
    one = FrameLabels(np.arange(0, 20, 5), np.tile([1.0, 0.0], (4, 1)), np.ones(4, bool))
    save_labels(folder / "labels.safetensors", (12, 80), [one] * 6)
    return folder


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "walker"
    options = ["--data", str(data), "--validation", str(data), "--out", str(out)]
    assert main(["train", "--config", "small", *options, *SHORT, *CPU]) == 0
    return out


def test_training_writes_model_logs_and_checkpoints(trained):
    model = load_checkpoint(trained / "model.safetensors")
    assert model.name == "walker" and model.ava_ids == (12, 80)
    assert model.model.config.frames == 12
    assert (trained / "checkpoints" / "last.ckpt").is_file()
    assert "val/loss" in (trained / "logs" / "version_0" / "metrics.csv").read_text()


def test_fine_tuning_goes_on_from_a_model(trained, data, tmp_path):
    options = ["--data", str(data), "--out", str(tmp_path / "tuned"), "--actions", "80"]
    start = ["--start", str(trained / "model.safetensors")]
    assert main(["train", "--config", "ava", *options, *start, *SHORT, *CPU]) == 0
    tuned = load_checkpoint(tmp_path / "tuned" / "model.safetensors")
    assert tuned.ava_ids == (80,) and tuned.model.config.frames == 12
    assert tuned.model.config.drop_path == 0.1


def test_dry_run_prints_groups_and_writes_nothing(data, tmp_path, capsys):
    options = ["--data", str(data), "--out", str(tmp_path / "none"), "--network", "small"]
    assert main(["train", "--config", "ava", *options, "--dry-run"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "none: pose, 2 actions"
    assert len(said) == 2 + 2 * (4 + 2)
    assert "0.001" in said[2] and "0.00059" in said[-1]
    assert not (tmp_path / "none").exists()


def test_errors_are_one_sentence(data, tmp_path, capsys):
    assert main(["train", "--config", "small", "--data", str(data)]) == 2
    assert "Expected --out" in capsys.readouterr().err
    assert main(["train", "--config", "small", "--data", str(tmp_path), "--dry-run"]) == 2
    assert "tracklets to train on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--precision", "foo", "Precision 'foo' is invalid"),
        ("--accelerator", "foo", "accelerator='foo'"),
        ("--strategy", "foo", "strategy='foo'"),
        ("--workers", "-1", "from 0, but got '-1'"),
        ("--seed", "-1", "from 0, but got '-1'"),
        ("--devices", "0", "from 1, but got '0'"),
        ("--rate", "nan", "a number, but got 'nan'"),
    ],
)
def test_switches_that_cannot_be_are_said_in_a_sentence(
    option, value, said, data, tmp_path, capsys
):
    command = ["train", "--config", "small", "--data", str(data), "--out", str(tmp_path / "t")]
    try:
        code = main([*command, option, value])
    except SystemExit as refused:
        code = refused.code
    assert code == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "t").exists()


def test_actions_of_a_run(trained, tmp_path, capsys):
    run = make_run(tmp_path, frames=40)
    model = ["--model", str(trained / "model.safetensors"), "--json"]
    said = []
    for folder in (run.path, run.path / "tracklets"):
        assert main(["actions", str(folder), *model]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


def test_actions_of_tracklets(trained, data, tmp_path, capsys):
    model, out = str(trained / "model.safetensors"), tmp_path / "said.safetensors"
    assert main(["actions", str(data), "--model", model, "--json", "--out", str(out)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["model"] == "walker" and [p["id"] for p in said["tracks"]] == [1, 2, 3, 4, 5, 6]
    person = said["tracks"][2]
    assert (person["first"], person["last"]) == (0, 19)
    stored = load_actions(out).people[3].probability
    means = {action["ava_id"]: action["mean"] for action in person["actions"]}
    np.testing.assert_allclose([means[12], means[80]], stored.mean(0), atol=5e-5)
    assert person["actions"][0]["mean"] >= person["actions"][1]["mean"]
    assert main(["actions", str(data), "--model", model]) == 0
    assert "person 6: frames 0-19" in capsys.readouterr().out


def test_an_unknown_model_is_named(data, capsys):
    assert main(["actions", str(data), "--model", "nosuch"]) == 2
    assert "'nosuch'" in capsys.readouterr().err
