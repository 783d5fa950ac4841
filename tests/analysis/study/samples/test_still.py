"""People who are made to keep still do what they did at that moment, if that can be held."""

import torch

from analysis.study.data.corpus import Windows
from analysis.study.data.labels import POSITIVE, UNSURE
from analysis.study.data.poses import Poses
from analysis.study.samples.still import held

SIT, STAND, WALK, WAVE, PHONE = 11, 12, 14, 69, 15
COUNT, TIME = 64, 40


def windows() -> Windows:
    """Everybody walks for half of the time, then stands and waves; nobody phones."""
    eye = torch.eye(3)
    frame = torch.arange(TIME).expand(COUNT, TIME)
    poses = Poses(
        eye.expand(COUNT, TIME, 3, 3), eye.expand(COUNT, TIME, 23, 3, 3),
        torch.zeros(COUNT, TIME, 10), frame[..., None].expand(COUNT, TIME, 3).float(),
        torch.zeros(COUNT, TIME, 45, 3), *torch.ones(2, COUNT, TIME, dtype=torch.bool),
    )  # fmt: skip
    poses.detected[:, -3:] = False
    target = torch.zeros(COUNT, TIME, 80, dtype=torch.int8)
    target[:, : TIME // 2, WALK - 1] = POSITIVE
    target[:, TIME // 2 :, [STAND - 1, WAVE - 1]] = POSITIVE
    return Windows(poses, target, torch.full((COUNT, TIME), -1))


def test_a_posture_is_held_and_what_moves_is_not_done():
    chosen = torch.arange(COUNT) % 2 == 0
    still, kept = held(windows(), chosen, torch.Generator().manual_seed(0))
    assert (kept == chosen).all()
    moment = still.poses.camera[kept, :, 0]
    assert (moment == moment[:, :1]).all() and moment.unique().numel() > 5
    assert ((moment >= TIME // 2) & (moment < TIME - 3)).all(), "while standing, and seen"
    assert still.poses.detected[kept].all()
    target = still.target[kept]
    assert (target[..., STAND - 1] == POSITIVE).all()
    assert (target[..., [WALK - 1, SIT - 1, PHONE - 1]] == 0).all()
    assert (target[..., WAVE - 1] == UNSURE).all()


def test_nobody_is_held_in_two_postures():
    given = windows()
    given.target[..., SIT - 1] = POSITIVE
    given.target[:, -9:, STAND - 1] = 0
    still, kept = held(given, torch.ones(COUNT, dtype=torch.bool), torch.Generator().manual_seed(0))
    moment = still.poses.camera[kept, 0, 0]
    standing = (moment >= TIME // 2) & (moment < TIME - 9)
    assert kept.all() and not standing.any()


def test_others_are_left_as_they_are():
    given = windows()
    given.target[1::2] = torch.where(given.target[1::2] == POSITIVE, UNSURE, given.target[1::2])
    everybody = torch.ones(COUNT, dtype=torch.bool)
    still, kept = held(given, everybody, torch.Generator().manual_seed(0))
    assert kept[::2].all() and not kept[1::2].any()
    assert (still.target[1::2] == given.target[1::2]).all()
    assert (still.poses.camera[1::2] == given.poses.camera[1::2]).all()
    none, _ = held(given, ~everybody, torch.Generator().manual_seed(0))
    assert (none.target == given.target).all()
