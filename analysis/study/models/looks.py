"""What a pose model is taught to tell by appearance, and of which actions it may speak alone.

Appearance is added to a trained pose model as an input that speaks for itself and learns alone:
what the model says of a body without a picture stays to the last digit. Whoever has no body is
judged by looks, but only of actions that held-out people show to be told so.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from analysis.study.data.clips import VIDEO_SOURCES
from analysis.study.data.corpus import NO_APPEARANCE, Corpus
from analysis.study.data.labels import POSITIVE, UNSURE
from analysis.study.data.splits import PLACE_TELLS
from analysis.study.models.judge import Judged, judge, without_bodies
from analysis.study.models.train import train
from lart_core.model import Checkpoint
from lart_core.training import Recipe

NAME = "pose-small-appearance"
RECIPE = Recipe.small(
    epochs=10, rate=1e-3, warmup_epochs=0.5, mask_ratio=0.2, average=0.99, dropout=0.2,
    drop_path=0.1,
)  # fmt: skip

DRAWS = 300
"""Of clips, for an interval."""
FEWEST_CLIPS = 3
"""Held-out clips that must show an action."""


class Told(NamedTuple):
    """How well one action is told by appearance alone.

    Attributes:
        precision: Average precision over frames.
        by_set: That of whoever knows only which data set a clip is from, and how often it has it.
        low: How much better it is at least (2.5 % of draws of clips are below).
        frames, clips: In which it is done.
    """

    precision: float
    by_set: float
    low: float
    frames: int
    clips: int

    @property
    def clearly(self) -> bool:
        """Whether it may be said of people without a body."""
        return self.low > 0 and self.clips >= FEWEST_CLIPS


def learn_looks(
    pose: Checkpoint, corpus: Corpus, rows: NDArray[np.int64], folder: Path, recipe: Recipe = RECIPE
) -> Checkpoint:
    """A pose model with appearance, which it teaches; goes on where it was stopped.

    Of sets in which a place tells the label no picture is shown.

    Args:
        rows: Tracklets to learn from.
        folder: Of the training.
    """
    return train(
        NAME, without_telling_places(corpus), rows, recipe, folder, start=pose,
        ava_ids=pose.ava_ids, appearance=True, alone=True, teacher=pose,
    )  # fmt: skip


def without_telling_places(corpus: Corpus) -> Corpus:
    """The corpus without pictures of the sets in which a place tells the label."""
    shown = corpus.shown.clone()
    for row in corpus.of(np.arange(len(corpus)), PLACE_TELLS):
        shown[corpus.start[row] : corpus.start[row] + corpus.length[row]] = NO_APPEARANCE
    return replace(corpus, shown=shown)


def filmed(corpus: Corpus, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of some tracklets that have appearance."""
    return corpus.of(rows, VIDEO_SOURCES)


def by_looks_alone(model: Checkpoint, corpus: Corpus, rows: NDArray[np.int64]) -> Judged:
    """What a model says of the people of videos whose bodies are all hidden."""
    rows = filmed(corpus, rows)
    return judge(model, without_bodies(corpus, rows), rows)


def told_by_looks(judged: Judged, corpus: Corpus, learnt: NDArray[np.int64]) -> Mapping[int, Told]:
    """AVA id -> how well each action is told that held-out people do.

    Args:
        judged: What is said of people without bodies.
        learnt: Tracklets that the model learnt from, for how often each set has each action.
    """
    shares = _shares(corpus, filmed(corpus, learnt))
    source = [corpus.source[row] for row in judged.rows]
    clip = np.array([corpus.recording(row) for row in judged.rows])
    members = [np.flatnonzero(clip == each) for each in np.unique(clip)]
    found = {}
    for column, ava_id in enumerate(judged.ava_ids):
        said, guess, truth = [], [], []
        for place, target in enumerate(judged.target):
            known = target[:, column] != UNSURE
            said.append(judged.probability[place][known, column])
            truth.append(target[known, column] == POSITIVE)
            share = shares[source[place]][ava_id - 1]
            guess.append(np.full(known.sum(), share, np.float32))
        if not any(part.any() for part in truth):
            continue
        chance, gains = np.random.default_rng(0), []
        for _ in range(DRAWS):
            picked = chance.integers(len(members), size=len(members))
            places = np.concatenate([members[i] for i in picked])
            if any(truth[i].any() for i in places):
                gains.append(_gain(places, said, guess, truth))
        everybody = np.arange(len(truth))
        found[ava_id] = Told(
            _precision(everybody, said, truth),
            _precision(everybody, guess, truth),
            float(np.quantile(gains, 0.025)),
            int(sum(part.sum() for part in truth)),
            len({clip[i] for i, part in enumerate(truth) if part.any()}),
        )
    return found


def speaking(model: Checkpoint, told: Mapping[int, Told]) -> Checkpoint:
    """The model, which says of people without a body what is clearly told."""
    ids = tuple(each for each in model.ava_ids if each in told and told[each].clearly)
    return replace(model, by_appearance=ids)


def _shares(corpus: Corpus, rows: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Source -> (80,) share of the frames with a label in which each action is done."""
    found = {}
    for source in VIDEO_SOURCES:
        known, done = np.zeros((2, corpus.target.shape[1]))
        for row in rows[np.array(corpus.source)[rows] == source]:
            target = corpus.target[corpus.start[row] :][: corpus.length[row]].numpy()
            known += (target != UNSURE).sum(axis=0)
            done += (target == POSITIVE).sum(axis=0)
        found[source] = done / np.maximum(known, 1)
    return found


Parts = list[NDArray[np.float32]]


def _gain(
    places: NDArray[np.int64], said: Parts, guess: Parts, truth: list[NDArray[np.bool_]]
) -> float:
    return _precision(places, said, truth) - _precision(places, guess, truth)


def _precision(places: NDArray[np.int64], said: Parts, truth: list[NDArray[np.bool_]]) -> float:
    from torchmetrics.functional.classification import binary_average_precision

    scores, true = (np.concatenate([each[i] for i in places]) for each in (said, truth))
    value = binary_average_precision(torch.from_numpy(scores), torch.from_numpy(true).int())
    return float(value)
