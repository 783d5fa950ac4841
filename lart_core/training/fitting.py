"""One training, from data to a checkpoint of ours, on Lightning."""

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from lightning.pytorch import LightningDataModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from lart_core.errors import LartError
from lart_core.model import LART, Checkpoint, LARTConfig, save_checkpoint
from lart_core.training.dataset import ResumableBatches, Sample, Samples, TrackDataset
from lart_core.training.groups import parameter_groups
from lart_core.training.module import MovingAverage, Training
from lart_core.training.recipe import Recipe
from lart_core.training.track import LabelledTrack
from lart_core.training.tracks import normalisation

MODEL = "model.safetensors"
LAST = Path("checkpoints") / "last.ckpt"
STEPS_BETWEEN_CHECKPOINTS = 1000

Judge = Callable[[Checkpoint], float]
"""A model in training -> its mAP@0.5."""


@dataclass(frozen=True)
class Machine:
    """Lightning's own switches.

    Attributes:
        devices: On each node. nodes: Machines that train together.
    """

    accelerator: str = "auto"
    devices: int = 1
    strategy: str = "auto"
    precision: str = "32-true"
    workers: int = 0
    progress: bool = True
    nodes: int = 1

    @property
    def world(self) -> int:
        """Devices of all nodes."""
        return self.devices * self.nodes

    @staticmethod
    def by_torchrun() -> tuple[int, int] | None:
        """Devices a node and nodes, as torchrun says them to its processes; None without it."""
        env = os.environ
        if not env.keys() >= {"TORCHELASTIC_RUN_ID", "LOCAL_WORLD_SIZE", "WORLD_SIZE"}:
            return None
        devices = int(env["LOCAL_WORLD_SIZE"])
        return devices, int(env["WORLD_SIZE"]) // devices


def new_model(
    name: str,
    config: LARTConfig,
    ava_ids: Sequence[int],
    tracks: Sequence[LabelledTrack],
    seed: int = 0,
) -> Checkpoint:
    """An untrained model, normalised for these tracks."""
    torch.manual_seed(seed)
    mean, std = normalisation(tracks)
    return Checkpoint(name, LART(config), tuple(ava_ids), mean, std)


def continue_from(start: Checkpoint, ava_ids: Sequence[int], seed: int = 0) -> Checkpoint:
    """A trained model as the start of another training, for other actions if need be.

    Everything is kept but the head, whose rows are kept for the actions that both know.
    """
    torch.manual_seed(seed)
    model = LART(replace(start.model.config, actions=len(ava_ids)))
    state = dict(start.model.state_dict())
    fresh = model.state_dict()
    for part in ("action_head.weight", "action_head.bias"):
        rows = fresh[part].clone()
        for row, ava_id in enumerate(ava_ids):
            if ava_id in start.ava_ids:
                rows[row] = state[part][start.ava_ids.index(ava_id)]
        state[part] = rows
    model.load_state_dict(state)
    together = tuple(each for each in start.together if each in ava_ids)
    looks = tuple(each for each in start.by_appearance if each in ava_ids)
    return replace(
        start, model=model, ava_ids=tuple(ava_ids), together=together, by_appearance=looks
    )


def describe(model: LART, recipe: Recipe) -> str:
    """A table of the parameter groups with their learning rates, from the head down."""
    groups = parameter_groups(model, model.config.depth, recipe)
    lines = [f"{'group':28}{'rate':>12}{'decay':>8}{'numbers':>12}  parameters"]
    for group in reversed(groups):
        names = group["parameters"]
        shown = names[0] + (f" and {len(names) - 1} more" if names[1:] else "")
        numbers = sum(p.numel() for p in group["params"])
        rate, decay = group["lr"], group["weight_decay"]
        lines.append(f"{group['name']:28}{rate:12.3g}{decay:8.3g}{numbers:12,}  {shown}")
    return "\n".join(lines)


def dataset(
    start: Checkpoint, recipe: Recipe, tracks: Sequence[LabelledTrack], *, train: bool = True
) -> TrackDataset:
    """The recipe's samples of these tracks; for validation without chance."""
    return TrackDataset(
        tracks,
        start.model.config,
        start.mean,
        start.std,
        mask_ratio=recipe.mask_ratio if train else 0.0,
        ground_truth_only=recipe.labels == "ground truth",
        random_start=train,
        seed=recipe.seed,
    )


