"""What a detector does to a pose: jitter, slow error, limbs that freeze, frames without a person.

`EMBEDDED` imitates the embedded perception (MoveNet, BlazePose, inverse kinematics).
"""

from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor
from torch.nn import functional

from analysis.study.data.poses import Poses

_LIMBS = ((0, 3, 6, 9), (1, 4, 7, 10), (15, 17, 19, 21), (16, 18, 20, 22))
"""Body joints of the left and right leg and arm."""

_LIMB_JOINTS = (
    (1, 4, 7, 10, 29, 30, 31),
    (2, 5, 8, 11, 32, 33, 34),
    (16, 18, 20, 22, 35, 36, 37, 38, 39),
    (17, 19, 21, 23, 40, 41, 42, 43, 44),
)
"""The same limbs among the 45 joints."""


@dataclass(frozen=True)
class DetectorNoise:
    """How wrong a detector is.

    Attributes:
        turn, turn_slow: Degrees of the body's orientation, frame to frame and slowly drifting.
        bend, bend_slow: Degrees of each body rotation.
        joint, joint_slow: Metres of each joint.
        across: Metres of the body's place in the picture, frame to frame.
        depth, depth_slow: Share of the distance to the camera.
        betas: Standard deviation of each shape coefficient, constant over time.
        limb: Chance that a limb freezes for a part of the window.
        gap: Chance that the person is lost for a part of the window.
        miss: Chance of a single missing frame, for windows with weak detection.
    """

    turn: float
    turn_slow: float
    bend: float
    bend_slow: float
    joint: float
    joint_slow: float
    across: float
    depth: float
    depth_slow: float
    betas: float
    limb: float
    gap: float
    miss: float


EMBEDDED = DetectorNoise(
    turn=1.0, turn_slow=5.0, bend=1.0, bend_slow=5.0, joint=0.005, joint_slow=0.015,
    across=0.006, depth=0.006, depth_slow=0.02, betas=0.5, limb=0.15, gap=0.2, miss=0.15,
)  # fmt: skip
"""Measured on people who hold a yoga pose (medians: 0.7 degrees of turn and bend from frame to
frame, 6 mm across, 0.5 % of depth) and on walkers in the dark (13 % of frames missing, a tenth of
the clips over 30 %). The slow parts are set higher than measured (1.6 degrees): they stand for
errors that stay, which no recording without a reference shows."""


def disturb(poses: Poses, noise: DetectorNoise, strength: Tensor, generator: Generator) -> Poses:
    """The same people as a detector would give them.

    Args:
        poses: B people over T frames.
        noise: How wrong the detector is.
        strength: (B,) factor on all amounts; 0 leaves a person as is.
        generator: Source of chance.
    """
    batch, time = poses.detected.shape

    def waver(fast: float, slow: float, *shape: int) -> Tensor:
        jitter = torch.randn(batch, time, *shape, generator=generator) * fast
        knots = torch.randn(batch, *shape, max(2, time // 10), generator=generator) * slow
        drift = functional.interpolate(
            knots.flatten(1, -2), time, mode="linear", align_corners=True
        ).unflatten(1, shape)
        return (jitter + drift.movedim(-1, 1)) * strength.view(-1, *[1] * (len(shape) + 1))

    frozen = _freeze_limbs(poses, noise.limb * strength.clamp(max=1), generator)
    turn = _rotation(torch.deg2rad(waver(noise.turn, noise.turn_slow, 3)))
    bend = _rotation(torch.deg2rad(waver(noise.bend, noise.bend_slow, 23, 3)))
    across = torch.cat([waver(noise.across, 0.0, 2), torch.zeros(batch, time, 1)], dim=-1)
    depth = 1 + waver(noise.depth, noise.depth_slow, 1)
    shape = torch.randn(batch, 1, 10, generator=generator) * noise.betas * strength[:, None, None]
    return replace(
        frozen,
        global_orient=turn @ frozen.global_orient,
        body_pose=frozen.body_pose @ bend,
        joints=torch.einsum("btij,btkj->btki", turn, frozen.joints)
        + waver(noise.joint, noise.joint_slow, 45, 3),
        betas=frozen.betas + shape,
        camera=torch.cat([frozen.camera[..., :2], frozen.camera[..., 2:] * depth], dim=-1) + across,
        detected=_lose(frozen.detected, noise, strength.clamp(max=1), generator),
    )


def _freeze_limbs(poses: Poses, chance: Tensor, generator: Generator) -> Poses:
    batch, time = poses.detected.shape
    body_pose, joints = poses.body_pose.clone(), poses.joints.clone()
    for rotations, places in zip(_LIMBS, _LIMB_JOINTS, strict=True):
        held = _stretch(batch, time, chance, 0.5, generator)
        source = _start_of(held)
        rows = torch.arange(batch)[:, None]
        body_pose[:, :, rotations] = body_pose[rows, source][:, :, rotations]
        joints[:, :, places] = joints[rows, source][:, :, places]
    return replace(poses, body_pose=body_pose, joints=joints)


def _lose(detected: Tensor, noise: DetectorNoise, strength: Tensor, gen: Generator) -> Tensor:
    batch, time = detected.shape
    weak = torch.rand(batch, generator=gen) < 0.3 * strength
    missing = torch.rand(batch, time, generator=gen) < noise.miss * weak[:, None]
    lost = missing | _stretch(batch, time, noise.gap * strength, 0.6, gen)
    kept = detected & ~lost
    return torch.where(kept.any(1, keepdim=True), kept, detected)


def _stretch(batch: int, time: int, chance: Tensor, longest: float, gen: Generator) -> Tensor:
    """(B, T) bool: one stretch of frames, up to a share `longest` of the window, with a chance."""
    length = (torch.rand(batch, generator=gen) * longest * time).long() + 1
    start = (torch.rand(batch, generator=gen) * time).long()
    index = torch.arange(time)[None]
    inside = (index >= start[:, None]) & (index < (start + length)[:, None])
    return inside & (torch.rand(batch, generator=gen) < chance)[:, None]


def _start_of(held: Tensor) -> Tensor:
    """(B, T) frame whose value each frame shows: its own, or the first of its held stretch."""
    index = torch.arange(held.shape[1]).expand_as(held)
    return torch.where(held, held.float().argmax(1, keepdim=True), index)


def _rotation(vector: Tensor) -> Tensor:
    """Rotation vectors (..., 3) in radians to matrices (..., 3, 3)."""
    angle = vector.norm(dim=-1, keepdim=True).clamp(min=1e-8)
    x, y, z = (vector / angle).unbind(-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))
    sine, cosine = angle.sin()[..., None], angle.cos()[..., None]
    return torch.eye(3) + sine * cross + (1 - cosine) * (cross @ cross)
