"""Trainings: they learn, resume exactly, and do not depend on the number of processes."""

import csv
import os
import socket
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from app.cli import main
from lart_core.errors import LartError
from lart_core.model import LARTConfig, load_checkpoint, save_checkpoint
from lart_core.model.inference import predict
from lart_core.tracklet import save_tracklets
from lart_core.training import (
    FrameLabels,
    LabelledTrack,
    Machine,
    Recipe,
    continue_from,
    dataset,
    describe,
    fit,
    fitting,
    new_model,
    save_labels,
)
from lart_core.training.groups import parameter_groups
from lart_core.training.module import MovingAverage, Training, Warmup
from tests.lart_core.model.tracks import tracklet

IDS = (12, 14, 80)
CONFIG = LARTConfig.small(
    actions=3, frames=16, width=32, depth=2, heads=2, head_width=16, mlp_width=64,
    pose_layers=(32, 32),
)  # fmt: skip
CPU = Machine(accelerator="cpu", progress=False)


def people(count):
    return [tracklet(24, seed=i, track_id=i + 1, gaps=[(5, 7)]) for i in range(count)]


def answers(count):
    """Every fourth frame labelled, one set of actions a person."""
    rng = np.random.default_rng(1)
    frames = np.arange(0, 24, 4)
    return [
        FrameLabels(frames, np.tile(rng.integers(0, 2, 3), (6, 1)), np.ones(6, bool))
        for _ in range(count)
    ]


def tracks(count=12, config=CONFIG):
    return [
        LabelledTrack.of(person, labelled, IDS, config, IDS)
        for person, labelled in zip(people(count), answers(count), strict=True)
    ]


def column(out, name, version=0):
    with (out / "logs" / f"version_{version}" / "metrics.csv").open(newline="") as file:
        return [float(row[name]) for row in csv.DictReader(file) if row.get(name)]


def train(out, recipe, data=None, **options):
    data = data or tracks()
    start = new_model("m", CONFIG, IDS, data)
    return fit(start, recipe, dataset(start, recipe, data), out, machine=CPU, **options)


def state(point):
    return {name: value.clone() for name, value in point.model.state_dict().items()}


def assert_same(a, b):
    for name, value in state(a).items():
        assert torch.equal(value, b.model.state_dict()[name]), name


def test_it_overfits_32_tracklets(tmp_path):
    """To a loss below 0.02 in every frame's own prediction, and the file says the same."""
    data = tracks(32)
    recipe = Recipe.small(epochs=40, batch=16, warmup_epochs=2, dropout=0.0, rate=3e-3)
    start = new_model("m", CONFIG, IDS, data)
    still = dataset(start, recipe, data, train=False)
    trained = fit(
        start, recipe, dataset(start, recipe, data), tmp_path, validation=still, machine=CPU
    )
    assert column(tmp_path, "val/loss")[-1] < 0.02
    read = load_checkpoint(tmp_path / "model.safetensors")
    assert_same(trained, read)
    said = predict(read, people(32))
    for person, labelled in zip(said.people.values(), answers(32), strict=True):
        assert np.abs(person.probability.mean(0) - labelled.target[0]).max() < 0.1
    assert "mask_ratio" in read.provenance["recipe"] and read.provenance["samples"] == "32"


class Killed(Exception):
    """What a kill looks like to the training."""


def kill_at(monkeypatch, step):
    before = Training.on_train_batch_start

    def start(self, batch, batch_idx):
        if self.global_step == step:
            raise Killed
        before(self, batch, batch_idx)

    monkeypatch.setattr(Training, "on_train_batch_start", start)


@pytest.mark.parametrize("killed_at", [9, 11], ids=["at the start of an epoch", "within an epoch"])
def test_a_killed_and_resumed_run_equals_an_unbroken_one(tmp_path, monkeypatch, killed_at):
    """With dropout, drop path, random masks and crops, moving average and schedule."""
    monkeypatch.setattr(fitting, "STEPS_BETWEEN_CHECKPOINTS", 1)
    recipe = Recipe.small(epochs=5, batch=4, warmup_epochs=1, drop_path=0.2)
    whole = train(tmp_path / "whole", recipe)
    with monkeypatch.context() as patch:
        kill_at(patch, killed_at)
        with pytest.raises(Killed):
            train(tmp_path / "broken", recipe)
    resumed = train(tmp_path / "broken", recipe, resume=True)
    assert_same(whole, resumed)
    losses = column(tmp_path / "whole", "train/loss")
    assert column(tmp_path / "broken", "train/loss", 1) == losses[killed_at:]
    assert whole.provenance == resumed.provenance


