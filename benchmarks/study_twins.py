"""Pose against pose and appearance on held-out videos, and what each names right.

    python -m benchmarks.study_twins TRACKLETS --work W

TRACKLETS is what `lart study build` made, W the folder of `lart study demo` (seeds of one kind are
averaged in what they say). Average precision
over frames, its mean over the actions that held-out videos show; intervals by a bootstrap over
videos, the same draws for both.
"""

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from analysis.study.data.clips import PAIRED, VIDEO_SOURCES
from analysis.study.data.corpus import Corpus
from analysis.study.models.demo import SOURCES
from analysis.study.models.judge import (
    Judged,
    answers,
    average_precisions,
    judge,
    pairs_top1,
    top1_interval,
)
from analysis.study.models.train import rows_of
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError
from lart_core.model import load_checkpoint

KINDS = ("pose-small", "pose-small-appearance")
DRAWS = 300


def said(files: list[Path], corpus: Corpus, rows: NDArray[np.int64]) -> Judged:
    """The mean of what models of one kind say."""
    each = [judge(load_checkpoint(file), corpus, rows) for file in files]
    means = [np.mean(parts, axis=0) for parts in zip(*(j.probability for j in each), strict=True)]
    return replace(each[0], probability=means)


def drawn(judged: Judged, places: NDArray[np.int64]) -> Judged:
    """Some of the videos, one or several times."""
    return Judged(
        judged.ava_ids,
        judged.rows[places],
        [judged.probability[i] for i in places],
        [judged.target[i] for i in places],
    )


def mean_ap(judged: Judged) -> float:
    """Mean average precision over the actions that are done."""
    return float(np.mean([ap for ap, _ in average_precisions(judged).values()]))


def report(name: str, judged: Judged, corpus: Corpus) -> None:
    """Top-1 of each set and of arid6's actions, and of takes of two people."""
    actions = ava_actions()
    print(f"{name}: mAP {mean_ap(judged):.3f}")
    for source in VIDEO_SOURCES:
        part = judged.of(corpus, {source})
        if source == PAIRED:
            right, takes = pairs_top1(part, corpus)
            print(f"  {source}: {right} of {takes} takes")
            continue
        found = answers(part, corpus)
        middle, low, high = top1_interval(found, corpus)
        print(f"  {source}: {middle:.1%} ({low:.1%} to {high:.1%}) of {len(found.rows)}")
        good = Counter(found.truth[found.said == found.truth].tolist())
        for truth, count in sorted(Counter(found.truth.tolist()).items()):
            print(f"    {actions[truth].name}: {good[truth]} of {count}")


def main() -> None:
    """Print both kinds and their paired difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracklets", type=Path, help="what `lart study build` made")
    parser.add_argument("--work", type=Path, required=True, help="folder of `lart study demo`")
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = Corpus.built(args.tracklets, SOURCES)
    rows = rows_of(corpus, "test")
    rows = rows[np.isin(np.array(corpus.source)[rows], VIDEO_SOURCES)]
    kinds = []
    for kind in KINDS:
        files = sorted(args.work.glob(f"{kind}-seed*/model.safetensors"))
        if not files:
            raise LartError(f"Expected a training of {kind} in {args.work}; run `lart study demo`.")
        kinds.append(said(files, corpus, rows))
        report(f"{kind}, {len(files)} seeds", kinds[-1], corpus)
    videos = np.array([corpus.name[row].partition("#")[0] for row in rows])
    members = [np.flatnonzero(videos == video) for video in np.unique(videos)]
    chance, differences = np.random.default_rng(0), []
    for _ in range(DRAWS):
        picked = chance.integers(len(members), size=len(members))
        places = np.concatenate([members[i] for i in picked])
        pose, both = (mean_ap(drawn(kind, places)) for kind in kinds)
        differences.append(both - pose)
    low, high = np.quantile(differences, [0.025, 0.975])
    middle = mean_ap(kinds[1]) - mean_ap(kinds[0])
    print(f"with appearance: {middle:+.3f} ({low:+.3f} to {high:+.3f}) over {len(members)} videos")
    before, after = (average_precisions(kind) for kind in kinds)
    for ava_id, (ap, frames) in before.items():
        print(f"  {ava_actions()[ava_id].name}: {ap:.3f}, {after[ava_id][0]:.3f} ({frames} frames)")


if __name__ == "__main__":
    main()
