"""Dropout that is quick on a CPU, where torch draws one random number at a time."""

import torch
from torch import Tensor
from torch.nn import functional as F

LEVELS = 2**16
"""Probabilities are rounded to a multiple of one in this many."""


def dropout(x: Tensor, chance: float, training: bool) -> Tensor:
    """Zero each number of `x` with a `chance` and scale the others, in training only.

    As `torch.nn.functional.dropout`, which takes a third of a small model's training step on a
    CPU; here four numbers share one draw.
    """
    if not training or not chance or x.device.type != "cpu":
        return F.dropout(x, chance, training)
    dropped = round(chance * LEVELS)
    draws = torch.empty(-(-x.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    share = draws.view(torch.int16)[: x.numel()].view(x.shape)
    keep = (share >= dropped - LEVELS // 2).to(x.dtype)
    return x * keep.mul_(LEVELS / (LEVELS - dropped))
