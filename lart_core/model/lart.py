"""`LART`: a transformer over the person vectors of one or several people."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from lart_core.errors import LartError
from lart_core.model.attention import MLP, Attention, Block, Sight, needed
from lart_core.model.config import (
    JOINTS_VECTOR,
    KINETICS_ACTIONS,
    LARTConfig,
)
from lart_core.model.position import sines_2d
from lart_core.model.smpl_head import SMPLHead
from lart_core.tracklet.person_vector import PERSON_VECTOR

PRETEXT = ("smpl_head.", "location_head.", "kinetics_head.", "class_token")
"""Names of the parameters that no action depends on."""

CACHED_TOKENS = 640
"""Tokens that inference on a CPU takes at a time, so that what it works on stays in the cache."""

CPU = torch.device("cpu")
"""For what is drawn or counted, also where a module is made for its shapes alone: on the device
"meta" PyTorch imports its compiler for these, which takes longer than to read a model."""

Masking = Literal["zero", "random"]


@dataclass(frozen=True)
class LoadReport:
    """How published weights met the module, all in published names but `missing`.

    Attributes:
        missing: Our parameters that the file lacks; they kept their start values.
        unused: Entries of the file that no forward pass needs.
        reshaped: Entries that are stored in another layout here, with both shapes.
    """

    missing: tuple[str, ...]
    unused: tuple[str, ...]
    reshaped: tuple[str, ...]


class LART(nn.Module):
    """The network of the paper's section 3 and supplement B.2, in the shape that `config` says.

    A batch is a mapping with the published code's keys, all (B, T, P, .), where T and P may be
    smaller than the configuration's:

    - `pose_shape` (229): person vectors, normalised with the checkpoint's mean and std;
    - `joints_3D` (135), where the model has that input: 45 joints + camera (z / 200), as they are;
    - `apperance_emb` (D), where the model has that input (the published spelling);
    - `has_detection` (1): 1 where the person was seen;
    - `has_appearance` (1), where appearance speaks for itself: 1 where there is some;
    - `mask_detection` (1), optional: 1 for tokens to be replaced by the mask token.

    Masking (B.2): "random" is training. Missing people take no part: nobody looks at them, and
    they look at nobody. `mask_ratio` of the seen tokens (or those that `mask_detection` names)
    become the mask token, which looks but is not looked at. "zero" is inference: missing people
    become mask tokens, so that the model fills the gaps.

    Where appearance speaks for itself (`LARTConfig.appearance_alone`), what a person looks like is
    added after masking: a mask token with it says something, looks and is looked at.
    """

    load_report: LoadReport | None = None
    """How published weights met this module, where it was filled with such."""

    def __init__(self, config: LARTConfig):
        super().__init__()
        self.config = config
        width = config.width
        self.pose_encoder = _encoder(PERSON_VECTOR, config.pose_layers)
        coded = config.pose_layers[-1]
        if config.joints_layers:
            self.joints_encoder = _encoder(JOINTS_VECTOR, config.joints_layers)
            coded += config.joints_layers[-1]
        if config.appearance_size:
            self.appearance_encoder = _encoder(config.appearance_size, config.appearance_layers)
            if config.appearance_alone:
                self.appearance_project = nn.Linear(config.appearance_layers[-1], width, bias=False)
            else:
                coded += config.appearance_layers[-1]
        self.project = nn.Linear(coded, width) if coded != width else nn.Identity()
        with CPU:
            self.mask_token = nn.Parameter(torch.randn(width))
            places = sines_2d(width, *config.position_table)
        if config.position == "table":
            self.position = nn.Parameter(places)
        else:
            self.register_buffer("position", places, persistent=False)
            self.space = nn.Linear(3, width)
        self.blocks = nn.ModuleList(
            Block(
                Attention(
                    width,
                    config.heads,
                    config.head_width,
                    config.dropout,
                    config.missing_attend,
                ),
                MLP(width, config.mlp_width, config.dropout),
                width,
                config.norm == "pre",
                config.drop_path,
            )
            for _ in range(config.depth)
        )
        self.action_head = nn.Linear(width, config.actions)
        if config.pretext_heads:
            with CPU:
                self.class_token = nn.Parameter(torch.randn(width))
            self.smpl_head = SMPLHead(width)
            self.location_head = _encoder(width, (width, width, 3))
            self.kinetics_head = _encoder(width, (width, width, KINETICS_ACTIONS))

    def forward(self, batch: Mapping[str, Tensor], masking: Masking = "zero") -> dict[str, Tensor]:
        """Everything that the model says of a batch.

        Returns:
            `tokens` (B, T * P, width), time-major, and `action_logits_ava` (B, T, P, C). With
            pretext heads also P class tokens before the tokens, as in the published code,
            `action_logits_kinetics` (B, P, 400), `location` (B, T, P, 3) and, flat over
            B * T * P as smplx takes them, `smpl_global_orient`, `smpl_body_pose`, `smpl_betas`.

        Raises:
            LartError: The batch lacks an input of this model or has another shape.
        """
        tokens = self.encode(batch, masking)
        b, _, p, _ = tokens.shape
        said = {"tokens": tokens.flatten(1, 2), "action_logits_ava": self.action_head(tokens)}
        if self.config.pretext_heads:
            class_tokens = self.class_token.expand(b, p, -1)
            said["tokens"] = torch.cat([class_tokens, said["tokens"]], dim=1)
            said["action_logits_kinetics"] = self.kinetics_head(class_tokens)
            said["location"] = self.location_head(tokens)
            said |= self.smpl_head(tokens.flatten(0, 2))
        return said

    def encode(
        self,
        batch: Mapping[str, Tensor],
        masking: Masking = "zero",
        kept: Tensor | None = None,
    ) -> Tensor:
        """(B, T, P, width) tokens after the transformer, without any head.

        Args:
            kept: (B, T, P) bool, the tokens that are wanted; what the others hold means nothing.
                Those that nobody looks at are then left out.
        """
        self._check(batch)
        seen = batch["has_detection"][..., 0] == 1
        masked, looks = self._masks(batch, seen, masking)
        silent = masked
        codes = [self.pose_encoder(batch["pose_shape"].float())]
        if self.config.joints_layers:
            codes.append(self.joints_encoder(batch["joints_3D"].float()))
        if self.config.appearance_size and not self.config.appearance_alone:
            codes.append(self.appearance_encoder(batch["apperance_emb"].float()))
        x = self.project(torch.cat(codes, dim=-1))
        t, p = seen.shape[1:]
        if self.config.position == "space":
            x = x + self.space(batch["pose_shape"][..., -3:].float())
        x = torch.where(masked[..., None], self.mask_token, x)
        if self.config.appearance_alone:
            shown = batch["has_appearance"][..., 0] == 1
            code = self.appearance_encoder(batch["apperance_emb"].float())
            x = x + self.appearance_project(code) * shown[..., None]
            looks, silent = looks | shown, masked & ~shown
        x = x + self.position[:t, :p]
        kept = torch.ones_like(seen) if kept is None else kept
        flat = [each.flatten(1, 2) for each in (x, looks, looks & ~silent, kept)]
        size = len(x)
        if x.device.type == "cpu" and not torch.is_grad_enabled():
            size = max(CACHED_TOKENS // int(needed(*flat[1:]).sum(1).max()), 1)
        shares = zip(*(each.split(size) for each in flat), strict=True)
        return torch.cat([self._transform(*share) for share in shares]).unflatten(1, (t, p))

    def _transform(self, x: Tensor, looks: Tensor, is_key: Tensor, kept: Tensor) -> Tensor:
        """(B, N, width) through all blocks, with (B, N) bool masks."""
        sight = Sight.of(looks, is_key, kept)
        x = sight.sort(x)
        *blocks, last = self.blocks
        for block in blocks:
            x = block(x, sight)
        return sight.restore(last(x, sight, sight.kept))

    def _masks(
        self, batch: Mapping[str, Tensor], seen: Tensor, masking: Masking
    ) -> tuple[Tensor, Tensor]:
        """(B, T, P) which tokens the mask token replaces, and which look at others."""
        given = batch.get("mask_detection")
        masked = torch.zeros_like(seen) if given is None else given[..., 0] == 1
        if masking == "zero":
            return masked | ~seen, torch.ones_like(seen)
        if masking != "random":
            raise LartError(f"Expected masking 'zero' or 'random', but got {masking!r}.")
        if not masked.any():
            masked = random_mask(seen, self.config.mask_ratio)
        return masked, seen

    def _check(self, batch: Mapping[str, Tensor]) -> None:
        config = self.config
        sizes = {"pose_shape": PERSON_VECTOR, "has_detection": 1}
        if config.joints_layers:
            sizes["joints_3D"] = JOINTS_VECTOR
        if config.appearance_size:
            sizes["apperance_emb"] = config.appearance_size
        if config.appearance_alone:
            sizes["has_appearance"] = 1
        if "mask_detection" in batch:
            sizes["mask_detection"] = 1
        longest, most = config.position_table
        for name, size in sizes.items():
            if name not in batch:
                raise LartError(f"This model looks at {config.inputs}; the batch has no '{name}'.")
            shape = tuple(batch[name].shape)
            lead = tuple(batch["pose_shape"].shape[:3])
            if len(shape) != 4 or shape != (*lead, size):
                raise LartError(f"Expected '{name}' as (B, T, P, {size}), but got {shape}.")
        if lead[1] > longest or lead[2] > most:
            raise LartError(
                f"Expected at most {longest} frames and {most} people, but got {lead[1:]}."
            )


def random_mask(seen: Tensor, ratio: float) -> Tensor:
    """(B, ...) bool with floor(ratio x count) of each sample's seen tokens chosen at random."""
    flat = seen.flatten(1)
    wanted = (flat.sum(1) * ratio).floor()
    chance = torch.rand(flat.shape, device=flat.device).masked_fill(~flat, 2.0)
    rank = chance.argsort(dim=1).argsort(dim=1)
    return (rank < wanted[:, None]).view_as(seen)


def _encoder(size: int, widths: tuple[int, ...]) -> nn.Sequential:
    """Linear layers with ReLU between them."""
    layers: list[nn.Module] = []
    for before, after in pairwise((size, *widths)):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])
