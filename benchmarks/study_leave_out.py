"""The shipped pose model's recipe with one group of a video set left out at a time.

    python benchmarks/study_leave_out.py TRACKLETS --work W --out OUT yoga6 gmdcsa24

TRACKLETS is what `lart study build` made, W the folder of `lart study demo`, whose first stage is
shared. For every group (a person, or what was recorded together) the second stage learns from
motion and from all videos but the group's, and is judged on them; sets in which a place tells the
label (arid6) teach only. Goes on where it was stopped.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch

from analysis.study.data.clips import ACTED
from analysis.study.data.corpus import Corpus
from analysis.study.data.splits import PLACE_TELLS
from analysis.study.models.demo import EPOCHS, SOURCES, begin, recipes, second_rows
from analysis.study.models.grid import load_judged, save_judged
from analysis.study.models.judge import Judged, answers, joined, judge, resampled
from analysis.study.models.train import known_actions, train
from analysis.study.models.workers import Workers
from lart_core.atomic_files import replacing

SECOND = 8
"""Epochs of the second stage: fewer than the shipped model's, since there are many groups."""


def leave_out(corpus: Corpus, group: str, work: Path, out: Path) -> Judged:
    """What a model that did not learn from a group of videos says of it; kept in `out`."""
    kept = out / f"{group}.npz"
    if not kept.is_file():
        videos = np.flatnonzero(np.isin(corpus.source, ACTED))
        rows = np.union1d(second_rows(corpus), videos)
        left = np.array(corpus.group)[rows] == group
        first, second = recipes(EPOCHS[0], SECOND)
        start = begin(corpus, work, first)
        model = train(
            f"without-{group}", corpus, rows[~left], second, out / group, start=start,
            ava_ids=known_actions(corpus, rows),
        )  # fmt: skip
        with replacing(kept) as made:
            save_judged(made, judge(model, corpus, rows[left]))
    return load_judged(kept)


def _load(tracklets: Path) -> Corpus:
    return Corpus.built(tracklets, SOURCES)


def _work(work: Path, out: Path, corpus: Corpus, group: str) -> str:
    leave_out(corpus, group, work, out)
    return group


def main() -> None:
    """Print top-1 of each set and label, with 95 % intervals over groups."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracklets", type=Path, help="what `lart study build` made")
    parser.add_argument("sources", nargs="+", choices=sorted({*ACTED} - PLACE_TELLS), metavar="SET")
    parser.add_argument("--work", type=Path, required=True, help="folder of `lart study demo`")
    parser.add_argument("--out", type=Path, required=True, help="folder for a folder a group")
    args = parser.parse_args()
    torch.set_num_threads(1)
    load = partial(_load, args.tracklets)
    corpus = load()
    begin(corpus, args.work, recipes(EPOCHS[0], SECOND)[0])
    of = {
        source: sorted({g for s, g in zip(corpus.source, corpus.group, strict=True) if s == source})
        for source in args.sources
    }
    every = [group for groups in of.values() for group in groups]
    with Workers(load, 2) as processes:
        for group in processes.each(partial(_work, args.work, args.out), every):
            print(group, flush=True)
    for source, groups in of.items():
        judged = joined([leave_out(corpus, group, args.work, args.out) for group in groups])
        found = answers(judged, corpus)
        good = np.isin(judged.rows, found.rows[found.said == found.truth])
        group, label = (np.array(x)[judged.rows] for x in (corpus.group, corpus.label))
        everything, actions = np.ones(len(good), bool), np.isin(judged.rows, found.rows)
        for what, kept in (("all labels", everything), ("labels that are actions", actions)):
            middle, low, high = resampled(good[kept], group[kept])
            print(
                f"{source}, {what}: top-1 {middle:.1%} ({low:.1%} to {high:.1%}) of {kept.sum()} "
                f"clips, {len(set(group[kept]))} groups"
            )
        for each in np.unique(label):
            print(f"  {each}: {good[label == each].sum()} of {(label == each).sum()}")


if __name__ == "__main__":
    main()