def fit(
    start: Checkpoint,
    recipe: Recipe,
    train: Samples,
    out: Path,
    *,
    validation: Samples | None = None,
    judge: Judge | None = None,
    machine: Machine | None = None,
    resume: bool = False,
    learns: tuple[str, ...] = (),
) -> Checkpoint:
    """Train, and write `model.safetensors` with the averaged weights into `out`.

    Args:
        start: Untrained or pre-trained model; dropout and drop path are taken from the recipe.
        recipe: How.
        train: `TrackDataset`, or any data set of such samples under (epoch, index) keys.
        out: Folder for the model, CSV logs and Lightning's own checkpoints.
        validation: Samples for `val/loss`, once an epoch.
        judge: Gives `val/mAP` of the averaged weights after each validation.
        machine: Where; Lightning's switches.
        resume: Go on from the last checkpoint in `out`, which equals an unbroken run.
        learns: Beginnings of the names of the parameters that learn; all, where none is named.

    Returns:
        The trained model in eval mode.

    Raises:
        LartError: There is nothing to resume, `out` already has a training, or the batch cannot be
            shared between the devices.
    """
    machine = machine or Machine()
    last = out / LAST
    if resume and not last.is_file():
        raise LartError(f"Expected a training to resume in {out}, but there is no {LAST}.")
    if not resume and last.exists():
        raise LartError(
            f"There already is a training in {out}; resume it or choose another folder."
        )
    if recipe.batch % machine.world:
        raise LartError(
            f"Expected a batch that {machine.world} devices can share, but got {recipe.batch}."
        )
    config = replace(
        start.model.config,
        dropout=recipe.dropout,
        drop_path=recipe.drop_path,
        mask_ratio=recipe.mask_ratio,
    )
    model = LART(config)
    model.load_state_dict(start.model.state_dict())
    judged = None if judge is None else partial(_judged, judge, start)
    data = Data(train, validation, recipe, machine.workers)
    checkpoints = ModelCheckpoint(
        dirpath=last.parent,
        filename="step-{step}",
        save_last=True,
        save_top_k=1,
        monitor=None,
        every_n_train_steps=min(STEPS_BETWEEN_CHECKPOINTS, data.steps),
    )
    logger = CSVLogger(out, name="logs")
    with _without_chatter():
        trainer = Trainer(
            accelerator=machine.accelerator,
            devices=machine.devices,
            num_nodes=machine.nodes,
            strategy=machine.strategy,
            precision=machine.precision,  # type: ignore[arg-type]
            max_epochs=recipe.epochs,
            gradient_clip_val=recipe.clip,
            logger=logger,
            callbacks=[MovingAverage(recipe.average), checkpoints],
            log_every_n_steps=1,
            use_distributed_sampler=False,
            enable_model_summary=False,
            enable_progress_bar=machine.progress,
            num_sanity_val_steps=0,
            limit_val_batches=None if validation else 0,
        )
        trainer.fit(
            Training(model, recipe, judged, learns),
            datamodule=data,
            ckpt_path=last if resume else None,
            weights_only=True,
        )
    provenance = dict(start.provenance) | {
        "recipe": str(recipe.to_dict()),
        "steps": str(trainer.global_step),
        "samples": str(len(train)),
    }
    trained = replace(start, model=model.cpu().eval(), provenance=provenance)
    if trainer.is_global_zero:
        save_checkpoint(out / MODEL, trained)
    return trained


def _judged(judge: Judge, start: Checkpoint, weights: dict[str, Tensor]) -> float:
    """What a judge says of weights in training."""
    model = LART(start.model.config)
    model.load_state_dict({name: value.cpu() for name, value in weights.items()})
    return judge(replace(start, model=model.eval()))


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Without Lightning's remarks on hardware, its products, and what is so on purpose."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*dataloader.* does not have many workers.*")
            warnings.filterwarnings("ignore", ".*dataloader is not resumable.*")
            warnings.filterwarnings("ignore", ".*LeafSpec.*")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


class Data(LightningDataModule):
    """Loaders whose order depends on nothing but the recipe and how far training has come."""

    def __init__(
        self,
        train: Samples,
        validation: Samples | None,
        recipe: Recipe,
        workers: int,
    ) -> None:
        super().__init__()
        self.train, self.validation = train, validation
        self.recipe, self.workers = recipe, workers

    @property
    def steps(self) -> int:
        """Optimiser steps an epoch."""
        return -(-len(self.train) // self.recipe.batch)

    def train_dataloader(self) -> DataLoader[Any]:
        """This process's share of each global batch."""
        return self._loader(self.train, self._batches_done)

    def val_dataloader(self) -> Any:
        """The same for validation, always from the start."""
        assert self.validation is not None, "Lightning asks only where there is validation"
        return self._loader(self.validation, lambda: 0)

    def _batches_done(self) -> int:
        return self.trainer.fit_loop.epoch_loop.batch_progress.total.ready  # type: ignore[union-attr]

    def _loader(self, samples: Samples, done: Any) -> DataLoader[Any]:
        world, rank = self.trainer.world_size, self.trainer.global_rank  # type: ignore[union-attr]
        batches = ResumableBatches(
            len(samples), self.recipe.batch, world, rank, self.recipe.seed, done
        )
        return DataLoader(
            cast("Dataset[Sample]", samples), batch_sampler=batches, num_workers=self.workers
        )
