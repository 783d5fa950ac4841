"""What two people do, learnt at one place and judged at another.

    python -m benchmarks.study_places TRACKLETS --former MODEL --work W

TRACKLETS is what `lart study build` made, MODEL a shipped model to go on from. Two sets show two
people: motion (sbu_interaction) and video (ut_interaction), other people at other places. For each
of them a model learns from everything else and names all takes of that set. A former model that
learnt from the set in its first stage had seen its people move, though not with these labels in
what it passes on: only ut_interaction is wholly new to `pose-small`. Goes on where it was stopped.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from analysis.study.data.corpus import Corpus
from analysis.study.data.labels import TWO_PEOPLE
from analysis.study.models.demo import (
    PAIRED_SOURCES,
    SOURCES,
    gently,
    measured_actions,
    recipes,
    second_rows,
)
from analysis.study.models.judge import average_precisions, judge, pairs_top1
from analysis.study.models.train import rows_of, train
from lart_core.ava_labels import ava_actions
from lart_core.model import load_checkpoint

EPOCHS = 8


def main() -> None:
    """Print takes named right and average precisions of each set that taught nothing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracklets", type=Path, help="what `lart study build` made")
    parser.add_argument("--former", type=Path, required=True, help="a shipped model to go on from")
    parser.add_argument("--work", type=Path, required=True, help="folder for the trainings")
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = Corpus.built(args.tracklets, SOURCES)
    former, source = load_checkpoint(args.former), np.array(corpus.source)
    learn = second_rows(corpus)
    ids = measured_actions(corpus, learn, rows_of(corpus, "test"))
    recipe = gently(recipes(2, EPOCHS)[1])
    for left in PAIRED_SOURCES:
        model = train(
            f"without-{left}", corpus, learn[source[learn] != left], recipe, args.work / left,
            start=former, ava_ids=ids, teacher=former,
        )  # fmt: skip
        judged = judge(model, corpus, np.flatnonzero(source == left))
        right, takes = pairs_top1(judged, corpus)
        print(f"{left}, which taught nothing: {right} of {takes} takes")
        for ava_id, (ap, frames) in average_precisions(judged).items():
            if ava_id in TWO_PEOPLE:
                print(f"  {ava_actions()[ava_id].name}: {ap:.3f} ({frames} frames)", flush=True)


if __name__ == "__main__":
    main()
