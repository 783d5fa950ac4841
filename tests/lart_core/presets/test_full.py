"""The preset 'full' from the command's door to the last file, every network a small one.

The networks have random weights, so bodies and actions mean nothing; boxes, masks, textures,
identities and files do. Detectron2 is not installed everywhere: what stands in for it finds
whatever is not grey.
"""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from pycocotools import mask as rle
from torch import nn

from app.cli import main
from lart_core import body, pipeline, tracking, video, weights
from lart_core.ava_labels import ava_actions
from lart_core.model import LART, Checkpoint, LARTConfig, save_checkpoint
from lart_core.perception.protocols import Detections, Frame
from lart_core.perception.published import detectron2_import
from lart_core.perception.published.hmr2 import HMR2, HMR2Config
from lart_core.perception.published.mvit import MViT
from lart_core.perception.published.mvit_config import MViTConfig
from lart_core.perception.store import load_perception
from lart_core.pipeline.process import TEXTURES, GivenBoxes, Progress, Protocol
from lart_core.presets.full import build
from lart_core.runs.run import Run
from lart_core.tracking import PosePredictor
from lart_core.tracklet import Tracklet
from lart_core.training.labels import load_labels
from tests.lart_core.perception.published.tiny import TINY

FRAMES, WIDTH, HEIGHT = 40, 480, 320
HIDDEN = range(14, 21)
"""Frames in which the two are behind a pillar, where they turn round."""
RED, BLUE = (210, 40, 40), (40, 40, 210)
ALWAYS = ("detectron2-regnety", "hmr2", "mvit-config", "mvit", "lart-config", "lart")
PHALPS = ("hmar", "pose-predictor", "pose-predictor-config")
SMALL_HMR2 = HMR2Config(
    dim=32, depth=1, heads=2, head_dim=16, head_depth=1, head_heads=2, head_dim_head=8,
    head_hidden=16,
)  # fmt: skip
SMALL_MVIT = replace(TINY, classes=MViTConfig.classes)


class Silhouettes:
    """In place of Detectron2: people are what is not grey, from left to right."""

    name = "silhouettes"

    def __init__(self, *_: object, **__: object) -> None:
        self.asked_for_masks = 0

    def detect(self, frames: list[Frame]) -> list[Detections]:
        """Boxes and masks."""
        found = []
        for frame in frames:
            coloured = (frame.max(axis=2).astype(int) - frame.min(axis=2) > 60).astype(np.uint8)
            _, labels, stats, _ = cv2.connectedComponentsWithStats(coloured)
            rows = sorted(np.flatnonzero(stats[1:, 4] > 500) + 1, key=lambda i: stats[i, 0])
            box = np.array([[*stats[i, :2], *(stats[i, :2] + stats[i, 2:4])] for i in rows])
            masks = tuple(
                rle.encode(np.asfortranarray(labels == i, np.uint8))["counts"] for i in rows
            )
            score = np.full(len(rows), 0.95, np.float32)
            found.append(Detections(box.reshape(-1, 4).astype(np.float32), score, mask=masks))
        return found

    def masks(self, frames: list[Frame], boxes: list[np.ndarray]) -> list[tuple[bytes, ...]]:
        """The boxes' insides."""
        self.asked_for_masks += sum(map(len, boxes))
        whole = [np.zeros((HEIGHT, WIDTH, len(box)), np.uint8, order="F") for box in boxes]
        for masks, box in zip(whole, boxes, strict=True):
            for i, (x1, y1, x2, y2) in enumerate(box.astype(int)):
                masks[y1:y2, x1:x2, i] = 1
        return [tuple(one["counts"] for one in rle.encode(masks)) for masks in whole]


