"""What the index keeps of a run: who is in sight when, and what each model says of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.runs import lanes
from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import PersonActions
from lart_core.runs.run import Run
from lart_core.tracklet import VideoFacts, sight

STEPS = 4
"""Steps a second: what is said in a step is the mean over its frames."""
LEAST = 0.1
"""Probabilities below are not kept: nobody looks for what is so improbable."""
BEFORE, AFTER = 1.5, 2.0
"""Seconds around a telling moment that are played."""
TOP = 3
"""Actions that a run's summary names."""
THOUSAND = 1000


@dataclass(frozen=True, eq=False)
class Content:
    """What is in a run.

    Attributes:
        presence: (person, first step, last step) of each stretch in which someone is in sight.
        said: (model, person, action, step, probability in thousandths, whether somebody corrected
            it). Where somebody did, a model says of that person what was corrected, and that alone.
        top: The actions of the run's first model by their best second of any person, in words:
            what Watch's lanes go by (`analysis.runs.lanes`).
        poster: The frame with most people in sight, an early one.
        loop: First and last frame around the most telling action: a probable one that lasts
            shortest.
    """

    presence: list[tuple[int, int, int]]
    said: list[tuple[str, int, int, int, int, bool]]
    top: list[str]
    poster: int
    loop: tuple[int, int]


def content(run: Run) -> Content:
    """Read a run for the index.

    Raises:
        LartError: Its people or actions are damaged.
    """
    video = run.video
    shown: dict[int, NDArray[np.int64]] = {}
    everyone = run.people()
    for person in everyone.track_ids:
        kept = everyone.columns(person, "frame", "score", "detected")
        seen = kept["detected"] | (kept["score"] > 0)
        shown[person] = kept["frame"][sight.bridged(seen, kept["frame"], video)]
    presence = [
        (person, *stretch)
        for person, frames in shown.items()
        for stretch in _stretches(np.unique(_steps(video, frames)))
    ]
    drawn = _drawn(run)
    known = {(person, step) for person, _, step in drawn}
    there = {i: set(f.tolist()) for i, f in shown.items()}
    said = []
    for model in run.models() or [""]:
        for person, action, step, value in _said(run, model, there) if model else ():
            if (person, step) not in known:
                said.append((model, person, action, step, value, False))
        said += [(model, *each, THOUSAND, True) for each in drawn]
    lively = _telling([row[1:5] for row in said if row[0] == said[0][0]])
    top = top_actions(run, run.models()[:1])
    counts = np.bincount(np.concatenate([*shown.values(), [0]]).astype(int))
    first, last = video.frame_at(np.array([lively - BEFORE, lively + AFTER]))
    loop = (max(int(first), 0), min(int(last), video.frames - 1))
    return Content(presence, said, top, int(counts.argmax()), loop)


def _drawn(run: Run) -> list[tuple[int, int, int]]:
    """(person, action, step) of everything that somebody corrected."""
    found = set()
    for span in run.corrections().spans:
        steps = _steps(run.video, np.arange(span.first, span.last + 1))
        found |= {(span.person, span.action, step) for step in np.unique(steps).tolist()}
    return sorted(found)


def _said(run: Run, model: str, shown: dict[int, set[int]]) -> Iterator[tuple[int, int, int, int]]:
    """(person, action, step, thousandths) of everyone while in sight."""
    actions = run.actions_of_people(model)
    for person, own in actions.people.items():
        here = np.isin(own.frame, np.fromiter(shown.get(person, ()), np.int64))
        if not here.any():
            continue
        steps, means = _means(PersonActions(own.frame[here], own.probability[here]), run.video)
        rows, columns = np.nonzero(means >= LEAST)
        thousandths = np.rint(means * THOUSAND).astype(int)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            yield person, actions.ava_ids[column], int(steps[row]), int(thousandths[row, column])


def _means(own: PersonActions, video: VideoFacts) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
    """The steps that a person is in, and the mean of each column of probabilities there."""
    steps, starts, counts = np.unique(
        _steps(video, own.frame), return_index=True, return_counts=True
    )
    sums = np.add.reduceat(own.probability.astype(np.float64), starts, axis=0)
    return steps, sums / counts[:, None]


def top_actions(run: Run, models: Sequence[str]) -> list[str]:
    """The actions that some models of a run give the best second of any person, in words.

    What somebody corrected is sure, and models are not asked of that person then.
    """
    drawn = _drawn(run)
    best = {action: 1.0 for _, action, _ in drawn}
    for model in models:
        actions = run.actions_of_people(model)
        for person, own in actions.people.items():
            known = [step for one, _, step in drawn if one == person]
            kept = ~np.isin(_steps(run.video, own.frame), known)
            if not kept.any():
                continue
            times = run.video.second_of(own.frame[kept])
            shares = lanes.best_second(own.probability[kept], times)
            for action, share in zip(actions.ava_ids, shares.tolist(), strict=True):
                best[action] = max(best.get(action, 0.0), share)
    found = [action for action in lanes.highest(best, TOP) if best[action] >= LEAST]
    return [ava_actions()[action].name for action in found]


def _telling(rows: list[tuple[int, int, int, int]]) -> float:
    """The second of the most telling action."""
    peak: dict[int, tuple[int, int]] = {}
    length: dict[int, int] = {}
    for _, action, step, thousandths in rows:
        peak[action] = max(peak.get(action, (0, 0)), (thousandths, step))
        length[action] = length.get(action, 0) + (thousandths >= THOUSAND // 2)
    top = sorted(peak, key=lambda action: -peak[action][0])[:TOP]
    sure = [action for action in peak if length[action]]
    shortest = min(sure or top, key=lambda action: length[action], default=None)
    return peak[shortest][1] / STEPS if shortest is not None else 0.0


def _steps(video: VideoFacts, frames: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.floor(video.second_of(frames) * STEPS + 1e-6).astype(np.int64)


def _stretches(steps: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """First and last of every unbroken stretch of ascending steps."""
    if len(steps):
        for part in np.split(steps, np.flatnonzero(np.diff(steps) > 1) + 1):
            yield int(part[0]), int(part[-1])
