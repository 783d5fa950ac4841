"""Two models on the same held-out videos: what appearance adds to pose, for instance.

    python -m benchmarks.study_twins TRACKLETS MODEL MODEL

TRACKLETS is what `lart study build` made. Judged are people of videos that pose models, too, could
learn from (without ucf101); the difference is paired, with an interval over videos.
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from analysis.study.data.clips import ACTED, PAIRED
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
from lart_core.model import load_checkpoint

DRAWS = 300


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
    for source in sorted({corpus.source[row] for row in judged.rows}):
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
    """Print what both say, and their paired difference."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracklets", type=Path, help="what `lart study build` made")
    parser.add_argument("models", type=Path, nargs=2, metavar="MODEL", help="checkpoint files")
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = Corpus.built(args.tracklets, SOURCES)
    rows = corpus.of(rows_of(corpus, "test"), ACTED)
    models = [load_checkpoint(file) for file in args.models]
    both = [judge(model, corpus, rows) for model in models]
    for model, judged in zip(models, both, strict=True):
        report(model.name, judged, corpus)
    videos = np.array([corpus.recording(row) for row in rows])
    members = [np.flatnonzero(videos == video) for video in np.unique(videos)]
    chance, differences = np.random.default_rng(0), []
    for _ in range(DRAWS):
        picked = chance.integers(len(members), size=len(members))
        places = np.concatenate([members[i] for i in picked])
        first, second = (mean_ap(drawn(judged, places)) for judged in both)
        differences.append(second - first)
    low, high = np.quantile(differences, [0.025, 0.975])
    middle = mean_ap(both[1]) - mean_ap(both[0])
    print(f"the second: {middle:+.3f} ({low:+.3f} to {high:+.3f}) over {len(members)} videos")
    before, after = (average_precisions(judged) for judged in both)
    for ava_id, (ap, frames) in before.items():
        print(f"  {ava_actions()[ava_id].name}: {ap:.3f}, {after[ava_id][0]:.3f} ({frames} frames)")


if __name__ == "__main__":
    main()
