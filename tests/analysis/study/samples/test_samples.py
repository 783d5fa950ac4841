"""Windows of people alone: some without legs, some still, and what is taught of them."""

from dataclasses import replace

import numpy as np
import torch

from analysis.study.samples import samples as module
from analysis.study.samples.samples import LEGLESS, Normalisation, StudySamples, legs_hidden
from lart_core.model import LART, Checkpoint, LARTConfig
from lart_core.model.unseen_legs import LEGS, mean_legs
from tests.analysis.study.samples.test_pairs import KINDS, ONE, made_up

CONFIG = LARTConfig.small(actions=2, people=1, frames=24, joints_layers=(8, 4))
LIE, SIT, STAND, THROW = 8, 11, 12, 58
FOOT, NECK = 10, 12
THROWER, SITTER = 2, 4  # Of nw_ucla, whose standing is measured, and of yoga6.


MEAN = np.random.default_rng(0).normal(0, 0.3, 229).astype(np.float32)


def teacher() -> Checkpoint:
    torch.manual_seed(0)
    return Checkpoint("former", LART(CONFIG), (STAND, THROW), MEAN, ONE)


def batch(rows: np.ndarray, **options: object) -> dict[str, torch.Tensor]:
    made = StudySamples(
        made_up(), np.arange(len(KINDS)), CONFIG, [STAND, THROW], MEAN, ONE, length=1, **options
    )
    return made.batch(rows, np.random.default_rng(0))


def test_some_have_the_legs_that_inference_shows_of_whoever_has_none():
    rows = np.full(600, THROWER)
    shown = batch(rows)
    vector = shown["pose_shape"][:, :, 0] + torch.from_numpy(MEAN)
    legs = vector[..., : 24 * 9].unflatten(-1, (24, 3, 3))[:, :, LEGS]
    same = (legs - torch.from_numpy(mean_legs(MEAN))).abs().amax(dim=(-1, -2, -3)) < 1e-4
    seen = shown["has_detection"][:, :, 0, 0] == 1
    without = (same & seen).any(dim=1)
    assert (same == without[:, None])[seen].all(), "throughout a window or not at all"
    assert abs(without.float().mean().item() - LEGLESS) < 0.05


def test_a_teacher_sees_the_legs_that_are_hidden(monkeypatch):
    monkeypatch.setattr(module, "FALLS", 0.0)
    rows = np.full(64, THROWER)
    none, all_ = (batch(rows, teacher=teacher(), legless=share) for share in (0.0, 1.0))
    torch.testing.assert_close(none["target"], all_["target"], equal_nan=True)
    assert not torch.allclose(none["pose_shape"], all_["pose_shape"])


def test_without_legs_who_leans_at_the_camera_is_not_shown():
    poses = made_up().poses
    poses.joints[:, ::2, NECK] = torch.tensor([0.0, -0.1, 0.5])
    chosen = torch.ones_like(poses.leg_seen)
    hidden = legs_hidden(poses, chosen)
    assert not hidden.leg_seen.any() and not hidden.detected[:, ::2].any()
    assert hidden.detected[:, 1::2].all()
    assert legs_hidden(poses, ~chosen).detected.all(), "legs are in sight"


def test_of_whoever_keeps_still_the_labels_alone_are_taught(monkeypatch):
    monkeypatch.setattr(module, "STILL", 1.0)
    monkeypatch.setattr(module, "LEAPS", 0.0)
    corpus = made_up()
    begin = int(corpus.start[THROWER])
    corpus.target[begin : begin + int(corpus.length[THROWER]), STAND - 1] = 1
    made = StudySamples(
        corpus, np.arange(len(KINDS)), CONFIG, [STAND, THROW], MEAN, ONE, length=1,
        teacher=teacher(),
    )  # fmt: skip
    target = made.batch(np.full(64, THROWER), np.random.default_rng(0))["target"][..., 0]
    assert (target[~target.isnan()] == 1).all()
    filmed = made.batch(np.full(64, SITTER), np.random.default_rng(0))["target"][..., 0]
    assert ((filmed > 0) & (filmed < 1))[~filmed.isnan()].all(), "films are not held"


def test_of_whoever_falls_and_lies_the_labels_alone_are_taught(monkeypatch):
    for name, share in (("FALLS", 1.0), ("STILL", 0.0), ("LEAPS", 0.0)):
        monkeypatch.setattr(module, name, share)
    corpus = made_up()
    corpus.poses.joints[..., FOOT, 1] = 0.9
    made = StudySamples(
        corpus, np.arange(len(KINDS)), CONFIG, [LIE, STAND], MEAN, ONE, length=1,
        teacher=replace(teacher(), ava_ids=(LIE, STAND)),
    )  # fmt: skip
    shown = made.batch(np.full(64, THROWER), np.random.default_rng(0))
    lies, stands = shown["target"][:, :, 0].unbind(-1)
    assert (lies == 1).any() and (stands[lies == 1] == 0).all()
    lies, stands = made.batch(np.full(64, SITTER), np.random.default_rng(0))["target"].unbind(-1)
    assert (lies[~lies.isnan()] == 0).all(), "a teacher who knows no one on the ground"
    assert ((stands > 0) & (stands < 1))[~stands.isnan()].all(), "is heeded of other things"


def test_of_films_without_legs_the_teacher_alone_is_heeded():
    corpus = made_up()
    begin = int(corpus.start[SITTER])
    corpus.poses.leg_seen[0, begin : begin + 15] = False
    rows, ids = np.full(8, SITTER), [SIT, STAND]

    def target(teacher: Checkpoint | None) -> torch.Tensor:
        made = StudySamples(
            corpus, np.arange(len(KINDS)), CONFIG, ids, MEAN, ONE, length=1, teacher=teacher
        )
        batch = made.batch(rows, np.random.default_rng(0))
        seen = batch["has_detection"][:, :, 0, 0] == 1
        return batch["target"][:, :, 0][seen]

    plain = target(None)
    assert plain.isnan().any() and not plain.isnan().all()
    taught = target(replace(teacher(), ava_ids=(SIT, STAND), provenance={"data": "nw_ucla"}))
    assert not taught.isnan().any()
    unseen = plain.isnan().any(dim=1)
    assert (taught[~unseen] == plain[~unseen]).all(), "the teacher did not learn from this set"
    assert ((taught[unseen] > 0) & (taught[unseen] < 1)).all()


def test_legs_are_measured_as_they_are():
    corpus = made_up()
    rows = np.arange(len(KINDS))
    whole = Normalisation.of(corpus, rows, CONFIG)
    corpus.poses.leg_seen[:] = False
    np.testing.assert_array_equal(Normalisation.of(corpus, rows, CONFIG).mean, whole.mean)
