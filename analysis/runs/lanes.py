"""Lanes: a person's top actions over time, in as many steps as a screen can show."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import Actions, PersonActions
from lart_core.tracklet import VideoFacts


def top_actions(
    models: Sequence[Actions], track_id: int, video: VideoFacts, count: int = 4
) -> list[int]:
    """The AVA ids of a person's top actions, highest first.

    An action counts as much as its best second in any of the models: the highest mean probability
    over one second. A short jump ranks with a long walk, a single noisy frame does not.
    """
    return highest(best_of(models, track_id, video), count)


def highest(best: Mapping[int, float], count: int = 4) -> list[int]:
    """The AVA ids with the highest values, highest first."""
    return sorted(best, key=lambda ava_id: (-best[ava_id], ava_id))[:count]


def best_of(models: Sequence[Actions], track_id: int, video: VideoFacts) -> dict[int, float]:
    """AVA id -> the best second of a person in any of the models."""
    best: dict[int, float] = {}
    for actions in models:
        person = actions.people.get(track_id)
        if person is None or len(person.frame) == 0:
            continue
        scores = best_second(person.probability, video.second_of(person.frame))
        for ava_id, score in zip(actions.ava_ids, scores, strict=True):
            best[ava_id] = max(best.get(ava_id, 0.0), float(score))
    return best


def best_second(
    probability: NDArray[np.floating], times: NDArray[np.float64]
) -> NDArray[np.floating]:
    """(C,) highest mean over one second of each column of (T, C) probabilities.

    Args:
        times: (T,) seconds of the rows. Of a shorter track the mean of all rows counts.
    """
    ends = np.searchsorted(times, times + 1 - 1e-6)
    whole = np.flatnonzero(ends < len(times))
    starts = np.append(whole, whole[-1] + 1 if len(whole) else 0)
    ends = ends[starts]
    total = np.cumsum(np.pad(probability.astype(np.float64), ((1, 0), (0, 0))), axis=0)
    return ((total[ends] - total[starts]) / (ends - starts)[:, None]).max(axis=0)


def curve(person: PersonActions, column: int, first: int, last: int, bins: int) -> list[int]:
    """One action's probability in `bins` equal steps of the frames first..last.

    Returns:
        The highest probability of each step in thousandths, so that no peak is lost; -1 where the
        person is not.
    """
    step = binned(person.frame, first, last, bins)
    inside = step >= 0
    values = np.full(bins, -1.0)
    if inside.any():
        steps, starts = np.unique(step[inside], return_index=True)
        values[steps] = np.maximum.reduceat(person.probability[inside, column], starts) * 1000.0
    return np.rint(values).astype(int).tolist()


def binned(frame: NDArray[np.int64], first: int, last: int, bins: int) -> NDArray[np.int64]:
    """The step (0..bins-1) of each frame, -1 outside first..last."""
    step = (frame - first) * bins // (last + 1 - first)
    return np.where((frame >= first) & (frame <= last), step, -1)


def person_lane(
    models: Sequence[Actions],
    track_id: int,
    first: int,
    last: int,
    bins: int,
    best: Mapping[int, float],
    truth: Mapping[int, list[list[int]]] | None = None,
    drawn: Iterable[int] = (),
    asked: int | None = None,
) -> list[dict[str, Any]]:
    """A person's labelled and top actions with a curve for each of one or two models.

    Args:
        best: As `best_of` gives it; the top actions get a lane.
        truth: What people labelled, AVA id -> stretches; these actions come first.
        drawn: Actions that somebody corrected; they come next.
        asked: An action that comes before all others.

    Returns:
        One record an action: ``id``, ``name``, ``a`` and (for a second model) ``b``, the curves,
        and ``truth``, the stretches in which people said so.
    """
    truth = truth or {}
    first_of_all = [] if asked is None else [asked]
    ranked = [*first_of_all, *sorted(truth), *sorted(drawn), *highest(best)]
    lanes = []
    for ava_id in dict.fromkeys(ranked):
        lane: dict[str, Any] = {
            "id": ava_id,
            "name": ava_actions()[ava_id].name,
            "a": [-1] * bins,
            "truth": truth.get(ava_id, []),
        }
        for slot, actions in zip("ab", models, strict=False):
            lane[slot] = _curve_or_nothing(actions, track_id, ava_id, first, last, bins)
        lanes.append(lane)
    return lanes


def at_frame(actions: Actions, track_id: int, frame: int) -> dict[int, float]:
    """What a model says of a person at a frame: AVA id -> probability; {} where it says nothing."""
    person = actions.people.get(track_id)
    if person is None:
        return {}
    row = int(np.searchsorted(person.frame, frame))
    if row == len(person.frame) or person.frame[row] != frame:
        return {}
    values = person.probability[row].tolist()
    return dict(zip(actions.ava_ids, values, strict=True))


def _curve_or_nothing(
    actions: Actions, track_id: int, ava_id: int, first: int, last: int, bins: int
) -> list[int]:
    person = actions.people.get(track_id)
    if person is None or ava_id not in actions.ava_ids:
        return [-1] * bins
    return curve(person, actions.ava_ids.index(ava_id), first, last, bins)
