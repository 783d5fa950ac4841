"""What the benchmarks of the study's simple models share: one linear model or forest an action,
by the grid's folds of the videos, judged AVA's way."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin

from analysis.study.data.corpus import Corpus
from analysis.study.data.labels import POSITIVE, UNSURE
from analysis.study.data.splits import FOLDS, TEACHES_ONLY, fold
from analysis.study.models.judge import Judged
from analysis.study.models.train import FEWEST
from analysis.study.results.tabulate import evaluate, intervals

STEP = 6
"""Frames from one moment that is learnt from to the next."""

Shown = Mapping[int, NDArray[np.float32]]
"""Row of the corpus -> (T, F) what a model is shown at each frame."""


def judged(
    corpus: Corpus, model: ClassifierMixin, learnt: Shown, tests: Mapping[float, Shown]
) -> dict[float, Judged]:
    """What a kind of model says of each third of the videos after learning from the others.

    Args:
        corpus: Of the videos.
        model: Fitted anew for each action and fold.
        learnt: What it learns from.
        tests: What it is judged on, by the share of frames that miss; the same rows.
    """
    rows = np.array(sorted(learnt))
    part = np.array([fold(corpus.source[row], corpus.group[row]) for row in rows])
    spans = [slice(corpus.start[r], corpus.start[r] + corpus.length[r]) for r in rows]
    target = [corpus.target[span].numpy() for span in spans]
    done = np.sum([(each == POSITIVE).any(axis=0) for each in target], axis=0)
    ids = np.flatnonzero(done >= FEWEST) + 1
    said = {share: [np.zeros((len(t), len(ids)), np.float32) for t in target] for share in tests}
    for number in range(FOLDS):
        learn, test = np.flatnonzero(part != number), np.flatnonzero(part == number)
        ends = np.cumsum([len(target[i]) for i in test])[:-1]
        x = np.concatenate([learnt[rows[i]][::STEP] for i in learn])
        y = np.concatenate([target[i][::STEP] for i in learn])
        for column, ava_id in enumerate(ids):
            known = y[:, ava_id - 1] != UNSURE
            truth = y[known, ava_id - 1] == POSITIVE
            if not truth.any() or truth.all():
                continue
            model.fit(x[known], truth)
            for share, shown in tests.items():
                answer = model.predict_proba(np.concatenate([shown[rows[i]] for i in test]))[:, 1]
                for i, each in zip(test, np.split(answer, ends), strict=True):
                    said[share][i][:, column] = each
    kept = np.flatnonzero(part != TEACHES_ONLY)
    known_target = [target[i][:, ids - 1] for i in kept]
    return {
        share: Judged(tuple(ids.tolist()), rows[kept], [said[share][i] for i in kept], known_target)
        for share in tests
    }


def mean_ap(found: Judged, corpus: Corpus) -> str:
    """mAP@0.5 at keyframes with its 95 % interval over videos, as text."""
    evaluation = evaluate(found, corpus)
    low, high = np.quantile(intervals(evaluation), [0.025, 0.975])
    return f"mAP@0.5 {100 * evaluation.mean_ap:5.1f} % ({100 * low:.1f} to {100 * high:.1f})"
