"""A made-up example, so that the pages can be seen before any file is opened.

People move over a blank picture and do actions drawn by chance; a made-up model judges them, and
errs in every way that the pages tell apart. Nothing of it was measured on anything.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from analysis.ava.csv_file import BOX
from analysis.ava.label_map import ava_label_map

VIDEOS, SECONDS = 8, 60
FREQUENCY: dict[int, float]
FREQUENCY = {12: 40, 11: 28, 14: 14, 8: 4, 1: 4, 10: 2, 79: 22, 74: 20, 80: 30, 17: 18, 59: 8}
FREQUENCY |= {29: 3, 27: 3, 15: 2, 70: 1.5, 57: 2, 48: 1, 28: 1}
"""Action id -> how often it happens, about as unevenly as in AVA."""
FAINTEST = 0.02
POSES = (12, 11, 14, 8, 1, 10)


@dataclass(frozen=True)
class MadeUpModel:
    """How a made-up model errs: blur of its scores, chances of the other mistakes."""

    name: str
    blur: float
    off: float
    twice: float
    unseen: float
    ghosts: float


MODELS = (
    MadeUpModel("Made-up example A", 1.3, 0.10, 0.06, 0.05, 0.25),
    MadeUpModel("Made-up example B", 1.0, 0.05, 0.03, 0.08, 0.15),
)


def made_up_truth(seed: int = 0) -> pd.DataFrame:
    """Ground truth of people who walk over a blank picture."""
    rng = np.random.default_rng(seed)
    others = [a for a in FREQUENCY if a not in POSES]
    rows = []
    for video in range(VIDEOS):
        for person in range(int(rng.integers(2, 6))):
            begin, length = int(rng.integers(0, SECONDS // 2)), int(rng.integers(15, SECONDS))
            height = rng.uniform(0.2, 0.8)
            place = np.array([rng.uniform(0.1, 0.9), rng.uniform(0.4, 0.6)])
            labels: list[int] = []
            for second in range(begin, min(begin + length, SECONDS)):
                if second == begin or rng.random() < 0.15:
                    pose = rng.choice(POSES, p=_chance(POSES))
                    more = rng.choice(others, rng.integers(0, 4), False, _chance(others))
                    labels = [int(pose), *(int(a) for a in more)]
                place = np.clip(place + rng.normal(0, 0.015, 2), 0.05, 0.95)
                size = np.array([height * 0.4, height])
                box = np.round(np.clip(np.r_[place - size / 2, place + size / 2], 0, 1), 3)
                rows += [(f"example-{video + 1}", 900.0 + second, *box, a, person) for a in labels]
    columns = ["video", "timestamp", *BOX, "action_id", "person_id"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"video": "category", "action_id": np.int32})


def made_up_predictions(truth: pd.DataFrame, model: MadeUpModel, seed: int = 1) -> pd.DataFrame:
    """What a made-up model says of these people."""
    rng = np.random.default_rng(seed)
    classes = np.array(sorted(FREQUENCY))
    prior = np.log(np.array([FREQUENCY[c] for c in classes.tolist()]) / 60)
    rows: list[tuple[object, ...]] = []
    keys = ["video", "timestamp", *BOX]
    for key, group in truth.groupby(keys, observed=True, sort=False):
        if rng.random() < model.unseen:
            continue
        video, second, *corners = key
        doing = np.isin(classes, group["action_id"])
        box = np.array(corners, float)
        size = np.tile(box[2:] - box[:2], 2)
        for again in range(1 + (rng.random() < model.twice)):
            shift = 0.5 if rng.random() < model.off else 0.05
            said = np.round(np.clip(box + rng.normal(0, shift, 4) * size * 0.6, 0, 1), 3)
            logit = prior + 3 * doing + rng.normal(0, model.blur, classes.size) - 0.5 * again
            score = np.round(expit(logit), 4)
            rows += _said((video, second), said, classes, score)
        if rng.random() < model.ghosts:
            corner = rng.uniform(0, 0.6, 2)
            far = corner + rng.uniform(0.05, 0.3, 2)
            ghost = np.round(np.concatenate([corner, far]), 3)
            faint = np.round(rng.beta(1, 8, classes.size), 4)
            rows += _said((video, second), ghost, classes, faint)
    table = pd.DataFrame(rows, columns=[*keys, "action_id", "score"])
    return table.astype({"video": "category", "action_id": np.int32})


def add_example() -> list[str]:
    """Put the made-up sets among the result sets and return their ids, A first."""
    from analysis.ava.result_set import add

    truth = made_up_truth()
    return [
        add(m.name, made_up_predictions(truth, m, i), truth, ava_label_map(60), made_up=True)
        for i, m in enumerate(MODELS, 1)
    ]


def _said(
    keyframe: tuple[object, ...],
    box: NDArray[np.float64],
    classes: NDArray[np.int64],
    score: NDArray[np.float64],
) -> list[tuple[object, ...]]:
    """Rows of the scores that are worth writing."""
    pairs = zip(classes.tolist(), score.tolist(), strict=True)
    return [(*keyframe, *box, c, s) for c, s in pairs if s >= FAINTEST]


def _chance(actions: tuple[int, ...] | list[int]) -> NDArray[np.float64]:
    weight = np.array([FREQUENCY[a] for a in actions], float)
    return weight / weight.sum()
