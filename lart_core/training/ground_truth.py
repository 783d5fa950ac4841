"""Ground-truth labels of tracklets from annotated boxes, such as AVA's (supplement B and B.1).

The rule, for each annotated time of a video:

1. Rows with the same time and box are one annotated person with several actions.
2. An annotated person is the tracked one whose box overlaps the annotated box most in the frame of
   that time, from an intersection over union of 0.5 on; nobody is two people (one Hungarian a
   time). Of people who were followed in windows, only the tracklets of that frame's window count.
3. The label holds for the frames within half a second (AVA annotates one frame a second), nearer
   ones first where two times meet. Listed actions that are not annotated are known not to be;
   frames and people without an annotation have no label.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from lart_core.boxes import iou
from lart_core.errors import LartError
from lart_core.tracklet import Tracklet
from lart_core.training.labels import FrameLabels

LEAST_IOU = 0.5
REACH = 0.5
"""Seconds before and after its time for which a label holds."""


@dataclass(frozen=True, eq=False)
class AnnotatedBoxes:
    """Annotations of one video, a row a box and action.

    Attributes:
        seconds: (N,) from the video's first frame.
        box: (N, 4) x1 y1 x2 y2 in 0..1 of the picture.
        action: (N,) AVA ids; one that is not wanted marks a person without wanted actions.

    Raises:
        LartError: Lengths disagree, or boxes are not in 0..1.
    """

    seconds: NDArray[np.float64]
    box: NDArray[np.float64]
    action: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = len(self.seconds)
        if self.box.shape != (n, 4) or self.action.shape != (n,):
            raise LartError(
                f"Expected annotations as (N,) seconds, (N, 4) boxes and (N,) actions, but got "
                f"{self.seconds.shape}, {self.box.shape} and {self.action.shape}."
            )
        if n and not (self.box.min() >= -0.01 and self.box.max() <= 1.01):
            raise LartError("Expected annotated boxes as fractions of the picture (0 to 1).")


@dataclass(frozen=True, eq=False)
class _Place:
    """What is needed of a tracklet once it is read."""

    frame: NDArray[np.int64]
    seconds: NDArray[np.float64]
    width: int


def label_tracklets(
    tracklets: Iterable[Tracklet],
    truth: AnnotatedBoxes,
    ava_ids: Sequence[int],
    *,
    reach: float = REACH,
    least_iou: float = LEAST_IOU,
) -> list[FrameLabels]:
    """Labels of the tracklets of one video, by the rule of this module.

    Args:
        tracklets: Each is read once.
        truth: The video's annotations.
        ava_ids: Actions that are wanted, the columns of the labels; others are left out.
        reach: Seconds around its time for which a label holds; 0 for its frame alone.
        least_iou: Overlap from which a tracked person is the annotated one.

    Returns:
        One a tracklet, in their order; without frames where nobody annotated it.
    """
    people, who = _people(truth)
    target = _targets(truth, who, len(people), ava_ids)
    places: list[_Place] = []
    overlaps: dict[tuple[float, int | None], list[tuple[int, int, float]]] = {}
    for number, tracklet in enumerate(tracklets):
        seconds = tracklet.video.second_of(tracklet.frame)
        places.append(_Place(tracklet.frame, seconds, len(ava_ids)))
        for person, row in _met(tracklet, people):
            box = people[person, 1:] * ([tracklet.video.width, tracklet.video.height] * 2)
            overlap = float(iou(tracklet.box[row], box))
            if overlap >= least_iou:
                key = (float(people[person, 0]), tracklet.keyframe)
                overlaps.setdefault(key, []).append((number, person, overlap))
    found: list[list[int]] = [[] for _ in places]
    for pairs in overlaps.values():
        for number, person in _assigned(pairs):
            found[number].append(person)
    return [
        _labels(place, people[persons, 0], target[persons], reach)
        for place, persons in zip(places, found, strict=True)
    ]


def over_pseudo_labels(pseudo: FrameLabels, truth: FrameLabels) -> FrameLabels:
    """Both in one: ground truth where there is some, a model's labels elsewhere.

    As the published code takes them: labels of kind 2 replace those of kind 1.
    """
    keep = ~np.isin(pseudo.frame, truth.frame)
    frame = np.concatenate([pseudo.frame[keep], truth.frame])
    order = np.argsort(frame, kind="stable")
    return FrameLabels(
        frame[order],
        np.concatenate([pseudo.target[keep], truth.target])[order],
        np.concatenate([pseudo.ground_truth[keep], truth.ground_truth])[order],
    )


def _people(truth: AnnotatedBoxes) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(P, 5) time and box of each annotated person, and (N,) whose each row is."""
    rows = np.column_stack([truth.seconds, truth.box]).astype(np.float64).reshape(-1, 5)
    people, who = np.unique(rows, axis=0, return_inverse=True)
    return people, who.reshape(-1)


def _targets(
    truth: AnnotatedBoxes, who: NDArray[np.int64], people: int, ava_ids: Sequence[int]
) -> NDArray[np.float32]:
    target = np.zeros((people, len(ava_ids)), np.float32)
    for column, ava_id in enumerate(ava_ids):
        target[who[truth.action == ava_id], column] = 1
    return target


def _met(tracklet: Tracklet, people: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Annotated people of the tracklet's frames, or of its keyframe, each with the row."""
    frame = tracklet.video.frame_at(people[:, 0])
    here = (frame >= tracklet.first) & (frame <= tracklet.last)
    if tracklet.keyframe is not None:
        here &= frame == tracklet.keyframe
    return [(int(person), int(frame[person]) - tracklet.first) for person in np.flatnonzero(here)]


def _assigned(pairs: list[tuple[int, int, float]]) -> list[tuple[int, int]]:
    """Tracklet and annotated person of one time: who overlap most, each once."""
    numbers = sorted({number for number, _, _ in pairs})
    persons = sorted({person for _, person, _ in pairs})
    gain = np.zeros((len(numbers), len(persons)))
    for number, person, overlap in pairs:
        gain[numbers.index(number), persons.index(person)] = overlap
    rows, columns = linear_sum_assignment(-gain)
    return [
        (numbers[row], persons[column])
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if gain[row, column] > 0
    ]


def _labels(
    place: _Place, times: NDArray[np.float64], target: NDArray[np.float32], reach: float
) -> FrameLabels:
    if not len(times):
        empty = np.zeros((0, place.width), np.float32)
        return FrameLabels(np.zeros(0, np.int64), empty, np.zeros(0, bool))
    distance = np.abs(place.seconds[:, None] - times)
    nearest = distance.argmin(axis=1)
    held = distance[np.arange(len(nearest)), nearest] <= reach + 1e-9
    held[distance.argmin(axis=0)] = True
    return FrameLabels(place.frame[held], target[nearest[held]], np.ones(held.sum(), bool))
