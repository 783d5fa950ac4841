"""Simple models on the study's joints, for comparison: logistic regression and ExtraTrees.

    python benchmarks/study_baselines.py FOLDER_OF_MOTION_SETS

The cross-subject protocol of the study: nw_ucla and utkinect s08-s10, utd_mhad s7-s8 are held out,
one main AVA action a clip. A clip is 16 moments of 20 joints about the hip centre, the path of the
hip centre, and how much each joint moves.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lart_core.study.judge import CROSS_SUBJECT
from lart_core.study.labels import meaning
from lart_core.study.motion import read_motion
from lart_core.study.splits import role

MOMENTS = 16


def features(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """(T, 20, 3) joints of any length -> one vector."""
    at = np.linspace(0, len(joints) - 1, MOMENTS)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(joints) - 1)
    share = (at - low)[:, None, None]
    moments = joints[low] * (1 - share) + joints[high] * share
    shape, path = moments - moments[:, :1], moments[:, 0] - moments[0, 0]
    return np.concatenate([shape.ravel(), path.ravel(), np.diff(moments, axis=0).std(0).ravel()])


def main() -> None:
    """Train both on the same people as the study's models, and print top-1 of the held-out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with clips.tsv and one npz a source")
    rows = []
    for source in CROSS_SUBJECT:
        for clip in read_motion(parser.parse_args().data, source):
            main_action = meaning(source, clip.label).main
            if main_action is not None:
                held_out = role(source, clip.subject) == "test"
                rows.append((features(clip.joints), main_action, held_out, source))
    x, y, test, source = (np.array(column) for column in zip(*rows, strict=True))
    print(f"{(~test).sum()} clips to learn from, {test.sum()} held out, {len(set(y))} actions")
    models = {
        "ExtraTrees": [ExtraTreesClassifier(300, random_state=seed) for seed in range(3)],
        "logistic regression": [
            make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
        ],
    }
    for name, several in models.items():
        right = np.mean([m.fit(x[~test], y[~test]).predict(x[test]) == y[test] for m in several], 0)
        parts = ", ".join(f"{s} {right[source[test] == s].mean():.3f}" for s in CROSS_SUBJECT)
        print(f"{name:20} top-1 {right.mean():.4f} ({parts})")


if __name__ == "__main__":
    main()