def test_the_same_seed_gives_the_same_model_and_another_does_not(tmp_path):
    recipe = Recipe.small(epochs=2, batch=4, warmup_epochs=1)
    first, second = (train(tmp_path / name, recipe) for name in "ab")
    assert_same(first, second)
    other = train(tmp_path / "c", replace(recipe, seed=1))
    assert not torch.equal(first.model.mask_token, other.model.mask_token)


def test_what_cannot_be_resumed_or_begun_is_refused(tmp_path):
    recipe = Recipe.small(epochs=2, batch=12, warmup_epochs=1)
    with pytest.raises(LartError, match="training to resume"):
        train(tmp_path, recipe, resume=True)
    train(tmp_path, recipe)
    with pytest.raises(LartError, match="already is a training"):
        train(tmp_path, recipe)
    start = new_model("m", CONFIG, IDS, tracks())
    with pytest.raises(LartError, match="5 devices can share"):
        fit(
            start,
            recipe,
            dataset(start, recipe, tracks()),
            tmp_path / "x",
            machine=Machine(devices=5),
        )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_processes_give_the_losses_of_one(tmp_path):
    """By the command, with Lightning's DDP over gloo, at the same global batch."""
    data = tmp_path / "data"
    save_tracklets(data, people(20))
    uneven = [
        FrameLabels(
            item.frame[: 1 + i % 6], item.target[: 1 + i % 6], item.ground_truth[: 1 + i % 6]
        )
        for i, item in enumerate(answers(20))
    ]
    save_labels(data / "labels.safetensors", IDS, uneven)
    options = [
        "train", "--config", "small", "--data", str(data), "--frames", "16", "--quiet",
        "--epochs", "3", "--warmup-epochs", "1", "--batch", "4", "--dropout", "0",
        "--accelerator", "cpu",
    ]  # fmt: skip
    assert main([*options, "--out", str(tmp_path / "one")]) == 0
    script = tmp_path / "lart.py"  # Lightning starts the second process from it
    script.write_text("import sys\nfrom app.cli import main\nsys.exit(main())\n")
    options += ["--out", str(tmp_path / "two"), "--devices", "2", "--strategy", "ddp"]
    done = subprocess.run(
        [sys.executable, str(script), *options],
        capture_output=True,
        text=True,
        timeout=550,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    one, two = (column(tmp_path / name, "train/loss") for name in ("one", "two"))
    assert len(one) == len(two) == 15
    np.testing.assert_allclose(one[:10], two[:10], rtol=0, atol=1e-5)
    a, b = (load_checkpoint(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    for name, value in state(a).items():
        torch.testing.assert_close(value, b.model.state_dict()[name], rtol=0, atol=1e-3)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_nodes_give_the_losses_of_one_process(tmp_path):
    """By the command under torchrun, one process a node, over gloo on loopback."""
    data = tmp_path / "data"
    save_tracklets(data, people(20))
    save_labels(data / "labels.safetensors", IDS, answers(20))
    options = [
        "train", "--config", "small", "--data", str(data), "--frames", "16", "--quiet",
        "--epochs", "2", "--warmup-epochs", "1", "--batch", "4", "--dropout", "0",
        "--accelerator", "cpu",
    ]  # fmt: skip
    assert main([*options, "--out", str(tmp_path / "one")]) == 0
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options += ["--out", str(tmp_path / "two"), "--strategy", "ddp"]
    nodes = [
        subprocess.Popen(
            [
                sys.executable, "-m", "torch.distributed.run", "--nnodes", "2",
                "--node-rank", str(rank), "--nproc-per-node", "1",
                "--master-addr", "127.0.0.1", "--master-port", str(port),
                "-m", "app.cli", *options,
            ],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
        )
        for rank in range(2)
    ]  # fmt: skip
    ended = [node.communicate(timeout=550)[1] for node in nodes]
    assert [node.returncode for node in nodes] == [0, 0], ended
    one, two = (column(tmp_path / name, "train/loss") for name in ("one", "two"))
    assert len(one) == len(two) == 10
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-5)


def test_the_batch_is_over_all_nodes(tmp_path):
    start = new_model("m", CONFIG, IDS, tracks())
    with pytest.raises(LartError, match="6 devices can share"):
        fit(
            start,
            Recipe.small(epochs=2, batch=4, warmup_epochs=1),
            dataset(start, Recipe.small(), tracks()),
            tmp_path,
            machine=Machine(devices=2, nodes=3),
        )


def test_layer_decay_reaches_every_block():
    config = LARTConfig.paper(depth=4, width=32, pose_layers=(8, 8), appearance_size=0)
    model = new_model("m", replace(config, actions=3), IDS, tracks()).model
    groups = parameter_groups(model, 4, Recipe.ava())
    rate = {name: group["lr"] for group in groups for name in group["parameters"]}
    assert set(rate) == {name for name, _ in model.named_parameters()}
    assert rate["action_head.weight"] == pytest.approx(1e-3)
    for block in range(4):
        of_block = [r for name, r in rate.items() if name.startswith(f"blocks.{block}.")]
        np.testing.assert_allclose(of_block, 1e-3 * 0.9 ** (4 - block))
    for name in ("mask_token", "pose_encoder.0.weight", "space.weight", "project.weight"):
        assert rate[name] == pytest.approx(1e-3 * 0.9**5)
    no_decay = {n for g in groups if g["weight_decay"] == 0 for n in g["parameters"]}
    assert {"mask_token", "action_head.bias", "blocks.0.mlp_norm.weight"} <= no_decay
    assert "blocks.0.attention.qkv.weight" not in no_decay


def test_the_description_lists_every_group():
    model = new_model("m", CONFIG, IDS, tracks()).model
    text = describe(model, Recipe.ava())
    lines = text.splitlines()
    assert len(lines) == 1 + 2 * 4  # two layers, input and head, with and without weight decay
    assert "action_head.weight" in lines[1] and "0.001" in lines[1] and "0.05" in lines[1]
    assert "0.000729" in lines[-1] and "0.05" not in lines[-1]


def test_the_rate_rises_and_falls(tmp_path):
    rate = [Warmup(10, 100)(step) for step in range(100)]
    assert np.argmax(rate) == 10 and rate[10] == 1
    assert (np.diff(rate[:11]) > 0).all() and (np.diff(rate[10:]) < 0).all()
    assert rate[55] == pytest.approx(0.5) and 0 < rate[-1] < 0.01
    recipe = Recipe.small(epochs=4, batch=4, warmup_epochs=1, rate=2e-3)
    train(tmp_path, recipe)
    logged = column(tmp_path, "train/rate")
    np.testing.assert_allclose(logged, [2e-3 * Warmup(3, 12)(s) for s in range(12)], rtol=1e-6)


def test_the_moving_average_rises_to_its_decay():
    average = MovingAverage(0.9)._kwargs["avg_fn"]
    kept, new = torch.tensor(0.0), torch.tensor(1.0)
    assert average(kept, new, torch.tensor(1)) == pytest.approx(1 - 2 / 11)
    assert average(kept, new, torch.tensor(10_000)) == pytest.approx(0.1)


def test_the_loss_is_the_mean_over_known_labels():
    data = tracks(4)
    start = new_model("m", replace(CONFIG, mask_ratio=0.0), IDS, data)
    samples = dataset(start, Recipe.small(), data, train=False)
    module = Training(start.model.eval(), Recipe.small())
    batch = torch.utils.data.default_collate([samples[0, i] for i in range(4)])
    total, count = module._loss(batch, "random")
    known = ~batch["target"].isnan()
    assert count == known.sum() and 0 < count < known.numel()
    logits = start.model(batch, "random")["action_logits_ava"]
    by_hand = torch.nn.functional.binary_cross_entropy_with_logits(
        logits[known], batch["target"][known]
    )
    assert (total / count).item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_going_on_from_a_trained_model_with_other_actions(tmp_path):
    first = train(tmp_path / "first", Recipe.small(epochs=2, batch=12, warmup_epochs=1))
    save_checkpoint(tmp_path / "m.safetensors", first)
    start = continue_from(load_checkpoint(tmp_path / "m.safetensors"), (80, 5))
    assert start.ava_ids == (80, 5) and start.model.config.actions == 2
    head, before = start.model.action_head, first.model.action_head
    assert torch.equal(head.weight[0], before.weight[2]) and torch.equal(
        head.bias[0], before.bias[2]
    )
    assert not torch.equal(head.weight[1], before.weight[0])
    assert torch.equal(start.model.blocks[1].mlp[0].weight, first.model.blocks[1].mlp[0].weight)
    np.testing.assert_array_equal(start.mean, first.mean)


def test_pretext_heads_stay_as_they_are(tmp_path):
    config = LARTConfig.published(
        actions=3, frames=16, people=1, appearance_size=0, joints_layers=(), width=16,
        pose_layers=(16, 16), depth=1, heads=2, head_width=8, mlp_width=16,
    )  # fmt: skip
    data = tracks(4, config)
    start = new_model("m", config, IDS, data)
    recipe = Recipe.small(epochs=2, batch=4, warmup_epochs=1)
    trained = fit(start, recipe, dataset(start, recipe, data), tmp_path, machine=CPU)
    before, after = start.model.state_dict(), trained.model.state_dict()
    assert torch.equal(before["smpl_head.first.weight"], after["smpl_head.first.weight"])
    assert not torch.equal(before["action_head.weight"], after["action_head.weight"])
