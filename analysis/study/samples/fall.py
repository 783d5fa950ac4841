"""Made-up falls: people of motion sets who topple, and lie where they came down.

Motion sets have nobody on the ground, and labels of films name the whole clip a fall. What a fall
looks like physics gives: a body topples about its feet, ever faster, while its hips come down to
the ground, and keeps as it came to lie.
"""

from dataclasses import replace

import torch
from torch import Generator, Tensor

from analysis.study.data.corpus import Windows
from analysis.study.data.labels import NEGATIVE, POSITIVE, UNSURE
from analysis.study.data.poses import Poses
from analysis.study.data.posture import LIE
from analysis.study.samples.leap import FALL
from analysis.study.samples.still import LASTING, MOVING
from analysis.study.samples.view import about_x, about_y
from lart_core.camera import FOCAL
from lart_core.motion.from_joints import LENS
from lart_core.tracklet.sight import NECK, PELVIS

DURATION = (0.5, 1.2)
"""Seconds from upright to the ground."""
LYING = (1.2, 1.8)
"""Radians from the vertical, in the end."""
ROLL = (-1.6, 1.6)
"""Radians about its own length by which a body turns meanwhile: it comes to lie on any side."""
REACH = (0.2, 1.0)
"""How far the hips come down from the feet, in lengths of the legs: 1 who falls like a board, less
whose knees give way."""
GROUND = (0.08, 0.25)
"""Metres of the hips above the ground, in the end."""
START = (-0.8, 0.7)
"""When, as a share of the window; before its beginning somebody comes into view on the ground."""
OVER, NO_LONGER = 0.4, 1.5
"""Seconds after somebody came down up to which they still fall, and from which they do not."""
NO_MORE_UP = 0.7
"""Share of the fall after which nobody stands, walks or sits any more: about half way down."""
FLAT = 0.5
"""Cosine of the trunk's angle to the ground's normal, in the end at most: 60 degrees or more."""


def with_falls(
    windows: Windows, chosen: Tensor, fps: float, generator: Generator
) -> tuple[Windows, Tensor]:
    """Let the (B,) chosen people fall once, at any moment of their window or before it.

    They go on with what they did until they are down, then lie as they are; who is not seen at that
    moment lies as in the nearest one. Whose trunk would not come to lie is left as is.

    Returns:
        The windows, and (B,) who falls.
    """
    count, time = windows.target.shape[:2]

    def draw(low: float, high: float) -> Tensor:
        return torch.rand(count, 1, generator=generator) * (high - low) + low

    duration, start = draw(*DURATION), draw(*START) * time / fps
    way, roll, lying = draw(-torch.pi, torch.pi), draw(*ROLL), draw(*LYING)
    reach, ground = draw(*REACH), draw(*GROUND)
    moment, rows = torch.arange(time), torch.arange(count)[:, None]
    down = ((start + duration) * fps).round().long()
    far = (moment - down).abs().masked_fill(~windows.poses.detected, 2 * time)
    kept = far.argmin(dim=1, keepdim=True)
    trunk = windows.poses.joints[rows, kept, NECK] - windows.poses.joints[rows, kept, PELVIS]
    trunk = torch.einsum("btij,btj->bti", turned(way, roll, lying), trunk)
    flat = trunk[..., 1].abs() < FLAT * trunk.norm(dim=-1)
    fallen = chosen & (windows.poses.detected.any(dim=1, keepdim=True) & flat)[:, 0]
    frame = torch.where(moment < down, moment.minimum(kept), kept)
    frame = torch.where(fallen[:, None], frame, moment)
    poses = Poses(**{name: value[rows, frame] for name, value in vars(windows.poses).items()})

    since = moment / fps - start
    share = (since / duration).clamp(0, 1) * fallen[:, None]
    toppled = lying * share**2
    turn = turned(way.expand_as(share), roll * share, toppled)
    hips = poses.joints[..., PELVIS : PELVIS + 1, :]
    from_hips = poses.joints - hips
    legs = from_hips[..., 1].amax(dim=-1)
    drop = (legs - torch.maximum(legs * toppled.cos(), ground)).clamp(min=0)
    aside = reach * legs * toppled.sin()
    moved = torch.stack([-aside * way.sin(), drop, -aside * way.cos() * FOCAL / LENS], dim=-1)
    begun = (share > 0)[..., None]
    orient = torch.where(begun[..., None], turn @ poses.global_orient, poses.global_orient)
    joints = hips + torch.einsum("btij,btkj->btki", turn, from_hips)
    poses = replace(
        poses,
        global_orient=orient,
        joints=torch.where(begun[..., None], joints, poses.joints),
        camera=torch.where(begun, poses.camera + moved, poses.camera),
    )
    target = _said(windows.target[rows, frame], fallen, since, duration)
    return replace(windows, poses=poses, target=target), fallen


def turned(way: Tensor, roll: Tensor, toppled: Tensor) -> Tensor:
    """(..., 3, 3) turns of bodies by (...) radians `roll` about the vertical, then over to the side
    `way`."""
    return about_y(way) @ about_x(toppled) @ about_y(roll - way)


def _said(target: Tensor, fallen: Tensor, since: Tensor, duration: Tensor) -> Tensor:
    """Labels of windows in which people fall `since` (B, T) seconds ago."""
    known = fallen[:, None] & (since >= 0) & (target != UNSURE).any(dim=-1)
    doing = known[..., None] & (target == POSITIVE)
    target = target.masked_fill(doing, UNSURE)  # Whether it goes on meanwhile is not known.
    upright = known & (since > NO_MORE_UP * duration)
    postures = torch.zeros(target.shape[-1], dtype=torch.bool)
    postures[torch.tensor(LASTING + MOVING) - 1] = True
    target = target.masked_fill(upright[..., None] & postures, NEGATIVE)
    after = since - duration
    for ava_id, value, when in (
        (FALL, POSITIVE, after <= OVER),
        (FALL, UNSURE, (after > OVER) & (after < NO_LONGER)),
        (LIE, UNSURE, after <= 0),
        (LIE, POSITIVE, after > 0),
    ):
        column = target[..., ava_id - 1]
        column[known & when] = value
    return target
