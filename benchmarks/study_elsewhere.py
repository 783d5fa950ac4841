"""What models say of videos of places that no model learnt from.

    lart study build OTHERS --only weizmann urfd ut_interaction --out TRACKLETS
    python -m benchmarks.study_elsewhere TRACKLETS MODEL...

OTHERS is laid out as the study's data (docs/study.md), with sets that are not in it; of others
the held-out people are judged. Printed are, for each label, its main action among all that the
model knows: how often it comes first and among the first three, by the mean over a person's frames
and by the strongest second of each action; the same of what was measured there (who fell lies), in
the frames in which it was found, one after the other; for people who met, how many takes are named
right (`judge.pairs_top1`).
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from analysis.study.data.clips import PAIRED
from analysis.study.data.corpus import FPS, Corpus
from analysis.study.data.labels import POSITIVE, meaning
from analysis.study.models.judge import judge, pairs_top1
from analysis.study.models.train import rows_of
from lart_core.ava_labels import ava_actions
from lart_core.model import load_checkpoint

SECOND = int(FPS)


def strongest_second(probability: NDArray[np.float32]) -> NDArray[np.float32]:
    """(T, C) -> (C,) the greatest mean over a second of frames in a row."""
    frames = min(SECOND, len(probability))
    windows = np.lib.stride_tricks.sliding_window_view(probability, frames, axis=0)
    return windows.mean(axis=-1).max(axis=0)


def ways(probability: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(T, C) -> the mean, and the strongest second, each (C,)."""
    return probability.mean(axis=0), strongest_second(probability)


def rank(said: NDArray[np.float32], column: int) -> int:
    """How many actions come before one."""
    return int((said > said[column]).sum())


def main() -> None:
    """Print a line a set and label."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracklets", type=Path, help="what `lart study build` made")
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help="checkpoint files")
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = Corpus.load(sorted(each.parent for each in args.tracklets.glob("*/labels.csv")))
    for file in args.models:
        model = load_checkpoint(file)
        judged = judge(model, corpus, rows_of(corpus, "test"))
        if PAIRED in corpus.source:
            right, takes = pairs_top1(judged.of(corpus, {PAIRED}), corpus)
            print(f"{file.stem} {PAIRED}: {right} of {takes} takes")
        ranks = defaultdict(list)
        for row, said, target in zip(judged.rows, judged.probability, judged.target, strict=True):
            source, label = corpus.source[row], corpus.label[row]
            means = meaning(source, label)
            if source == PAIRED:
                continue
            asked = means.measured | ({means.main} if means.main else set())
            for ava_id in asked & {*model.ava_ids}:
                column = model.ava_ids.index(ava_id)
                shown = said if ava_id == means.main else said[target[:, column] == POSITIVE]
                if len(shown):
                    ranks[source, label, ava_id].append([rank(way, column) for way in ways(shown)])
        for (source, label, ava_id), found in sorted(ranks.items()):
            of = np.array(found)
            first, three = ((of < most).sum(axis=0).tolist() for most in (1, 3))
            print(
                f"{file.stem} {source} {label}, {ava_actions()[ava_id].name}: of {len(of)} by the "
                f"mean {first[0]} first, {three[0]} among three; by the strongest second "
                f"{first[1]} and {three[1]}"
            )


if __name__ == "__main__":
    main()
