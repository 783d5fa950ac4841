"""Simple models on the joints of the study's videos: logistic regression and ExtraTrees.

    python benchmarks/study_video_baselines.py TRACKLETS

TRACKLETS is what `lart study build` made. The grid's protocol: a model learns from two thirds of
the videos (the grid's folds, by person or group) and is judged AVA's way on the third, at keyframes
of 1 Hz. It sees the joints of the 4 s around a moment, as the grid's models do: 16 moments of 24
joints about the pelvis, the path of the pelvis, and how much each joint moves.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from analysis.study import evaluate, intervals
from lart_core.camera import FOCAL
from lart_core.study.clips import VIDEO_SOURCES
from lart_core.study.corpus import Corpus
from lart_core.study.grid import MISSING, without
from lart_core.study.judge import Judged
from lart_core.study.labels import POSITIVE, UNSURE
from lart_core.study.splits import FOLDS, fold
from lart_core.study.train import FEWEST, FRAMES
from lart_core.tracklet.from_joints import LENS

MOMENTS = 16
JOINTS = 24
STEP = 6
"""Frames from one moment that is learnt from to the next."""


def features(corpus: Corpus, row: int) -> NDArray[np.float32]:
    """(T, F) what is seen around each frame of a tracklet; unseen frames show the nearest seen."""
    span = slice(corpus.start[row], corpus.start[row] + corpus.length[row])
    joints = corpus.poses.joints[0, span, :JOINTS].numpy()
    place = corpus.poses.camera[0, span].numpy() * np.array([1, 1, LENS / FOCAL], np.float32)
    seen = np.flatnonzero(corpus.poses.detected[0, span].numpy())
    at = np.arange(len(joints))
    nearest = seen[np.abs(at[:, None] - seen).argmin(axis=1)]
    window = np.linspace(-FRAMES / 2, FRAMES / 2, MOMENTS).round().astype(int)
    around = nearest[np.clip(at[:, None] + window, 0, len(at) - 1)]
    shape = joints[around] - joints[around][:, :, :1]
    path = place[around] - place[nearest][:, None]
    moved = np.diff(shape, axis=1).std(axis=1)
    parts = (part.reshape(len(at), -1) for part in (shape, path, moved))
    return np.concatenate(list(parts), axis=1)


def judged(corpus: Corpus, rows: NDArray[np.int64], model: ClassifierMixin) -> dict[float, Judged]:
    """What a kind of model says at each share of missing frames after learning from other folds."""
    part = np.array([fold(corpus.source[row], corpus.group[row]) for row in rows])
    spans = [slice(corpus.start[r], corpus.start[r] + corpus.length[r]) for r in rows]
    target = [corpus.target[span].numpy() for span in spans]
    done = np.sum([(each == POSITIVE).any(axis=0) for each in target], axis=0)
    ids = np.flatnonzero(done >= FEWEST) + 1
    shown = {
        share: [features(fewer, row) for row in rows]
        for share, fewer in ((share, without(corpus, share)) for share in MISSING)
    }
    said = {s: [np.zeros((len(each), len(ids)), np.float32) for each in target] for s in MISSING}
    for number in range(FOLDS):
        learn, test = np.flatnonzero(part != number), np.flatnonzero(part == number)
        ends = np.cumsum([len(target[i]) for i in test])[:-1]
        x = np.concatenate([shown[0.0][i][::STEP] for i in learn])
        y = np.concatenate([target[i][::STEP] for i in learn])
        for column, ava_id in enumerate(ids):
            known = y[:, ava_id - 1] != UNSURE
            truth = y[known, ava_id - 1] == POSITIVE
            if not truth.any() or truth.all():
                continue
            model.fit(x[known], truth)
            for share in MISSING:
                seen = np.concatenate([shown[share][i] for i in test])
                answer = model.predict_proba(seen)[:, 1]
                for i, each in zip(test, np.split(answer, ends), strict=True):
                    said[share][i][:, column] = each
    known_target = [each[:, ids - 1] for each in target]
    return {s: Judged(tuple(ids.tolist()), rows, said[s], known_target) for s in MISSING}


def main() -> None:
    """Print mAP@0.5 of each with its interval, for each share of missing frames."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracklets", type=Path, help="what `lart study build` made")
    data = parser.parse_args().tracklets
    torch.set_num_threads(1)
    corpus = Corpus.load(data / source for source in VIDEO_SOURCES)
    rows = np.arange(len(corpus))
    models = {
        "ExtraTrees": ExtraTreesClassifier(200, random_state=0),
        "logistic regression": make_pipeline(
            StandardScaler(), LogisticRegression(C=0.01, max_iter=300)
        ),
    }
    for name, model in models.items():
        for share, each in judged(corpus, rows, model).items():
            evaluation = evaluate(each, corpus)
            low, high = np.quantile(intervals(evaluation), [0.025, 0.975])
            shown = f"{100 * evaluation.mean_ap:5.1f} % ({100 * low:.1f} to {100 * high:.1f})"
            print(f"{name:20} {share:4.0%} missing: mAP@0.5 {shown}", flush=True)


if __name__ == "__main__":
    main()
