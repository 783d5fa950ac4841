"""Somebody whose body cannot be lifted, through all of `lart run`: told by looks, or not at all."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.study.models.train import begun_from
from app.cli import main
from lart_core import presets
from lart_core.model import load_checkpoint, save_checkpoint
from lart_core.perception.embedded.i3d_pooling import PooledI3D
from lart_core.perception.protocols import Bodies, Detections, Frame
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet
from tests.lart_core.pipeline.test_process import FRAMES, Standing, WalkingBox, clip

__all__ = ["clip"]


class Unlifted(Standing):
    """Lifts nobody."""

    def estimate(self, frames: Sequence[Frame], detections: Sequence[Detections]) -> list[Bodies]:
        """Bodies that are not valid."""
        bodies = super().estimate(frames, detections)
        return [replace(each, valid=np.zeros_like(each.valid)) for each in bodies]


class Looks:
    """Made-up vectors under the name of those that the shipped model learnt from."""

    name, dim, stride = PooledI3D.name, PooledI3D.dim, 6

    def encode(self, frames: object, tracklets: Sequence[Tracklet]) -> list[Tracklet]:
        """A vector every six frames."""
        chance = np.random.default_rng(0)
        return [
            replace(
                each,
                appearance=chance.random((len(each.frame[::6]), self.dim), np.float32),
                appearance_frame=each.frame[::6],
                provenance=dict(each.provenance) | {"appearance": self.name},
            )
            for each in tracklets
        ]


def with_looks(file: Path) -> Path:
    """The shipped pose model with appearance that tells whether people sit or walk."""
    pose = load_checkpoint(presets.demo_models()["pose-small"])
    begun = begun_from(pose, pose.ava_ids, 0, PooledI3D.dim, alone=True)
    with torch.no_grad():
        begun.model.appearance_project.weight.normal_()
    save_checkpoint(file, replace(begun, by_appearance=(11, 14)))
    return file


@pytest.fixture
def unlifted(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a run in which somebody was seen throughout, and no body."""
    models = presets.demo_models() | {"with-looks": with_looks(tmp_path / "looks.safetensors")}
    backends = presets.Backends(WalkingBox(), Unlifted(), Looks(), models)
    monkeypatch.setattr(presets, "load", lambda preset, settings: backends)
    assert main(["run", str(clip), "--out", str(tmp_path / "run")]) == 0
    return tmp_path / "run"


def test_a_model_with_appearance_says_what_looks_tell(unlifted: Path) -> None:
    run = Run(unlifted)
    (person,) = run.tracklets()
    assert not person.detected.any() and (person.score > 0).all()
    actions = run.actions("with-looks")
    told = np.isin(actions.ava_ids, (11, 14))
    assert told.sum() == 2
    said = actions.people[person.track_id].probability
    assert said.shape == (FRAMES, len(told))
    assert (said[:, told] > 0).all() and not said[:, ~told].any()


def test_a_pose_only_model_says_nothing_and_why(
    unlifted: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["run", str(clip), "--out", str(unlifted), "--json"]) == 0
    (track,) = json.loads(capsys.readouterr().out)["tracks"]
    assert not Run(unlifted).actions("pose-small").people[track["id"]].probability.any()
    assert (track["seen"], track["detected"]) == (FRAMES, 0)
    why = "no body could be lifted, and pose-small says nothing of people by appearance alone"
    assert track["silent"] == why
    assert main(["run", str(clip), "--out", str(unlifted)]) == 0
    assert f"nothing is said: {why}" in capsys.readouterr().out
