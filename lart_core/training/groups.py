"""Parameter groups: weight decay where it belongs, learning rates that shrink towards the input."""

import re
from typing import Any

from torch import nn

from lart_core.training.recipe import Recipe

FLAT = ("mask_token", "position", "class_token")
"""Parameters without weight decay besides biases and norms."""


def layer_of(name: str, depth: int) -> int:
    """0 for encoders, tokens and position, i + 1 for block i, depth + 1 for heads.

    The published code looks for its blocks under a name that they do not have, and gives all of
    them the heads' rate; here each has its own, which a test holds.
    """
    block = re.match(r"blocks\.(\d+)\.", name)
    if block:
        return int(block[1]) + 1
    return depth + 1 if "_head." in name else 0


def parameter_groups(model: nn.Module, depth: int, recipe: Recipe) -> list[dict[str, Any]]:
    """AdamW's groups, from the input up.

    Returns:
        Dicts with `params`, `lr`, `weight_decay`, and for people `name` and `parameters`.
    """
    groups: dict[tuple[int, bool], dict[str, Any]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        layer = layer_of(name, depth)
        decays = parameter.ndim > 1 and name not in FLAT
        group = groups.setdefault(
            (layer, decays),
            {
                "name": f"layer {layer}{'' if decays else ', no weight decay'}",
                "params": [],
                "parameters": [],
                "lr": recipe.rate * recipe.layer_decay ** (depth + 1 - layer),
                "weight_decay": recipe.weight_decay if decays else 0.0,
            },
        )
        group["params"].append(parameter)
        group["parameters"].append(name)
    return [groups[key] for key in sorted(groups)]
