"""Probabilities that mean what they say: one scale and one shift for all logits."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from analysis.study.data.labels import POSITIVE, UNSURE
from analysis.study.models.judge import Judged
from lart_core.model import LART, Checkpoint


class Calibration(NamedTuple):
    """Calibrated logits are `scale` x logits + `shift`."""

    scale: float
    shift: float


def calibration(judged: Judged) -> Calibration:
    """The scale and shift that make a model's probabilities likeliest on `judged`.

    Platt's method with two numbers for all actions, since few people are held out for it.
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
    return Calibration(*numbers.detach().tolist())


def calibrated(checkpoint: Checkpoint, by: Calibration) -> Checkpoint:
    """The same model with its head scaled and shifted; the order of frames does not change."""
    model = LART(checkpoint.model.config)
    model.load_state_dict(checkpoint.model.state_dict())
    with torch.no_grad():
        model.action_head.weight *= by.scale
        model.action_head.bias.mul_(by.scale).add_(by.shift)
    note = {"calibration": f"logits x {by.scale:.3f} {by.shift:+.3f}"}
    return replace(checkpoint, model=model.eval(), provenance=dict(checkpoint.provenance) | note)
