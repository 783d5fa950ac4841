"""`SparseDetector`: a detector looks at some frames, and between two looks people move evenly."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lart_core.boxes import iou
from lart_core.perception.embedded import fusion
from lart_core.perception.protocols import Detections, Detector, Frame

EVERY = 0.1
"""Seconds between two looks where nothing happens. With 0.2 small people are lost (0.83 in place of
0.87 of the main people of annotated frames)."""
SOON = 0.05
"""The same where people come, go or leap."""
SAME = 0.3
"""Overlap of one person's boxes in two looks."""
LEAPT = 0.3
"""Share of the box's diagonal that a sure keypoint may move between two looks; where one moves
further, the frame half-way is looked at, too."""
SURE = 0.5
"""Keypoints over this confidence count for that."""
GUESSED = 0.06
"""Share of the box's diagonal: a keypoint that moves further between two looks is known too badly
in between to contradict anybody, and its confidence is halved there."""


class SparseDetector:
    """People in every frame, from a detector that looks at few.

    It looks at a frame every tenth of a second. Where two looks do not show the same people, or
    somebody moved far, it looks half-way between, too, and so on to every twentieth of a second.
    Whoever is in one of two looks only is in none of the frames between them: `FollowingDetector`
    follows who is lost.

    Args:
        detector: Finds people with keypoints, in each frame by itself.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector, self.name = detector, detector.name
        self.begin(30.0)

    def begin(self, fps: float) -> None:
        """A new video with `fps` frames a second."""
        self._every, self._soon = (max(1, round(seconds * fps)) for seconds in (EVERY, SOON))

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """People of each RGB frame."""
        if not len(frames):
            return []
        looks = dict.fromkeys([*range(0, len(frames), self._every), len(frames) - 1])
        found = {at: self._look(frames[at]) for at in looks}
        for start, end in pairwise(looks):
            self._look_between(frames, found, start, end)
        for start, end in pairwise(sorted(found)):
            for at in range(start + 1, end):
                found[at] = _moved(found[start], found[end], (at - start) / (end - start))
        return [found[at] for at in range(len(frames))]

    def _look_between(
        self, frames: Sequence[Frame], found: dict[int, Detections], start: int, end: int
    ) -> None:
        if end - start > self._soon and not _calm(found[start], found[end]):
            half = (start + end) // 2
            found[half] = self._look(frames[half])
            self._look_between(frames, found, start, half)
            self._look_between(frames, found, half, end)

    def _look(self, frame: Frame) -> Detections:
        return self._detector.detect([frame])[0]


def _same_people(a: Detections, b: Detections) -> tuple[list[int], list[int]]:
    """Rows in `a` and in `b` of the people who are in both."""
    both = fusion.pairs(iou(a.box[:, None], b.box), SAME)
    return [i for i, _ in both], [j for _, j in both]


def _calm(a: Detections, b: Detections) -> bool:
    """Whether two looks show the same people, about where they were."""
    left, right = _same_people(a, b)
    alone = len(a) + len(b) - 2 * len(left)
    return not alone and not (_shift(a.take(left), b.take(right)) > LEAPT).any()


def _shift(a: Detections, b: Detections) -> NDArray[np.float32]:
    """(N, 17) how far people's sure keypoints move, as shares of the box's diagonal; others 0."""
    assert a.keypoints is not None and b.keypoints is not None
    step = np.linalg.norm(b.keypoints[..., :2] - a.keypoints[..., :2], axis=-1)
    diagonal = np.linalg.norm(a.box[:, 2:] - a.box[:, :2], axis=-1)
    sure = np.minimum(a.keypoints[..., 2], b.keypoints[..., 2]) >= SURE
    return np.where(sure, step / np.maximum(diagonal, 1)[:, None], 0).astype(np.float32)


def _moved(a: Detections, b: Detections, share: float) -> Detections:
    """The people of both looks at a `share` of the way from one to the other."""
    left, right = _same_people(a, b)
    a, b = a.take(left), b.take(right)
    assert a.keypoints is not None and b.keypoints is not None
    keypoints = a.keypoints + np.float32(share) * (b.keypoints - a.keypoints)
    sure = np.minimum(a.keypoints[..., 2], b.keypoints[..., 2])
    keypoints[..., 2] = np.where(_shift(a, b) > GUESSED, sure / 2, sure)
    box = a.box + np.float32(share) * (b.box - a.box)
    return Detections(box, np.minimum(a.score, b.score), keypoints)
