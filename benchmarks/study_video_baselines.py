"""Simple models on the joints of the study's videos: logistic regression and ExtraTrees.

    python -m benchmarks.study_video_baselines TRACKLETS

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
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from analysis.study.data.clips import ACTED
from analysis.study.data.corpus import Corpus
from analysis.study.models.grid import MISSING, without
from analysis.study.models.train import FRAMES
from benchmarks.folds import judged, mean_ap
from lart_core.camera import FOCAL
from lart_core.motion.from_joints import LENS

MOMENTS = 16
JOINTS = 24


def features(corpus: Corpus, row: int) -> NDArray[np.float32]:
    """(T, F) what is seen around each frame of a tracklet; unseen frames show the nearest seen."""
    span = slice(corpus.start[row], corpus.start[row] + corpus.length[row])
    joints = corpus.poses.joints[0, span, :JOINTS].numpy()
    place = corpus.poses.camera[0, span].numpy() * np.array([1, 1, LENS / FOCAL], np.float32)
    seen = np.flatnonzero(corpus.poses.detected[0, span].numpy())
    at = np.arange(len(joints))
    seen = seen if len(seen) else at
    nearest = seen[np.abs(at[:, None] - seen).argmin(axis=1)]
    window = np.linspace(-FRAMES / 2, FRAMES / 2, MOMENTS).round().astype(int)
    around = nearest[np.clip(at[:, None] + window, 0, len(at) - 1)]
    shape = joints[around] - joints[around][:, :, :1]
    path = place[around] - place[nearest][:, None]
    moved = np.diff(shape, axis=1).std(axis=1)
    parts = (part.reshape(len(at), -1) for part in (shape, path, moved))
    return np.concatenate(list(parts), axis=1)


def main() -> None:
    """Print mAP@0.5 of each with its interval, for each share of missing frames."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracklets", type=Path, help="what `lart study build` made")
    data = parser.parse_args().tracklets
    torch.set_num_threads(1)
    corpus = Corpus.built(data, ACTED)
    shown = {}
    for share in MISSING:
        fewer = without(corpus, share)
        shown[share] = {row: features(fewer, row) for row in range(len(corpus))}
    models = {
        "ExtraTrees": ExtraTreesClassifier(200, random_state=0),
        "logistic regression": make_pipeline(
            StandardScaler(), LogisticRegression(C=0.01, max_iter=300)
        ),
    }
    for name, model in models.items():
        for share, found in judged(corpus, model, shown[0.0], shown).items():
            print(f"{name:20} {share:4.0%} missing: {mean_ap(found, corpus)}", flush=True)


if __name__ == "__main__":
    main()
