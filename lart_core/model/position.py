"""Where a token stands: in time, among the tracks and in space."""

import math

import torch
from torch import Tensor


def sines_2d(width: int, frames: int, people: int) -> Tensor:
    """(frames, people, width) sines and cosines: first half of the channels track, second time.

    Source: the published code's `positionalencoding2d`, there stored as (width, frames, people).
    """
    half = width // 2
    rate = torch.exp(torch.arange(0.0, half, 2) * -(math.log(10000.0) / half))

    def waves(count: int) -> Tensor:
        angle = torch.arange(0.0, count)[:, None] * rate
        return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)

    track = waves(people)[None].expand(frames, -1, -1)
    time = waves(frames)[:, None].expand(-1, people, -1)
    return torch.cat([track, time], dim=-1)
