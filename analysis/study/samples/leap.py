"""Made-up leaps: people of motion sets sent through the air.

The sets hold few jumps, and all of them on the spot. Off a wall or over a ditch, what tells a leap
is the path of the body, which physics gives: free flight, up and down, to higher or lower ground.
"""

from dataclasses import replace

import torch
from torch import Generator, Tensor

from analysis.study.data.corpus import Windows
from analysis.study.data.labels import NEGATIVE, POSITIVE, UNSURE
from analysis.study.data.poses import Poses

GRAVITY = 9.81
UP = (0.8, 3.2)
ALONG = (-2.5, 2.5)
DROP = (-0.4, 2.2)
"""Metres a second upwards and sideways at take-off, and metres from take-off down to landing."""

START = (-0.15, 0.8)
"""When, as a share of the window; before its beginning somebody comes into view in mid-air."""

LEAP, FALL, STAND, WALK = 7, 5, 12, 14
"""AVA ids of what a leap is, may be taken for, and is not."""


def with_leaps(windows: Windows, chosen: Tensor, fps: float, generator: Generator) -> Windows:
    """Let the (B,) chosen people leap once, at any moment of their window or just before it.

    In flight they leap, and neither stand nor walk; whether they fall is not known.
    """
    count, time = windows.target.shape[:2]

    def draw(low: float, high: float) -> Tensor:
        return torch.rand(count, generator=generator) * (high - low) + low

    up, along, drop = draw(*UP), draw(*ALONG), draw(*DROP)
    drop = torch.maximum(drop, -(up**2) / (2 * GRAVITY) * 0.9)  # No higher than it carries.
    flight = (up + (up**2 + 2 * GRAVITY * drop).sqrt()) / GRAVITY
    since = torch.arange(time) / fps - (draw(*START) * time / fps)[:, None]
    aloft = since.clamp(min=0).minimum(flight[:, None])
    path = torch.stack(
        [along[:, None] * aloft, GRAVITY / 2 * aloft**2 - up[:, None] * aloft], dim=-1
    )
    flying = (since >= 0) & (since <= flight[:, None]) & chosen[:, None]
    camera = windows.poses.camera.clone()
    camera[..., :2] += path * chosen[:, None, None]
    target = windows.target.clone()
    known = flying & (target != UNSURE).any(dim=-1)
    for ava_id, value in ((LEAP, POSITIVE), (FALL, UNSURE), (STAND, NEGATIVE), (WALK, NEGATIVE)):
        target[..., ava_id - 1] = torch.where(known, value, target[..., ava_id - 1])
    poses = Poses(**{**vars(windows.poses), "camera": camera})
    return replace(windows, poses=poses, target=target)
