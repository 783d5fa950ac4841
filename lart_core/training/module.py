"""The Lightning module: loss, optimiser and schedule."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor
from torch.nn import functional as F

from lart_core.errors import LartError
from lart_core.model.lart import LART, PRETEXT
from lart_core.training.groups import parameter_groups
from lart_core.training.recipe import Recipe


class Training(LightningModule):
    """Binary cross-entropy on frames that have a label (B.2).

    Pretext heads stay as they are, and so does everything whose name does not begin with one of
    `learns`, where some are named.
    """

    def __init__(
        self,
        model: LART,
        recipe: Recipe,
        judge: Callable[[dict[str, Tensor]], float] | None = None,
        learns: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.model, self.recipe, self.judge = model, recipe, judge
        self.labels = torch.zeros(())
        for name, parameter in model.named_parameters():
            if name.startswith(PRETEXT) or not name.startswith(learns or ""):
                parameter.requires_grad_(False)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """What is random in a step is a function of seed, step and process: resume is exact."""
        step = [self.recipe.seed, self.current_epoch, batch_idx, self.global_rank]
        torch.manual_seed(int(np.random.SeedSequence(step).generate_state(1)[0]))

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> Tensor:
        """Loss whose mean over the processes is the mean over all labels of the global batch."""
        total, count = self._loss(batch, "random")
        everywhere = self._sum(count)
        self.labels = self.labels.to(self.device) + everywhere  # Read once an epoch.
        everywhere = everywhere.clamp(min=1)
        loss = total * self.trainer.world_size / everywhere
        self.log("train/loss", loss.detach(), prog_bar=True, sync_dist=True, batch_size=1)
        self.log("train/rate", self.trainer.optimizers[0].param_groups[-1]["lr"], batch_size=1)
        return loss

    def on_train_epoch_end(self) -> None:
        """Whoever learns from nothing is told, not given a model.

        Raises:
            LartError: No frame of a whole epoch had a label that counts.
        """
        if not self.labels:
            raise LartError(
                "Expected labels to learn from, but no frame of an epoch has one that counts: do "
                "the labels know the actions, and has somebody annotated these people (fine-tuning "
                "passes over what a model said; `lart dataset label` adds ground truth)?"
            )
        self.labels = torch.zeros(())

    def validation_step(self, batch: dict[str, Tensor], batch_idx: int) -> None:
        """Mean loss over all labels, without random masks."""
        total, count = self._loss(batch, "zero")
        size = max(int(count), 1)
        self.log("val/loss", total / size, prog_bar=True, sync_dist=True, batch_size=size)

    def on_validation_epoch_end(self) -> None:
        """mAP@0.5 of the averaged weights, on one process; all give their part of the weights."""
        if self.judge is None:
            return
        whole = self.trainer.strategy.lightning_module_state_dict()
        figure = 0.0
        if self.trainer.is_global_zero:
            prefix = "model."
            figure = self.judge({k.removeprefix(prefix): v for k, v in whole.items()})
        figure = float(self._sum(torch.tensor(figure, device=self.device)))
        self.log("val/mAP", figure, prog_bar=True, rank_zero_only=False, batch_size=1)
        if self.trainer.is_global_zero:
            print(f"epoch {self.current_epoch}: mAP@0.5 {100 * figure:.2f}", flush=True)

    def configure_optimizers(self) -> Any:
        """AdamW with a rate for each layer; linear warm-up, then cosine, in steps."""
        groups = parameter_groups(self.model, self.model.config.depth, self.recipe)
        kept = [{k: group[k] for k in ("params", "lr", "weight_decay")} for group in groups]
        optimizer = torch.optim.AdamW(kept, betas=self.recipe.betas)
        steps = int(self.trainer.estimated_stepping_batches)
        warmup = steps * self.recipe.warmup_epochs / self.recipe.epochs
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, Warmup(warmup, steps))
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def _loss(self, batch: dict[str, Tensor], masking: Any) -> tuple[Tensor, Tensor]:
        """Sum of the loss over known labels, and their number."""
        target = batch["target"]
        known = ~target.isnan()
        logits = self.model.action_head(self.model.encode(batch, masking))
        loss = F.binary_cross_entropy_with_logits(
            logits.float(), target.nan_to_num(), reduction="none"
        )
        return (loss * known).sum(), known.sum()

    def _sum(self, count: Tensor) -> Tensor:
        return self.trainer.strategy.reduce(count.clone(), reduce_op="sum")


class Warmup:
    """Factor of the learning rate at a step: linear up to 1, then a cosine down to 0."""

    def __init__(self, warmup: float, steps: int) -> None:
        self.warmup, self.steps = warmup, steps

    def __call__(self, step: int) -> float:
        if step < self.warmup:
            return (step + 1) / (self.warmup + 1)
        done = (step - self.warmup) / max(self.steps - self.warmup, 1)
        return 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


class MovingAverage(WeightAveraging):
    """Exponential moving average of the weights, which validation and the final model use."""

    def __init__(self, decay: float) -> None:
        def average(kept: Tensor, new: Tensor, count: Tensor) -> Tensor:
            rising = torch.clamp((1 + count) / (10 + count), max=decay).to(kept.dtype)
            return torch.lerp(new, kept, rising)

        super().__init__(avg_fn=average, use_buffers=False)
