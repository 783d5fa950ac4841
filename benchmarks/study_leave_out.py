"""Leave one group out: every group of a video set is judged by a model that never saw the group.

    python benchmarks/study_leave_out.py TRACKLETS --out GRID arid6 yoga6

TRACKLETS is what `lart study build` made, GRID the folder of `lart study run`, whose pre-training
is used. Each group's model is pre-trained on motion and fine-tuned on all videos but the group's;
goes on where it was stopped.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lart_core.study.clips import VIDEO_SOURCES
from lart_core.study.corpus import Corpus
from lart_core.study.demo import SOURCES
from lart_core.study.grid import Cell, Effort, Grid
from lart_core.study.judge import Judged, answers, judge, resampled

CELL = Cell(appearance=False, joints=True, mask_ratio=0.2, pretrained=True, seed=0)
"""Whose recipe is used."""


@dataclass(frozen=True)
class LeftOut:
    """Top-1 over the clips of a set, each with its 95 % interval over groups.

    Attributes:
        actions: The highest mean probability among AVA's actions that the set's labels stand for;
            a label without such an action counts as wrong.
        labels: The set's own labels, which a logistic regression reads off the model's mean and
            highest probabilities after learning from the other groups.
        clips, groups: How many.
    """

    actions: tuple[float, float, float]
    labels: tuple[float, float, float]
    clips: int
    groups: int


def leave_out(grid: Grid, source: str, cell: Cell = CELL) -> LeftOut:
    """Train a model for each group of a set, and judge it on the group."""
    corpus = grid.corpus
    own = np.array([row for row in grid.videos if corpus.source[row] == source])
    group, label = np.array(corpus.group)[own], np.array(corpus.label)[own]
    named, read = np.zeros(len(own), bool), np.zeros(len(own), bool)
    for each in np.unique(group):
        out = own[group == each]
        model = grid.finetuned(cell, np.setdiff1d(grid.videos, out), f"without-{each}")
        said = judge(model, corpus, own)
        named[group == each] = _named(said, corpus)[group == each]
        line = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
        features = _features(said)
        line.fit(features[group != each], label[group != each])
        read[group == each] = line.predict(features[group == each]) == label[group == each]
        mine = group == each
        print(
            f"{each}: {named[mine].sum()} named, {read[mine].sum()} read of {mine.sum()}",
            flush=True,
        )
    return LeftOut(resampled(named, group), resampled(read, group), len(own), len(np.unique(group)))


def _named(judged: Judged, corpus: Corpus) -> NDArray[np.bool_]:
    """(M,) whether each clip's main action comes first."""
    found = answers(judged, corpus)
    right = set(found.rows[found.said == found.truth].tolist())
    return np.array([row in right for row in judged.rows.tolist()])


def _features(judged: Judged) -> NDArray[np.float32]:
    return np.array([np.r_[p.mean(axis=0), p.max(axis=0)] for p in judged.probability])


def main() -> None:
    """Print both top-1 of each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracklets", type=Path, help="what `lart study build` made")
    parser.add_argument("sources", nargs="+", choices=VIDEO_SOURCES, metavar="SET")
    parser.add_argument("--out", type=Path, required=True, help="folder of `lart study run`")
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = Corpus.load(args.tracklets / source for source in SOURCES)
    grid = Grid(corpus, args.out, Effort())
    for source in args.sources:
        found = leave_out(grid, source)
        print(f"{source}: {found.clips} clips, {found.groups} groups left out one by one")
        for name, (middle, low, high) in (
            ("AVA action named", found.actions),
            ("own label read off", found.labels),
        ):
            print(f"  {name:20} top-1 {middle:.1%} ({low:.1%} to {high:.1%})")


if __name__ == "__main__":
    main()
