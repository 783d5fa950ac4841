"""How good a model is on held-out people: top-1 of clips, average precision, calibration."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from analysis.study.data.corpus import ALONE, Corpus
from analysis.study.data.labels import POSITIVE, TWO_PEOPLE, UNSURE, meaning
from analysis.study.data.poses import Poses
from analysis.study.samples.samples import Looks, inputs, legs_hidden, place_beside
from analysis.study.samples.view import see
from lart_core.camera import RESOLUTION
from lart_core.model import Checkpoint
from lart_core.model.inference import probabilities
from lart_core.model.inputs import Inputs
from lart_core.motion.from_joints import DISTANCE

CROSS_SUBJECT = ("nw_ucla", "utd_mhad", "utkinect")
"""Sources of the cross-subject protocol: one main label a clip, 17 of them."""

BINS = 15
DRAWS = 2000
"""Of people, for an interval."""


@dataclass(frozen=True)
class Judged:
    """What a model says of M tracklets, beside what is true.

    Attributes:
        ava_ids: The model's C actions.
        rows: (M,) tracklets of the corpus.
        probability: M arrays (T, C), a row for each frame.
        target: M arrays (T, C) int8: 1 does, 0 does not, -1 not known.
    """

    ava_ids: tuple[int, ...]
    rows: NDArray[np.int64]
    probability: list[NDArray[np.float32]]
    target: list[NDArray[np.int8]]

    def of(self, corpus: Corpus, sources: Collection[str]) -> "Judged":
        """The part of some sources."""
        kept = [i for i, row in enumerate(self.rows) if corpus.source[row] in sources]
        return Judged(
            self.ava_ids,
            self.rows[kept],
            [self.probability[i] for i in kept],
            [self.target[i] for i in kept],
        )


def joined(parts: Sequence[Judged]) -> Judged:
    """What models with the same actions say of different tracklets, as one."""
    return Judged(
        parts[0].ava_ids,
        np.concatenate([part.rows for part in parts]),
        [each for part in parts for each in part.probability],
        [each for part in parts for each in part.target],
    )


def judge(checkpoint: Checkpoint, corpus: Corpus, rows: NDArray[np.int64]) -> Judged:
    """Show tracklets to a model, as `lart_core.model.inference` does.

    Its word stands also more than a second away from any sight, where the product says nothing.
    """
    model = checkpoint.model.eval()
    mean, std = torch.from_numpy(checkpoint.mean), torch.from_numpy(checkpoint.std)
    columns = torch.tensor(checkpoint.ava_ids) - 1

    def shown(row: int) -> Inputs:
        span = slice(corpus.start[row], corpus.start[row] + corpus.length[row])
        poses = corpus.poses_of(row)
        looks = None
        if model.config.appearance_size:
            rows = corpus.shown[span][None]
            looks = Looks(corpus.seen(rows), rows >= 0)
        batch = inputs(poses, model.config, mean, std, looks)
        return {name: value[0, :, 0].numpy() for name, value in batch.items()}

    tracks, beside, targets = [], [], []
    for row in rows.tolist():
        track, other = shown(row), int(corpus.other[row])
        tracks.append(track)
        if checkpoint.together and other != ALONE:
            apart = int(corpus.first[row] - corpus.first[other])
            track = _beside(track, shown(other), apart)
        beside.append(track)
        span = slice(corpus.start[row], corpus.start[row] + corpus.length[row])
        targets.append(corpus.target[span][:, columns].numpy())
    said = probabilities(checkpoint, tracks, beside)
    return Judged(checkpoint.ava_ids, np.asarray(rows), said, targets)


def _beside(track: Inputs, other: Inputs, apart: int) -> Inputs:
    """(T, 2, size) of somebody and of whoever is beside, whose tracklet begins `apart` earlier."""
    at = np.arange(len(track["has_detection"])) + apart
    inside = (at >= 0) & (at < len(other["has_detection"]))
    at = np.clip(at, 0, len(other["has_detection"]) - 1)
    return {
        name: np.stack([value, other[name][at] * inside[:, None]], axis=1)
        for name, value in track.items()
    }


@dataclass(frozen=True)
class Answers:
    """One main action for each of M clips, and what is true; AVA ids."""

    rows: NDArray[np.int64]
    said: NDArray[np.int64]
    truth: NDArray[np.int64]


def answers(judged: Judged, corpus: Corpus) -> Answers:
    """Name one action a clip.

    A clip counts if its label has a main action that the model knows; the answer is the main
    action of all such clips with the highest mean probability over the clip's frames.
    """
    main = [meaning(corpus.source[r], corpus.label[r]).main for r in judged.rows]
    candidates = sorted({m for m in main if m in judged.ava_ids})
    columns = [judged.ava_ids.index(m) for m in candidates]
    counted = [i for i, truth in enumerate(main) if truth in candidates]
    said = [
        candidates[int(judged.probability[i][:, columns].mean(axis=0).argmax())] for i in counted
    ]
    return Answers(judged.rows[counted], np.array(said), np.array([main[i] for i in counted]))


def pairs_top1(judged: Judged, corpus: Corpus) -> tuple[int, int]:
    """How many takes of two people are named right, of how many.

    A take counts if what is done in it has a main action that the model knows; the answer is the
    main action of all such takes that either person does with the highest mean probability.
    Nothing is counted where only one action could be named.
    """
    takes: dict[int, list[int]] = {}
    for place, row in enumerate(judged.rows.tolist()):
        other = int(corpus.other[row])
        takes.setdefault(row if other == ALONE else min(row, other), []).append(place)
    truth = {}
    for take, places in takes.items():
        main = {meaning(corpus.source[r], corpus.label[r]).main for r in judged.rows[places]}
        known = [each for each in main if each in judged.ava_ids]
        if len(known) == 1:
            truth[take] = known[0]
    candidates = sorted(set(truth.values()))
    if len(candidates) < 2:
        return 0, 0
    columns = [judged.ava_ids.index(each) for each in candidates]
    right = 0
    for take, main_action in truth.items():
        said = [judged.probability[place][:, columns].mean(axis=0) for place in takes[take]]
        right += candidates[int(np.max(said, axis=0).argmax())] == main_action
    return right, len(truth)


def without_bodies(corpus: Corpus, rows: NDArray[np.int64]) -> Corpus:
    """The corpus with no body of some tracklets believed: there is what they look like alone."""
    detected = corpus.poses.detected.clone()
    for row in rows:
        detected[:, corpus.start[row] : corpus.start[row] + corpus.length[row]] = False
    return replace(corpus, poses=replace(corpus.poses, detected=detected))


def without_legs(corpus: Corpus) -> Corpus:
    """The corpus with nobody's legs seen, as behind a table."""
    everywhere = torch.ones_like(corpus.poses.leg_seen)
    return replace(corpus, poses=legs_hidden(corpus.poses, everywhere))


