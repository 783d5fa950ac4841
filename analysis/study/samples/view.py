"""A virtual camera: the same people seen from elsewhere.

A tracklet's camera has focal length 5000 on the 256-pixel square, which flattens depth. An ordinary
lens has about 300 there, so a person at d metres is written with tz = d * 5000 / 300. Both turns
and walks are made in those metres. Axes: x right, y down, z away.
"""

import math

import torch
from torch import Tensor

from analysis.study.data.poses import Poses
from lart_core.camera import FOCAL, RESOLUTION
from lart_core.motion.from_joints import LENS

_SWAP = (1, 0, 2, 4, 3, 5, 7, 6, 8, 10, 9, 11, 13, 12, 14, 16, 15, 18, 17, 20, 19, 22, 21)
"""SMPL's 23 body joints with left and right exchanged."""

_SWAP_JOINTS = (
    0, *(i + 1 for i in _SWAP),
    24, 26, 25, 28, 27, 32, 33, 34, 29, 30, 31, 40, 41, 42, 43, 44, 35, 36, 37, 38, 39,
)  # fmt: skip
"""The 45 joints with left and right exchanged: nose, eyes, ears, feet, then five fingers a hand."""


def mirror(poses: Poses, chosen: Tensor) -> Poses:
    """Exchange left and right of the (B,) chosen people."""
    flip = torch.tensor([-1.0, 1.0, 1.0])
    both = flip[:, None] * flip
    pick = chosen[:, None, None]
    return Poses(
        torch.where(pick[..., None], poses.global_orient * both, poses.global_orient),
        torch.where(pick[..., None, None], poses.body_pose[:, :, _SWAP] * both, poses.body_pose),
        poses.betas,
        torch.where(pick, poses.camera * flip, poses.camera),
        torch.where(pick[..., None], poses.joints[:, :, _SWAP_JOINTS] * flip, poses.joints),
        poses.detected,
        poses.leg_seen,
    )


def see(
    poses: Poses,
    yaw: Tensor,
    pitch: Tensor,
    distance: Tensor,
    place: Tensor,
    follow: Tensor,
    together: int = 1,
) -> Poses:
    """See each person from another camera.

    Args:
        poses: B people.
        yaw, pitch: (B,) radians by which the people turn about the vertical and then tilt.
        distance: (B,) metres from the camera to the middle of the person's path.
        place: (B, 2) pixels of the 256-pixel square where that middle is seen.
        follow: (B,) share 0..1 of the path that the camera pans away: 1 keeps people in place.
        together: As many people in a row are seen by one camera; the middle is that of them all.
    """
    turn = about_x(pitch) @ about_y(yaw)
    path = poses.camera * torch.tensor([1.0, 1.0, LENS / FOCAL])
    seen = poses.detected[..., None].float()
    middle = middles(path, seen, together)
    moved = torch.einsum("bij,btj->bti", turn, path - middle)
    moved[..., :2] *= 1 - follow[:, None, None]
    depth = (distance[:, None] + moved[..., 2]).clamp(min=1.0)
    across = (place - RESOLUTION / 2) / LENS * distance[:, None]
    camera = torch.cat([moved[..., :2] + across[:, None], depth[..., None] * FOCAL / LENS], dim=-1)
    return Poses(
        turn[:, None] @ poses.global_orient,
        poses.body_pose,
        poses.betas,
        camera,
        torch.einsum("bij,btkj->btki", turn, poses.joints),
        poses.detected,
        poses.leg_seen,
    )


def middles(path: Tensor, seen: Tensor, together: int = 1) -> Tensor:
    """(B, 1, 3) mean of (B, T, 3) places where (B, T, 1) seen, over each group of people."""
    groups = [each.unflatten(0, (-1, together)) for each in (path * seen, seen)]
    total, count = (each.sum(dim=(1, 2)) for each in groups)
    return (total / count.clamp(min=1)).repeat_interleave(together, dim=0)[:, None]


def look_around(poses: Poses, generator: torch.Generator, turn: Tensor, together: int = 1) -> Poses:
    """See each person from a random camera, half of them mirrored.

    Args:
        poses: B people.
        generator: Source of chance.
        turn: (B,) radians; the greatest change of the viewing direction (pi: from anywhere).
        together: As many people in a row are seen by one camera.
    """
    count = len(turn) // together

    def draw(low: float, high: float) -> Tensor:
        drawn = torch.rand(count, generator=generator) * (high - low) + low
        return drawn.repeat_interleave(together)

    poses = mirror(poses, draw(0, 1) < 0.5)
    distance = torch.exp(draw(math.log(1.3), math.log(9.0)))
    place = torch.stack([draw(48, 208), draw(88, 168)], dim=1)
    follow = draw(-1.0, 1.0).clamp(min=0)
    pitch = draw(-0.1, 0.35) * (turn / math.pi).clamp(0.2, 1)
    return see(poses, draw(-1, 1) * turn, pitch, distance, place, follow, together)


def about_y(angle: Tensor) -> Tensor:
    """(..., 3, 3) turns by (...) radians about the vertical."""
    c, s, zero, one = angle.cos(), angle.sin(), torch.zeros_like(angle), torch.ones_like(angle)
    return torch.stack([c, zero, s, zero, one, zero, -s, zero, c], dim=-1).unflatten(-1, (3, 3))


def about_x(angle: Tensor) -> Tensor:
    """(..., 3, 3) turns by (...) radians about the axis to the right."""
    c, s, zero, one = angle.cos(), angle.sin(), torch.zeros_like(angle), torch.ones_like(angle)
    return torch.stack([one, zero, zero, zero, c, -s, zero, s, c], dim=-1).unflatten(-1, (3, 3))
