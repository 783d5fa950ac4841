"""Batches of two people: those who met keep their places to each other, others pass by."""

import numpy as np
import pytest
import torch

from analysis.study.data.corpus import Corpus
from analysis.study.data.labels import target
from analysis.study.data.poses import Poses
from analysis.study.models.judge import among_strangers
from analysis.study.samples.samples import FILMED, MET, TRUST, StudySamples
from lart_core.camera import FOCAL
from lart_core.model import LART, Checkpoint, LARTConfig
from lart_core.motion.from_joints import LENS

FRAMES, APART = 30, 1.5
KINDS = [
    ("sbu_interaction", "hugging", 0.0),
    ("sbu_interaction", "hugging:other", APART),
    ("nw_ucla", "throw", 0.0),
    ("nw_ucla", "walk around", 40.0),
    ("yoga6", "padmasana", 0.0),
]


def made_up() -> Corpus:
    n = len(KINDS) * FRAMES
    camera = torch.zeros(1, n, 3)
    camera[..., 2] = 4.0 * FOCAL / LENS
    camera[..., 0] = torch.tensor([at for *_, at in KINDS]).repeat_interleave(FRAMES)
    joints = torch.zeros(1, n, 45, 3)
    joints[..., 12, 1] = -0.5  # The neck is above the hips.
    poses = Poses(
        torch.eye(3).expand(1, n, 3, 3).clone(), torch.eye(3).expand(1, n, 23, 3, 3).clone(),
        torch.zeros(1, n, 10), camera, joints,
        *torch.ones(2, 1, n, dtype=torch.bool),
    )  # fmt: skip
    targets = [np.tile(target(s, [label]), (FRAMES, 1)) for s, label, _ in KINDS]
    length = np.full(len(KINDS), FRAMES)
    return Corpus(
        poses, torch.from_numpy(np.concatenate(targets)), np.zeros((n, 4), np.float32),
        torch.zeros(0, 0), torch.full((n,), -1), np.cumsum(length) - length, length,
        np.zeros(len(KINDS), int), [s for s, *_ in KINDS], [label for _, label, _ in KINDS],
        ["s01"] * len(KINDS), [label for _, label, _ in KINDS], np.array([1, 0, -1, -1, -1]),
    )  # fmt: skip


MET_ROWS = round(400 * MET)
NONE, ONE = np.zeros(229, np.float32), np.ones(229, np.float32)


def drawn(count=400, teacher=None):
    config = LARTConfig.small(actions=2, people=2, frames=24, joints_layers=(8, 4))
    samples = StudySamples(
        made_up(), np.arange(len(KINDS)), config, [70, 58], NONE, ONE, length=64, teacher=teacher
    )
    return samples, samples.pairs(count, np.random.default_rng(0))


def places(batch):
    """(B, T, 2, 3) metres."""
    place = batch["pose_shape"][..., -3:].clone()
    place[..., 2] *= 200 * LENS / FOCAL
    return place


def test_who_met_keeps_the_distance_and_the_label():
    _, batch = drawn()
    seen = (batch["has_detection"][..., 0] == 1).all(2)[:MET_ROWS]
    apart = (places(batch)[:MET_ROWS, :, 0] - places(batch)[:MET_ROWS, :, 1]).norm(dim=-1)[seen]
    assert apart.median().item() == pytest.approx(APART, rel=0.05)
    assert (batch["target"][:MET_ROWS, ..., 0].nan_to_num(1) == 1).all()


def test_passers_by_are_near_and_do_nothing_together():
    _, batch = drawn()
    seen = (batch["has_detection"][..., 0] == 1).all(2)[MET_ROWS:]
    apart = (places(batch)[MET_ROWS:, :, 0] - places(batch)[MET_ROWS:, :, 1]).norm(dim=-1)[seen]
    assert apart.quantile(0.1) > 0.5 and apart.quantile(0.99) < 5
    assert not (batch["target"][MET_ROWS:, ..., 0] == 1).any()


def test_where_there_is_no_motion_people_of_films_pass_by():
    config = LARTConfig.small(actions=2, people=2, frames=24, joints_layers=(8, 4))
    filmed = np.array([0, 1, 4])
    samples = StudySamples(made_up(), filmed, config, [70, 58], NONE, ONE, length=64)
    batch = samples.pairs(8, np.random.default_rng(0))
    assert batch["target"].shape == (8, 24, 2, 2)
    hugs = batch["target"][4:, ..., 0]
    assert (hugs == 0).any() and not (hugs == 1).any()


def test_alone_nobody_is_shown_who_met_somebody():
    samples, _ = drawn(4)
    rows = samples.drawn(400, np.random.default_rng(1))
    assert set(rows.tolist()) == {2, 3, 4}
    assert abs((rows == 4).mean() - FILMED) < 0.1
    assert samples.batch(rows[:8], np.random.default_rng(1))["target"].shape == (8, 24, 1, 2)
    kinds = {
        sample["target"].shape[1] for e in range(12) for sample in samples.__getitems__([(e, 0)])
    }
    assert kinds == {1, 2}


def test_a_teacher_is_heard_in_its_actions_alone():
    config = LARTConfig.small(actions=1, frames=24, joints_layers=(8, 4))
    teacher = Checkpoint("former", LART(config), (58,), NONE, ONE)
    with torch.no_grad():
        teacher.model.action_head.weight.zero_()
        teacher.model.action_head.bias.fill_(np.log(0.9 / 0.1))
    (_, plain), (_, taught) = drawn(), drawn(teacher=teacher)
    hugs, throws = (batch["target"] for batch in (plain, taught))
    torch.testing.assert_close(throws[..., 0], hugs[..., 0], equal_nan=True)
    want = hugs[..., 1].lerp(torch.tensor(0.9), TRUST)
    torch.testing.assert_close(throws[..., 1], want, equal_nan=True)


def test_strangers_stand_near_those_who_were_alone():
    corpus = made_up()
    moved = among_strangers(corpus, np.array([2, 3]))
    assert moved.other.tolist() == [1, 0, 3, 2, -1] and corpus.other.tolist() == [1, 0, -1, -1, -1]
    place = [
        moved.poses_of(row).camera[0, 0] * torch.tensor([1, 1, LENS / FOCAL]) for row in (2, 3)
    ]
    assert 0.5 < (place[0] - place[1]).norm() < 5
    torch.testing.assert_close(corpus.poses_of(3).camera[0, 0, 0], torch.tensor(40.0))


def test_a_teacher_is_heeded_of_the_sets_that_it_learnt_from():
    """Of others the labels are all, where they say something."""
    config = LARTConfig.small(actions=2, people=2, joints_layers=())
    torch.manual_seed(0)
    rows = np.array([2, 4])  # Of nw_ucla and yoga6.

    def target_of(data: dict[str, str]) -> torch.Tensor:
        teacher = Checkpoint("t", LART(config), (70, 58), NONE, ONE, data)
        one = LARTConfig.small(actions=2, people=2, frames=24, joints_layers=())
        samples = StudySamples(made_up(), rows, one, [70, 58], NONE, ONE, length=2, teacher=teacher)
        return samples.batch(rows, np.random.default_rng(0))["target"]

    throws, sits = target_of({"data": "utkinect, nw_ucla"})
    told = throws[~throws.isnan()]
    assert ((told > 0) & (told < 1)).all()
    known = sits[~sits.isnan()]
    assert len(known) and known.unique().tolist() == [0.0]
    everything = target_of({})
    assert (everything[1][~everything[1].isnan()] > 0).all()