class SmallHMAR(nn.Module):
    """In place of HMAR: the crop itself is the texture, one random layer is the embedding."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Conv2d(4, 16, 16, 16)
        nn.init.normal_(self.layer.weight, std=0.3)
        self.looked = 0

    def textures(self, crops: torch.Tensor) -> torch.Tensor:
        """(N, 4, 256, 256), as `HMAR.textures`."""
        self.looked += len(crops)
        seen = crops[:, 3:] != 0
        return torch.cat([crops[:, :3] / 5 * seen, seen * 2.0 - 1], 1)

    def embeddings(self, textures: torch.Tensor) -> torch.Tensor:
        """(N, 4096), as `HMAR.embeddings`."""
        return self.layer(textures).relu().flatten(1)


def small_hmr2() -> HMR2:
    """Bodies that hardly depend on the picture, so that poses tell nobody apart."""
    torch.manual_seed(0)
    net = HMR2(SMALL_HMR2)
    for name, value in net.state_dict().items():
        if "dec" in name.rsplit(".", 2)[-2]:
            value.mul_(1e-3)
        if name.endswith("init_cam"):
            value.copy_(torch.tensor([[0.9, 0, 0]]))
    return net.eval()


def small_mvit() -> MViT:
    torch.manual_seed(0)
    net = MViT(SMALL_MVIT)
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.2)
    return net.eval()


def small_predictor() -> PosePredictor:
    torch.manual_seed(0)
    return PosePredictor(
        frames=100, width=16, depth=1, heads=2, head_width=8, mlp_width=16, pose_layers=(32, 16),
        stride=5, padding=1, mean=np.zeros(229), std=np.ones(229),
    ).eval()  # fmt: skip


def small_lart(path: Path) -> Path:
    torch.manual_seed(0)
    evaluated = tuple(a.ava_id for a in ava_actions().values() if a.evaluated)
    config = LARTConfig.small(actions=60, appearance_size=small_mvit().dim, depth=1)
    model = LART(config).eval()
    mean, std = np.zeros(229, np.float32), np.ones(229, np.float32)
    save_checkpoint(path, Checkpoint("lart-published", model, evaluated, mean, std, {}))
    return path


@pytest.fixture
def hmar() -> SmallHMAR:
    return SmallHMAR()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hmar: SmallHMAR) -> Callable[..., None]:
    """`files(*names)`: a LART_HOME with the preset's files and these, whose networks are small."""
    monkeypatch.setenv("LART_HOME", str(tmp_path))
    monkeypatch.setenv("LART_SMPL", str(body.chosen()))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(detectron2_import, "missing", list)
    checkpoint = small_lart(tmp_path / "lart.safetensors")
    stand_ins = {
        "build": lambda *_: (None, None),
        "Detectron2Detector": Silhouettes,
        "hmr2_checkpoint": lambda: Path("hmr2.ckpt"),
        "load_hmr2": lambda _: small_hmr2(),
        "require_ava_classes": lambda _: None,
        "load_mvit": lambda *_: small_mvit(),
        "load_hmar": lambda _: hmar,
        "pose_predictor": small_predictor,
        "lart_checkpoint": lambda: checkpoint,
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(build, name, stand_in)

    def put(*names: str) -> None:
        for name in (*ALWAYS, "phalp-mean-std", *names):
            path = weights.local_path(weights.find(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"a stand-in")

    return put


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Red and blue walk towards each other, turn round behind a pillar, and walk back."""
    frames = []
    for t in range(FRAMES):
        frame = np.full((HEIGHT, WIDTH, 3), 110, np.uint8)
        away = 15 + 5 * abs(t - 17)
        for x, colour in ((WIDTH // 2 - away, RED), (WIDTH // 2 + away, BLUE)):
            frame[100:220, x - 16 : x + 16] = colour
        if t in HIDDEN:
            frame[90:230, 185:295] = 110
        frames.append(frame)
    path = tmp_path / "clip.mp4"
    video.write_player(path, frames, 30)
    return path


def colours_seen(clip: Path, person: Tracklet) -> set[str]:
    """The colours at the middle of the person's boxes, in the frames in which they were seen."""
    pictures = list(video.frames(clip))
    seen = set()
    for n, (x1, y1, x2, y2) in zip(person.frame, person.box, strict=True):
        r, _, b = pictures[n][int(y1 + y2) // 2, int(x1 + x2) // 2].astype(int)
        if person.detected[n - person.first]:
            seen.add("red" if r > b else "blue")
    return seen


def run_full(clip: Path, out: Path, **options: object) -> Run:
    with pytest.warns(match="runs on the CPU"):
        return pipeline.run(clip, out, preset="full", **options)


@pytest.mark.parametrize("with_phalps", [True, False])
def test_two_who_turn_round_unseen_are_reid_cue_what_they_look_like(
    clip: Path, tmp_path: Path, files: Callable[..., None], hmar: SmallHMAR, with_phalps: bool
) -> None:
    files(*(PHALPS if with_phalps else ()))
    run = run_full(clip, tmp_path / "run")
    people = list(run.tracklets())
    assert [colours_seen(clip, person) for person in people] == [{"red"}, {"blue"}]
    assert [(p.first, p.last) for p in people] == [(0, FRAMES - 1)] * 2
    assert run.facts["provenance"]["reid_cue"] == ("hmar" if with_phalps else "color histogram")
    assert hmar.looked == (2 * (FRAMES - len(HIDDEN)) if with_phalps else 0)

    hidden = people[0].body_pose[list(HIDDEN)]
    stays = np.abs(hidden - people[0].body_pose[HIDDEN[0] - 1]).max() < 1e-6
    assert stays != with_phalps, "the predictor says how a hidden body moves"

    detections, bodies = load_perception(run.path / "perception.npz")
    blind = [replace(each, appearance=None) for each in bodies]
    swapped = tracking.track(detections, blind, run.video)
    assert [colours_seen(clip, person) for person in swapped] == [{"red", "blue"}] * 2


def test_the_run_is_whole_and_a_training_set_with_pseudo_labels(
    clip: Path, tmp_path: Path, files: Callable[..., None]
) -> None:
    files(*PHALPS)
    run = run_full(clip, tmp_path / "run")
    stages = ["player", "perception", "tracking", "appearance", "actions"]
    assert list(run.facts["stages"]) == stages
    assert not (run.path / TEXTURES).exists(), "nobody needs it any more"
    said = run.actions("lart-published")
    for person in run.tracklets():
        assert person.appearance.shape == (7, small_mvit().dim)
        assert said.people[person.track_id].probability.shape == (FRAMES, 60)
    ids, labels = load_labels(run.path / "tracklets" / "labels.safetensors")
    assert ids == tuple(range(1, 81))
    for one in labels:
        assert one.target.shape == (FRAMES, 80) and not one.ground_truth.any()
        assert (one.target[0:6] == one.target[0]).all() and (one.target[6] != one.target[5]).any()


def test_with_phalps_regressor_at_hand_a_run_holds_its_joints(
    clip: Path, tmp_path: Path, files: Callable[..., None]
) -> None:
    files("joint-regressor")
    shares = np.zeros((19, body.VERTICES))
    shares[:, 100] = 1
    record = weights.find("joint-regressor")
    weights.local_path(record).write_bytes(pickle.dumps(shares, 2))
    run = run_full(clip, tmp_path / "run")
    for person in run.tracklets():
        pose = person.global_orient, person.body_pose, person.betas
        corner = np.repeat(body.vertices(*pose)[:, 100:101], 19, axis=1)
        np.testing.assert_allclose(person.regressed, corner, atol=1e-5)


@pytest.mark.parametrize("stage", ["perception", "tracking", "appearance"])
def test_a_run_that_was_killed_looks_at_textures_once_and_ends_the_same(
    clip: Path, tmp_path: Path, files: Callable[..., None], hmar: SmallHMAR, stage: str
) -> None:
    files(*PHALPS)
    whole = run_full(clip, tmp_path / "whole")
    looked = hmar.looked

    class Killed(BaseException):
        pass

    def kill(progress: Progress) -> None:
        if progress.stage == stage and progress.done:
            raise Killed

    with pytest.raises(Killed):
        run_full(clip, tmp_path / "broken", progress=kill)
    assert (tmp_path / "broken" / TEXTURES).exists() == (stage != "perception")
    again = run_full(clip, tmp_path / "broken")
    lost = hmar.looked - 2 * looked
    assert 0 < lost < looked if stage == "perception" else lost == 0
    for one, other in zip(whole.tracklets(), again.tracklets(), strict=True):
        np.testing.assert_array_equal(one.box, other.box)
        np.testing.assert_array_equal(one.appearance, other.appearance)


def test_given_people_get_masks_and_windows_find_their_textures(
    clip: Path, tmp_path: Path, files: Callable[..., None]
) -> None:
    files(*PHALPS)
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("clip,0.333333,0.3,0.3,0.5,0.7,80\nclip,1.0,0.2,0.3,0.4,0.7,80\n")
    protocol = Protocol(GivenBoxes(boxes, "normalised"), window=0.5)
    run = run_full(clip, tmp_path / "run", protocol=protocol)
    detections, _ = load_perception(run.path / "perception.npz")
    for number in (10, 30):
        (mask,) = detections[number].mask or ()
        assert rle.area({"size": [HEIGHT, WIDTH], "counts": mask}) > 1000
    keyframes = {person.keyframe for person in run.tracklets()}
    assert keyframes == {10, 30}


def test_the_command_says_how_long_it_will_take_and_prints_the_people(
    clip: Path, tmp_path: Path, files: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    files()
    assert main(["run", str(clip), "--preset", "full", "--out", str(tmp_path / "run")]) == 0
    shown = capsys.readouterr()
    assert "lart run: No GPU was found: the full system runs on the CPU" in shown.err
    assert f"in these {FRAMES} frames" in shown.err and "UserWarning" not in shown.err
    assert "People: 2" in shown.out and "appearance" in shown.out