def from_anywhere(corpus: Corpus, rows: NDArray[np.int64]) -> Corpus:
    """The corpus with some tracklets seen from a random side, always the same one."""
    chance = torch.Generator().manual_seed(0)
    arrays = {name: getattr(corpus.poses, name).clone() for name in Poses.__dataclass_fields__}
    still, middle = torch.zeros(1), torch.full((1, 2), RESOLUTION / 2)
    for row in rows:
        span = slice(corpus.start[row], corpus.start[row] + corpus.length[row])
        poses = Poses(*(array[:, span] for array in arrays.values()))
        yaw = (torch.rand(1, generator=chance) * 2 - 1) * torch.pi
        seen = see(poses, yaw, still, torch.full((1,), DISTANCE), middle, still)
        for name, array in arrays.items():
            array[:, span] = getattr(seen, name)
    return replace(corpus, poses=Poses(**arrays))


def among_strangers(corpus: Corpus, rows: NDArray[np.int64]) -> Corpus:
    """The corpus with each of some tracklets beside another of them, always the same one.

    They have nothing to do with each other: what a model says should be what it says of each alone.
    """
    chance = torch.Generator().manual_seed(0)
    camera, other = corpus.poses.camera.clone(), corpus.other.copy()
    moved = replace(corpus, poses=replace(corpus.poses, camera=camera), other=other)
    mixed = rows[torch.randperm(len(rows), generator=chance).numpy()]
    for one, two in mixed[: len(rows) // 2 * 2].reshape(-1, 2):
        place_beside(moved.poses_of(one), moved.poses_of(two), chance)
        other[[one, two]] = two, one
    return moved


def imagined(judged: Judged) -> float:
    """Share of frames in which somebody is more likely than not said to do something to another."""
    columns = [column for column, each in enumerate(judged.ava_ids) if each in TWO_PEOPLE]
    return float((np.concatenate(judged.probability)[:, columns] > 0.5).any(axis=1).mean())


def top1(found: Answers, corpus: Corpus) -> dict[str, tuple[int, int]]:
    """Source -> how many clips are named right, of how many."""
    counts: dict[str, tuple[int, int]] = {}
    for row, good in zip(found.rows, found.said == found.truth, strict=True):
        right, total = counts.get(corpus.source[row], (0, 0))
        counts[corpus.source[row]] = (right + int(good), total + 1)
    return counts


def top1_interval(found: Answers, corpus: Corpus) -> tuple[float, float, float]:
    """Top-1 over all clips, with the 95 % interval of a bootstrap over people."""
    people = np.array([f"{corpus.source[r]}/{corpus.group[r]}" for r in found.rows])
    return resampled(found.said == found.truth, people)


def resampled(good: NDArray[np.bool_], people: NDArray[np.str_]) -> tuple[float, float, float]:
    """The share of (M,) good answers, with the 95 % interval of a bootstrap over (M,) people."""
    parts = [good[people == person] for person in np.unique(people)]
    sums = np.array([(part.sum(), len(part)) for part in parts])
    drawn = sums[np.random.default_rng(0).integers(len(sums), size=(DRAWS, len(sums)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return float(good.mean()), float(low), float(high)


def average_precisions(judged: Judged) -> dict[int, tuple[float, int]]:
    """AVA id -> average precision over all frames that are labelled, and the positive frames.

    Actions without a positive frame are left out.
    """
    from torchmetrics.functional.classification import binary_average_precision

    probability, target = np.concatenate(judged.probability), np.concatenate(judged.target)
    found = {}
    for column, ava_id in enumerate(judged.ava_ids):
        known = target[:, column] != UNSURE
        truth = target[known, column] == POSITIVE
        if truth.any():
            score = torch.from_numpy(probability[known, column])
            precision = binary_average_precision(score, torch.from_numpy(truth).int())
            found[ava_id] = (float(precision), int(truth.sum()))
    return found


def expected_calibration_error(judged: Judged) -> float:
    """Mean gap between probability and frequency, in 15 bins over all frames and actions."""
    from torchmetrics.functional.classification import binary_calibration_error

    probability, target = np.concatenate(judged.probability), np.concatenate(judged.target)
    labelled = target != UNSURE
    truth = torch.from_numpy(target[labelled] == POSITIVE).int()
    return float(binary_calibration_error(torch.from_numpy(probability[labelled]), truth, BINS))
