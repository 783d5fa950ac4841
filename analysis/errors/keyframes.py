"""Keyframes of a judged set: all that was true and all that was said at one moment."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.boxes import boxes_of, iou
from analysis.errors.verdicts import Verdicts
from lart_core.errors import LartError

Ints = NDArray[np.int64]
Box = tuple[float, float, float, float]

SAME_PERSON = 0.1
"""IoU from one keyframe to the next at which a box is taken for the same person's."""


@dataclass(frozen=True)
class Label:
    """One action of one box: `score` is NaN for a true label that nobody found; `verdict` as in
    `Verdicts`; `row` in the table it comes from."""

    class_id: int
    name: str
    score: float
    verdict: str
    row: int


@dataclass(frozen=True)
class Person:
    """A box of a keyframe with its labels."""

    box: Box
    labels: list[Label]


@dataclass(frozen=True)
class Keyframe:
    """All that is true of a keyframe and all that was said of it (best scores first)."""

    video: str
    timestamp: float
    true: list[Person]
    said: list[Person]


class Keyframes:
    """Look-up of a judged set by video and time."""

    def __init__(self, verdicts: Verdicts) -> None:
        self.verdicts = verdicts
        matching = verdicts.evaluation.matching
        self._said = _index(matching.prediction_keyframe)
        self._true = _index(matching.ground_truth_keyframe)

    def at(self, video: str, timestamp: float) -> Keyframe:
        """Everything at one moment.

        Raises:
            LartError: The moment is none of the ground truth's keyframes.
        """
        number = self._numbers.get((video, timestamp))
        if number is None:
            raise LartError(f"There is no keyframe at {timestamp:g} s of {video[:80]!r}.")
        return self._keyframe(number, video, timestamp)

    def moments(self, video: str) -> NDArray[np.float64]:
        """Ascending timestamps of a video's keyframes."""
        return self._moments.get(video, np.zeros(0))

    @cached_property
    def _numbers(self) -> dict[tuple[str, float], int]:
        matching, truth = self.verdicts.evaluation.matching, self.verdicts.evaluation.ground_truth
        number, row = np.unique(matching.ground_truth_keyframe, return_index=True)
        keys = zip(
            truth["video"].astype(str).to_numpy()[row],
            truth["timestamp"].to_numpy()[row].tolist(),
            strict=True,
        )
        return dict(zip(keys, number.tolist(), strict=True))

    @cached_property
    def _moments(self) -> dict[str, NDArray[np.float64]]:
        found: dict[str, list[float]] = {}
        for video, timestamp in self._numbers:
            found.setdefault(video, []).append(timestamp)
        return {video: np.sort(moments) for video, moments in found.items()}

    @cached_property
    def _prediction_verdict(self) -> NDArray[np.object_]:
        return self.verdicts.predictions["verdict"].astype(object).to_numpy()

    @cached_property
    def _truth_verdict(self) -> NDArray[np.object_]:
        return self.verdicts.ground_truth["verdict"].astype(object).to_numpy()

    def _keyframe(self, number: int, video: str, timestamp: float) -> Keyframe:
        evaluation = self.verdicts.evaluation
        true, said = self._true(number), self._said(number)
        found = self.verdicts.ground_truth["found_score"].to_numpy()
        true = true[self.verdicts.person[true] >= 0]
        score = evaluation.predictions["score"].to_numpy()
        said = said[np.argsort(-score[said], kind="stable")]
        return Keyframe(
            video,
            timestamp,
            self._people(evaluation.ground_truth, true, found, self._truth_verdict),
            self._people(evaluation.predictions, said, score, self._prediction_verdict),
        )

    def _people(
        self,
        table: pd.DataFrame,
        rows: Ints,
        score: NDArray[np.float64],
        verdict: NDArray[np.object_],
    ) -> list[Person]:
        people: dict[Box, list[Label]] = {}
        actions = table["action_id"].to_numpy()
        name = self.verdicts.evaluation.label_map.name
        for row, box in zip(rows.tolist(), boxes_of(table, rows), strict=True):
            class_id = int(actions[row])
            label = Label(class_id, name(class_id), float(score[row]), str(verdict[row]), row)
            people.setdefault(box_of(box), []).append(label)
        return [Person(box, labels) for box, labels in people.items()]


def overlap(a: Box, b: Box) -> float:
    """IoU of two boxes."""
    return float(np.nan_to_num(iou(np.array([a]), np.array([b]))[0]))


def nearest(people: list[Person], box: Box) -> Person | None:
    """The person whose box overlaps a box most; None if none does."""
    best = max(people, key=lambda person: overlap(person.box, box), default=None)
    return best if best is not None and overlap(best.box, box) > 0 else None


def follow(moment: Keyframe, box: Box | None) -> Box | None:
    """Where a box's person is in a neighbouring keyframe; None where nobody is near."""
    best = nearest([*moment.said, *moment.true], box) if box else None
    return best.box if best and box and overlap(best.box, box) >= SAME_PERSON else None


def box_of(values: NDArray[np.float64]) -> Box:
    """Four numbers as a box."""
    x1, y1, x2, y2 = values.tolist()
    return (x1, y1, x2, y2)


def _index(keyframe: Ints) -> Callable[[int], Ints]:
    """Look-up of the rows of a keyframe."""
    order = np.argsort(keyframe, kind="stable")
    ordered = keyframe[order]

    def rows(number: int) -> Ints:
        begin, end = np.searchsorted(ordered, [number, number + 1])
        return order[begin:end]

    return rows
