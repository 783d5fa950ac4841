"""People who keep quite still: one frame of a recording, held.

In the sets somebody is always about to do something, so that a model takes a body without any
motion for one that walks in place. In films people stand and sit without moving.
"""

from dataclasses import replace

import torch
from torch import Generator, Tensor

from analysis.study.data.corpus import Windows
from analysis.study.data.labels import NEGATIVE, POSITIVE, UNSURE
from analysis.study.data.poses import Poses

LASTING = (1, 3, 8, 11, 12)
"""AVA ids of what is held without moving: bend, crouch, lie, sit, stand."""
MOVING = (2, 4, 5, 6, 7, 9, 10, 13, 14)
"""AVA ids of what is not: crawl, dance, fall, get up, jump, martial art, run, swim, walk."""


def held(windows: Windows, chosen: Tensor, generator: Generator) -> tuple[Windows, Tensor]:
    """Let the (B,) chosen people keep still as in some frame in which one lasting posture is known.

    Who sits down or squats is said to sit or crouch from the first frame of such clips on: where
    they are measured to stand, too, nobody is held. They do nothing that wants motion; of what else
    they did is not known whether it goes on, and what they did not do they still do not. Whoever
    has no such frame is left as is.

    Returns:
        The windows, and (B,) who keeps still.
    """
    target = windows.target
    columns = torch.tensor(LASTING) - 1
    fit = windows.poses.detected & ((target[..., columns] == POSITIVE).sum(dim=-1) == 1)
    chosen = chosen & fit.any(dim=1)
    at = (torch.rand(fit.shape, generator=generator) * fit).argmax(dim=1)
    frame = torch.arange(fit.shape[1]).expand_as(fit)
    frame = torch.where(chosen[:, None], at[:, None], frame)
    rows = torch.arange(len(fit))[:, None]
    goes_on = torch.full((target.shape[-1],), UNSURE)
    goes_on[columns] = POSITIVE
    still = torch.where(target == POSITIVE, goes_on.to(target.dtype), target)
    still[..., torch.tensor(MOVING) - 1] = NEGATIVE
    target = torch.where(chosen[:, None, None], still, target)
    poses = Poses(**{name: value[rows, frame] for name, value in vars(windows.poses).items()})
    return replace(windows, poses=poses, target=target[rows, frame]), chosen
