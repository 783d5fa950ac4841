"""Made-up falls end on the ground, begin upright, and say so in their labels."""

import numpy as np
import torch

from analysis.study.data.corpus import Windows
from analysis.study.data.labels import NEGATIVE, POSITIVE, UNSURE
from analysis.study.data.poses import Poses
from analysis.study.data.posture import LIE
from analysis.study.samples.fall import GROUND, LYING, with_falls
from analysis.study.samples.leap import FALL
from lart_core.body import joints as joints_of
from lart_core.camera import FOCAL
from lart_core.motion.from_joints import LENS

FPS, COUNT, TIME = 12.0, 300, 48
STAND, WALK, WAVE, PHONE = 12, 14, 69, 15
HIPS, NECK, HEAD, FOOT = 0, 12, 15, 10

UPRIGHT = np.diag([1, -1, -1]).astype(np.float32)
BODY = joints_of(UPRIGHT[None], np.tile(np.eye(3), (1, 23, 1, 1)), np.zeros((1, 10)))[0]
LEGS = float((BODY[:, 1] - BODY[HIPS, 1]).max())


def upright() -> Windows:
    """Everybody stands and waves with straight arms; nobody is seen in the last frames."""
    poses = Poses(
        torch.from_numpy(UPRIGHT).expand(COUNT, TIME, 3, 3),
        torch.eye(3).expand(COUNT, TIME, 23, 3, 3),
        torch.zeros(COUNT, TIME, 10), torch.zeros(COUNT, TIME, 3),
        torch.from_numpy(BODY).float().expand(COUNT, TIME, 45, 3).clone(),
        *torch.ones(2, COUNT, TIME, dtype=torch.bool),
    )  # fmt: skip
    poses.detected[:, -4:] = False
    target = torch.zeros(COUNT, TIME, 80, dtype=torch.int8)
    target[..., [STAND - 1, WAVE - 1]] = POSITIVE
    target[:, :3] = UNSURE
    return Windows(poses, target, torch.full((COUNT, TIME), -1))


def fell() -> tuple[Windows, torch.Tensor]:
    chosen = torch.arange(COUNT) % 2 == 0
    return with_falls(upright(), chosen, FPS, torch.Generator().manual_seed(0))


def test_only_the_chosen_who_are_seen_fall():
    windows, fallen = fell()
    assert not fallen[1::2].any() and fallen[::2].float().mean() > 0.9
    for name, value in vars(upright().poses).items():
        assert (vars(windows.poses)[name][~fallen] == value[~fallen]).all()
    assert (windows.target[~fallen] == upright().target[~fallen]).all()


def test_nobody_falls_whose_trunk_would_not_lie():
    given = upright()
    given.poses.joints[..., NECK, :] = given.poses.joints[..., HIPS, :]
    given.poses.joints[..., NECK, 2] += 0.5
    everybody = torch.ones(COUNT, dtype=torch.bool)
    windows, fallen = with_falls(given, everybody, FPS, torch.Generator().manual_seed(0))
    trunk = windows.poses.joints[..., NECK, :] - windows.poses.joints[..., HIPS, :]
    lies = windows.target[..., LIE - 1] == POSITIVE
    assert 0.2 < fallen.float().mean() < 0.8
    assert (trunk[..., 1].abs() < 0.51 * trunk.norm(dim=-1))[lies].all()


def test_who_fell_lies_on_the_ground():
    windows, fallen = fell()
    poses = windows.poses
    lies = fallen[:, None] & (windows.target[..., LIE - 1] == POSITIVE)
    assert lies[fallen].any(dim=1).float().mean() > 0.3
    trunk = (poses.joints[..., HEAD, :] - poses.joints[..., HIPS, :])[lies]
    lean = torch.arccos((-trunk[:, 1] / trunk.norm(dim=1)).clamp(-1, 1))
    assert (lean > LYING[0] - 0.2).all() and (lean < LYING[1] + 0.2).all()
    above = LEGS - poses.camera[..., 1][lies]
    assert (above > GROUND[0] - 0.01).all() and (above < LEGS * 0.5).all()


def test_bodies_turn_about_the_hips_and_come_down_where_they_lean():
    windows, fallen = fell()
    poses = windows.poses
    orient = poses.global_orient.flatten(0, 1)[:, None].numpy()
    body = joints_of(
        orient[:, 0], poses.body_pose.flatten(0, 1).numpy(), poses.betas.flatten(0, 1).numpy()
    )
    np.testing.assert_allclose(poses.joints.flatten(0, 1).numpy(), body, atol=1e-5)
    head = (poses.joints[..., HEAD, :] - poses.joints[..., HIPS, :])[fallen][:, -1, [0, 2]]
    hips = poses.camera[fallen][:, -1, [0, 2]] / torch.tensor([1.0, FOCAL / LENS])
    down = head.norm(dim=1) > 0.3
    along = (head[down] * hips[down]).sum(1) / (head[down].norm(dim=1) * hips[down].norm(dim=1))
    assert down.any() and (along > 0.9).all()


def test_labels_before_during_and_after():
    windows, fallen = fell()
    target = windows.target[fallen]
    falls, lies = target[..., FALL - 1] == POSITIVE, target[..., LIE - 1] == POSITIVE
    assert falls.any(1).float().mean() > 0.5 and lies.any(1).float().mean() > 0.3
    begun = (falls | lies).int().cummax(dim=1).values.bool()
    before = ~begun & begun.any(dim=1, keepdim=True)
    assert (target[before] == upright().target[fallen][before]).all()
    for posture in (STAND, WALK):
        assert (target[..., posture - 1][lies] == NEGATIVE).all()
    assert (target[..., WAVE - 1][falls | lies] == UNSURE).all()
    assert (target[..., PHONE - 1][falls | lies] == NEGATIVE).all()
    long_since = lies & (target[..., FALL - 1] == NEGATIVE)
    assert long_since.any() and not (falls & ~lies & (target[..., LIE - 1] == NEGATIVE)).any()
    first, last = falls.int().argmax(1), TIME - 1 - falls.flip(1).int().argmax(1)
    seconds = (last - first)[falls.any(1)] / FPS
    assert seconds.max() < 1.2 + 0.4 + 0.1


def test_frames_without_a_label_stay_so():
    given = upright()
    given.target[:] = UNSURE
    windows, fallen = with_falls(
        given, torch.ones(COUNT, dtype=torch.bool), FPS, torch.Generator().manual_seed(0)
    )
    assert fallen.any() and (windows.target == UNSURE).all()
