"""The study's grid: models trained one by one, each judged with frames missing; resumable.

Pre-training on motion stands for the paper's Kinetics, fine-tuning on video for its AVA. A cell is
one model. What it says of held-out videos is kept per share of missing frames as a `Judged`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.files import replacing
from lart_core.model import Checkpoint, load_checkpoint
from lart_core.study.clips import VIDEO_SOURCES
from lart_core.study.corpus import Corpus
from lart_core.study.judge import Judged, judge
from lart_core.study.train import known_actions, rows_of, train
from lart_core.training import Recipe
from lart_core.training.fitting import LAST, MODEL

MASK_RATIOS = (0.0, 0.2, 0.4, 0.6)
SEEDS = (0, 1, 2)
MISSING = (0.0, 0.2, 0.4, 0.6)
"""Shares of frames that are dropped at test time."""


@dataclass(frozen=True)
class Cell:
    """One model of the grid.

    Attributes:
        joints: Whether it sees the 45 joints besides the person vector.
        mask_ratio: In pre-training.
        pretrained: Whether it was pre-trained on motion.
        seed: Of everything random.
    """

    joints: bool
    mask_ratio: float
    pretrained: bool
    seed: int

    @property
    def name(self) -> str:
        """For folders: ``joints-mask40-pretrained-seed1``."""
        inputs = "joints" if self.joints else "pose"
        start = "pretrained" if self.pretrained else "scratch"
        return f"{inputs}-mask{round(100 * self.mask_ratio):02d}-{start}-seed{self.seed}"


def cells(seeds: Sequence[int] = SEEDS) -> list[Cell]:
    """The grid, seed by seed, so that any beginning of it is balanced."""
    grid = []
    for seed in seeds:
        grid += [Cell(True, ratio, True, seed) for ratio in MASK_RATIOS]
        grid += [Cell(True, 0.0, False, seed), Cell(False, 0.4, True, seed)]
    return grid


@dataclass(frozen=True)
class Effort:
    """Epochs of both stages."""

    pretraining: int = 12
    finetuning: int = 6


def run(
    corpus: Corpus,
    out: Path,
    grid: Sequence[Cell],
    effort: Effort,
    report: Callable[[str], None] = print,
) -> None:
    """Train and judge the cells that are not done yet, each in a folder of its own."""
    for cell in grid:
        done = out / cell.name / "judged"
        if done.is_dir():
            continue
        report(f"{cell.name}: training")
        model = trained(corpus, out / cell.name, cell, effort)
        rows = np.array([r for r in rows_of(corpus, "test") if _is_video(corpus, r)])
        with replacing(done) as made:
            made.mkdir()
            for share in MISSING:
                judged = judge(model, without(corpus, share), rows)
                save_judged(made / f"missing{round(100 * share):02d}.npz", judged)
        report(f"{cell.name}: judged")


def trained(corpus: Corpus, folder: Path, cell: Cell, effort: Effort) -> Checkpoint:
    """A cell's model: pre-trained on motion (or not), then fine-tuned on video."""
    learn = rows_of(corpus, "train")
    ids = known_actions(corpus, learn)
    video = np.array([_is_video(corpus, row) for row in learn])
    start = None
    if cell.pretrained:
        recipe = Recipe.small(
            epochs=effort.pretraining, warmup_epochs=1.5, rate=1.5e-3, average=0.99,
            mask_ratio=cell.mask_ratio, seed=cell.seed,
        )  # fmt: skip
        start = _stage(cell, corpus, learn[~video], recipe, folder / "pretrained", ids, None)
    recipe = Recipe.ava(
        epochs=effort.finetuning, warmup_epochs=0.5, average=0.99, labels="all",
        rate=5e-4 if cell.pretrained else 1.5e-3,
        layer_decay=0.9 if cell.pretrained else 1.0, seed=cell.seed,
    )  # fmt: skip
    return _stage(cell, corpus, learn[video], recipe, folder / "finetuned", ids, start)


def without(corpus: Corpus, share: float) -> Corpus:
    """The corpus with a share of all detected frames missing, always the same ones."""
    if not share:
        return corpus
    chance = np.random.default_rng(0).random(corpus.poses.detected.shape)
    kept = corpus.poses.detected.numpy() & (chance >= share)
    for start, length in zip(corpus.start, corpus.length, strict=True):
        if not kept[0, start : start + length].any():
            kept[0, start] = True
    detected = corpus.poses.detected.new_tensor(kept)
    return replace(corpus, poses=replace(corpus.poses, detected=detected))


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
    try:
        with np.load(path, allow_pickle=False) as file:
            ends = np.cumsum(file["length"])[:-1]
            return Judged(
                tuple(file["ava_ids"].tolist()),
                file["rows"],
                np.split(file["probability"], ends),
                np.split(file["target"], ends),
            )
    except (OSError, KeyError, ValueError) as error:
        raise LartError(f"Could not read what a model said from {path.name}: {error}.") from None


def finished(out: Path) -> list[Cell]:
    """The cells of the whole grid, for any seed below 100, that are done in a folder."""
    every = product((True, False), MASK_RATIOS, (True, False), range(100))
    return [
        cell for cell in map(lambda c: Cell(*c), every) if (out / cell.name / "judged").is_dir()
    ]


def _is_video(corpus: Corpus, row: int) -> bool:
    return corpus.source[row] in VIDEO_SOURCES


def _stage(
    cell: Cell,
    corpus: Corpus,
    rows: NDArray[np.int64],
    recipe: Recipe,
    out: Path,
    ids: tuple[int, ...],
    start: Checkpoint | None,
) -> Checkpoint:
    if (out / MODEL).is_file():
        return load_checkpoint(out / MODEL)
    return train(
        cell.name, corpus, rows, recipe, out,
        start=start, ava_ids=ids, joints=cell.joints, resume=(out / LAST).is_file(),
    )  # fmt: skip
