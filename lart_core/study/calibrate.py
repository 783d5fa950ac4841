"""Probabilities that mean what they say: one scale and one shift for all logits."""

from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional

from lart_core.model import LART, Checkpoint
from lart_core.study.judge import Judged
from lart_core.study.labels import POSITIVE, UNSURE


def calibrated(checkpoint: Checkpoint, judged: Judged) -> Checkpoint:
    """The same model, its head scaled and shifted so that it is calibrated on `judged`.

    Platt's method with two numbers for all actions, since few people were held out for it. The
    order of frames within an action does not change.
    """
    probability = torch.from_numpy(np.concatenate(judged.probability)).double()
    target = torch.from_numpy(np.concatenate(judged.target))
    known = target != UNSURE
    logits = torch.logit(probability.clamp(1e-6, 1 - 1e-6))[known]
    truth = (target[known] == POSITIVE).double()
    numbers = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([numbers], max_iter=50, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        search.zero_grad()
        value = functional.binary_cross_entropy_with_logits(logits * numbers[0] + numbers[1], truth)
        value.backward()
        return value

    search.step(loss)
    scale, shift = numbers.detach().float()
    model = LART(checkpoint.model.config)
    model.load_state_dict(checkpoint.model.state_dict())
    with torch.no_grad():
        model.action_head.weight *= scale
        model.action_head.bias.mul_(scale).add_(shift)
    note = {"calibration": f"logits x {scale:.3f} + {shift:.3f}"}
    return replace(checkpoint, model=model.eval(), provenance=dict(checkpoint.provenance) | note)
