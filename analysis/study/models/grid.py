"""The study's grid: models trained one by one, each judged with frames missing; resumable.

Pre-training on motion stands for the paper's Kinetics, fine-tuning on video for its AVA. A cell is
one kind of model with one seed. Videos are few, so each cell is fine-tuned three times, and every
third of the videos is judged by the model that learnt from the other two and from the sets in which
a place tells the label (`analysis.study.data.splits`); what a cell says of all judged videos is
kept per share of missing frames as a `Judged`. Motion has no pictures: models with and without
appearance share their pre-training, in which neither sees any.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.study.data.clips import ACTED
from analysis.study.data.corpus import Corpus
from analysis.study.data.motion import MOTION_SOURCES
from analysis.study.data.splits import FOLDS, fold
from analysis.study.models.judge import Judged, joined, judge
from analysis.study.models.train import known_actions, rows_of, train
from analysis.study.models.workers import Workers
from lart_core.atomic_files import replacing
from lart_core.model import Checkpoint
from lart_core.stored_files import read_npz, reading
from lart_core.training import Recipe

MASK_RATIOS = (0.0, 0.2, 0.4, 0.6)
SEEDS = (0, 1, 2)
MISSING = (0.0, 0.2, 0.4, 0.6)
"""Shares of frames that are dropped at test time."""


@dataclass(frozen=True)
class Cell:
    """One model of the grid.

    Attributes:
        appearance: Whether it sees appearance vectors.
        joints: Whether it sees the 45 joints besides the person vector.
        mask_ratio: In pre-training.
        pretrained: Whether it was pre-trained on motion.
        seed: Of everything random.
    """

    appearance: bool
    joints: bool
    mask_ratio: float
    pretrained: bool
    seed: int

    @property
    def name(self) -> str:
        """For folders: ``pose-joints-appearance-mask40-seed1``, ``pose-joints-scratch-seed0``."""
        inputs = "pose" + "-joints" * self.joints + "-appearance" * self.appearance
        start = f"mask{round(100 * self.mask_ratio):02d}" if self.pretrained else "scratch"
        return f"{inputs}-{start}-seed{self.seed}"


def cells(seeds: Sequence[int] = SEEDS) -> list[Cell]:
    """The grid, seed by seed, so that any beginning of it is balanced."""
    grid = []
    for seed in seeds:
        for appearance in (False, True):
            grid += [Cell(appearance, True, ratio, True, seed) for ratio in MASK_RATIOS]
            grid += [Cell(appearance, True, 0.0, False, seed)]
        grid += [Cell(False, False, 0.4, True, seed)]
    return grid


@dataclass(frozen=True)
class Effort:
    """Epochs of pre-training, of fine-tuning, and of training from scratch."""

    pretraining: int = 10
    finetuning: int = 3
    scratch: int = 5


@dataclass(frozen=True)
class Grid:
    """The trainings of a grid over one corpus, in one folder."""

    corpus: Corpus
    out: Path
    effort: Effort

    @cached_property
    def videos(self) -> NDArray[np.int64]:
        """Rows of the corpus that are videos."""
        return np.flatnonzero(np.isin(self.corpus.source, ACTED))

    @cached_property
    def folds(self) -> NDArray[np.int64]:
        """The part that each of `videos` is in, or `TEACHES_ONLY`."""
        source, group = self.corpus.source, self.corpus.group
        return np.array([fold(source[row], group[row]) for row in self.videos])

    @cached_property
    def motion(self) -> NDArray[np.int64]:
        """Rows of the corpus to pre-train on."""
        return self.corpus.of(rows_of(self.corpus, "train"), MOTION_SOURCES)

    @cached_property
    def ava_ids(self) -> tuple[int, ...]:
        """What all models of the grid know."""
        return known_actions(self.corpus, np.concatenate([self.motion, self.videos]))

    def pretrained(self, cell: Cell) -> Checkpoint:
        """The model that a cell starts from; one for cells that differ in appearance only."""
        name = replace(cell, appearance=False).name
        recipe = Recipe.small(
            epochs=self.effort.pretraining, warmup_epochs=1, rate=1.5e-3, average=0.99,
            mask_ratio=cell.mask_ratio, seed=cell.seed,
        )  # fmt: skip
        return train(
            name, self.corpus, self.motion, recipe, self.out / "pretrained" / name,
            ava_ids=self.ava_ids, joints=cell.joints,
        )  # fmt: skip

    def finetuned(self, cell: Cell, learn: NDArray[np.int64], folder: str) -> Checkpoint:
        """A cell's model that learnt from some of the videos; trained in a folder of the cell's."""
        epochs = self.effort.finetuning if cell.pretrained else self.effort.scratch
        recipe = Recipe.ava(
            epochs=epochs, warmup_epochs=0.5, rate=1.5e-3, layer_decay=1.0, average=0.99,
            labels="all", seed=cell.seed,
        )  # fmt: skip
        return train(
            cell.name, self.corpus, learn, recipe, self.out / cell.name / folder,
            start=self.pretrained(cell) if cell.pretrained else None,
            ava_ids=self.ava_ids, joints=cell.joints, appearance=cell.appearance,
        )  # fmt: skip

    def finish(self, cell: Cell) -> None:
        """Train and judge a cell, unless that is done."""
        done = self.out / cell.name / "judged"
        if done.is_dir():
            return
        models = [
            self.finetuned(cell, self.videos[self.folds != number], f"fold{number}")
            for number in range(FOLDS)
        ]
        with replacing(done) as made:
            made.mkdir()
            for share in MISSING:
                corpus = without(self.corpus, share)
                parts = [
                    judge(model, corpus, self.videos[self.folds == number])
                    for number, model in enumerate(models)
                ]
                save_judged(made / judged_name(share), joined(parts))


def run(
    load: Callable[[], Corpus],
    out: Path,
    grid: Sequence[Cell],
    effort: Effort,
    workers: int = 1,
    report: Callable[[str], None] = print,
) -> None:
    """Train and judge the cells that are not done yet, each in a folder of its own.

    Args:
        load: Loads the corpus, once in each process.
        out: Folder of the grid.
        grid: The cells. effort: How long to train.
        workers: Processes, each with one thread: small networks gain nothing from more.
        report: Told of each finished training of a start, and of each finished cell.
    """
    waiting = [cell for cell in grid if not (out / cell.name / "judged").is_dir()]
    starts = {
        replace(cell, appearance=False).name: replace(cell, appearance=False)
        for cell in waiting
        if cell.pretrained
    }
    with Workers(load, workers) as processes:
        for name in processes.each(partial(_pretrain, out, effort), starts.values()):
            report(f"{name}: pre-trained")
        for name in processes.each(partial(_finish, out, effort), waiting):
            report(f"{name}: judged")


def _pretrain(out: Path, effort: Effort, corpus: Corpus, cell: Cell) -> str:
    Grid(corpus, out, effort).pretrained(cell)
    return cell.name


def _finish(out: Path, effort: Effort, corpus: Corpus, cell: Cell) -> str:
    Grid(corpus, out, effort).finish(cell)
    return cell.name


def without(corpus: Corpus, share: float) -> Corpus:
    """The corpus with a share of all detected frames missing, always the same ones."""
    if not share:
        return corpus
    chance = np.random.default_rng(0).random(corpus.poses.detected.shape)
    kept = corpus.poses.detected.numpy() & (chance >= share)
    for start, length in zip(corpus.start, corpus.length, strict=True):
        seen = start + np.flatnonzero(corpus.poses.detected[0, start : start + length].numpy())
        if len(seen) and not kept[0, seen].any():
            kept[0, seen[0]] = True
    detected = corpus.poses.detected.new_tensor(kept)
    return replace(corpus, poses=replace(corpus.poses, detected=detected))


def judged_name(share: float) -> str:
    """File of what a cell says with a share of the frames missing."""
    return f"missing{round(100 * share):02d}.npz"


def save_judged(path: Path, judged: Judged) -> None:
    """Keep what a model said, without pickles."""
    np.savez_compressed(
        path,
        ava_ids=np.array(judged.ava_ids),
        rows=judged.rows,
        length=np.array([len(part) for part in judged.probability]),
        probability=np.concatenate(judged.probability).astype(np.float32),
        target=np.concatenate(judged.target),
    )


def load_judged(path: Path) -> Judged:
    """Read what `save_judged` wrote.

    Raises:
        LartError: There is no such file, or it is damaged.
    """
    what = f"What a model said ({path.name} in {path.parent.name})"
    with reading(path, what, "remove it; `lart study run` then judges that model again"):
        file = read_npz(path)
        ids, length = file["ava_ids"], file["length"]
        said, target = file["probability"], file["target"]
        fits = len(said) == len(target) == length.sum() and len(file["rows"]) == len(length)
        if not fits or (length < 0).any() or said.shape[1:] != (len(ids),):
            raise ValueError("its arrays are not as long as each other")
        if not (ids.dtype.kind == length.dtype.kind == file["rows"].dtype.kind == "i"):
            raise ValueError("its numbers are not whole")
        if said.dtype.kind != "f" or target.dtype.kind not in "biuf":
            raise ValueError("its figures are no numbers")
        ends = np.cumsum(length)[:-1]
        return Judged(
            tuple(ids.tolist()), file["rows"], np.split(said, ends), np.split(target, ends)
        )


def finished(out: Path) -> list[Cell]:
    """The cells of the whole grid, for any seed below 100, that are done in a folder."""
    return [cell for cell in cells(range(100)) if (out / cell.name / "judged").is_dir()]
