"""Simple models on the study's joints, for comparison: logistic regression and ExtraTrees.

    python benchmarks/study_baselines.py FOLDER_OF_MOTION_SETS

The cross-subject protocol of the study: nw_ucla and utkinect s08-s10, utd_mhad s7-s8 are held out,
one main AVA action a clip. A clip is 16 moments of 20 joints about the hip centre, the path of the
hip centre, and how much each joint moves. Held-out clips are seen by the camera that filmed them,
and from anywhere: turned about the vertical by a random angle.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from analysis.study.data.labels import meaning
from analysis.study.data.motion import read_motion
from analysis.study.data.splits import role
from analysis.study.models.judge import CROSS_SUBJECT

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


def turned(joints: NDArray[np.float32], angle: float) -> NDArray[np.float32]:
    """The joints turned about the vertical through where the person starts."""
    c, s = np.cos(angle), np.sin(angle)
    return (joints - joints[0, 0]) @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]], np.float32)


def main() -> None:
    """Train each on the people that the study's models learn from; print top-1 of the held-out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with clips.tsv and one npz a source")
    data = parser.parse_args().data
    chance = np.random.default_rng(0)
    rows = []
    for source in CROSS_SUBJECT:
        for clip in read_motion(data, source):
            action = meaning(source, clip.label).main
            if action is not None:
                held_out = role(source, clip.subject) == "test"
                elsewhere = features(turned(clip.joints, chance.uniform(-np.pi, np.pi)))
                rows.append((features(clip.joints), elsewhere, action, held_out))
    own, elsewhere, y, test = (np.array(column) for column in zip(*rows, strict=True))
    print(f"{(~test).sum()} clips to learn from, {test.sum()} held out, {len(set(y))} actions")
    both, twice = np.concatenate([own[~test], elsewhere[~test]]), np.tile(y[~test], 2)
    trees = ExtraTreesClassifier(300, random_state=0)
    line = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
    for name, model, x, truth in (
        ("ExtraTrees", trees, own[~test], y[~test]),
        ("ExtraTrees, taught from anywhere", trees, both, twice),
        ("logistic regression", line, own[~test], y[~test]),
        ("logistic regression, taught from anywhere", line, both, twice),
    ):
        model.fit(x, truth)
        right = [(model.predict(seen[test]) == y[test]).mean() for seen in (own, elsewhere)]
        print(f"{name:42} top-1 own camera {right[0]:.4f}, from anywhere {right[1]:.4f}")


if __name__ == "__main__":
    main()
