"""The virtual camera keeps bodies whole, and puts them where it says."""

import math

import numpy as np
import pytest
import torch

from analysis.study.data.poses import Poses
from analysis.study.samples.noise import EMBEDDED, disturb
from analysis.study.samples.view import look_around, mirror, see
from lart_core.camera import project


def people(batch: int = 3, time: int = 12, seed: int = 0) -> Poses:
    generator = torch.Generator().manual_seed(seed)

    def rotations(*shape: int) -> torch.Tensor:
        q, _ = torch.linalg.qr(torch.randn(*shape, 3, 3, generator=generator))
        return q * torch.det(q)[..., None, None]

    camera = torch.randn(batch, time, 3, generator=generator) * torch.tensor([0.5, 0.2, 3.0])
    return Poses(
        rotations(batch, time),
        rotations(batch, time, 23),
        torch.randn(batch, time, 10, generator=generator),
        camera + torch.tensor([0.0, 0.0, 60.0]),
        torch.randn(batch, time, 45, 3, generator=generator),
        *torch.rand(2, batch, time, generator=generator) < 0.8,
    )


def turned_back(angle: float) -> Poses:
    poses, some = people(), torch.full((3,), angle)
    still = torch.zeros(3)
    middle = torch.full((3,), 3.6)
    place = torch.full((3, 2), 128.0)
    there = see(poses, some, still, middle, place, still)
    return see(there, -some, still, middle, place, still)


def test_turning_there_and_back_changes_nothing_but_place():
    poses, back = people(), turned_back(1.1)
    torch.testing.assert_close(back.global_orient, poses.global_orient, atol=1e-5, rtol=0)
    torch.testing.assert_close(back.joints, poses.joints, atol=1e-5, rtol=0)
    moved, before = (p.camera - p.camera[:, :1] for p in (back, poses))
    torch.testing.assert_close(moved, before, atol=1e-3, rtol=0)


def test_the_middle_of_the_path_is_seen_where_asked():
    poses = people()
    poses.detected[:] = True
    place = torch.tensor([[60.0, 128.0], [128.0, 90.0], [200.0, 140.0]])
    seen = see(poses, torch.zeros(3), torch.zeros(3), torch.full((3,), 5.0), place, torch.ones(3))
    middle = seen.camera.mean(1).numpy()
    np.testing.assert_allclose(project(np.zeros((3, 1, 3)), middle)[:, 0], place, atol=1e-3)


def test_following_camera_takes_the_walk_away():
    poses = people()
    zero, far = torch.zeros(3), torch.full((3,), 5.0)
    seen = see(poses, zero, zero, far, torch.full((3, 2), 128.0), torch.ones(3))
    assert seen.camera[..., :2].std(dim=1).max() < 1e-4


def test_mirror_twice_is_the_same_and_once_swaps_sides():
    poses, every = people(), torch.ones(3, dtype=torch.bool)
    once = mirror(poses, every)
    torch.testing.assert_close(mirror(once, every).body_pose, poses.body_pose)
    torch.testing.assert_close(once.joints[:, :, 1, 1:], poses.joints[:, :, 2, 1:])
    torch.testing.assert_close(once.joints[:, :, 1, 0], -poses.joints[:, :, 2, 0])
    torch.testing.assert_close(mirror(poses, ~every).joints, poses.joints)


def test_mirrored_pose_gives_mirrored_joints():
    """The swap of rotations and the swap of joints are the same mirror, by the body itself."""
    body = pytest.importorskip("lart_core.body")
    chance = np.random.default_rng(0)
    from scipy.spatial.transform import Rotation

    turned = Rotation.from_rotvec(chance.normal(0, 0.4, (24, 3))).as_matrix().astype(np.float32)
    orient, pose = turned[None, :1], turned[None, None, 1:]
    betas = np.zeros((1, 10), np.float32)
    joints = body.joints(orient[0], pose[0], betas)
    given = Poses(
        torch.from_numpy(orient), torch.from_numpy(pose), torch.zeros(1, 1, 10),
        torch.zeros(1, 1, 3), torch.from_numpy(joints)[None],
        *torch.ones(2, 1, 1, dtype=torch.bool),
    )  # fmt: skip
    other = mirror(given, torch.tensor([True]))
    again = body.joints(other.global_orient[0].numpy(), other.body_pose[0].numpy(), betas)
    assert np.abs(again - other.joints[0].numpy()).max() < 0.02, "our body is nearly symmetric"


def test_random_views_and_noise_keep_rotations_and_leave_somebody():
    generator = torch.Generator().manual_seed(1)
    seen = look_around(people(8), generator, torch.full((8,), math.pi))
    wrong = disturb(seen, EMBEDDED, torch.full((8,), 1.5), generator)
    for matrices in (wrong.global_orient, wrong.body_pose):
        product = matrices @ matrices.transpose(-1, -2)
        torch.testing.assert_close(product, torch.eye(3).expand_as(product), atol=1e-4, rtol=0)
        assert (torch.det(matrices) > 0).all()
    assert wrong.detected.any(1).all()
    assert (wrong.detected <= seen.detected).all()
    assert (wrong.camera[..., 2] > 0).all()


def test_no_noise_changes_nothing():
    poses = people()
    same = disturb(poses, EMBEDDED, torch.zeros(3), torch.Generator().manual_seed(0))
    torch.testing.assert_close(same.global_orient, poses.global_orient, atol=1e-6, rtol=0)
    torch.testing.assert_close(same.camera, poses.camera)
    assert (same.detected == poses.detected).all()
