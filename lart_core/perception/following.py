"""`FollowingDetector`: people whom the detector loses are followed by their landmarks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from lart_core.perception import agreement, roi, windows
from lart_core.perception.blazepose import BlazePose, Landmarks
from lart_core.perception.movenet import MoveNetDetector
from lart_core.perception.protocols import Detections, Frame

PATIENCE = 60
"""Frames for which somebody is followed unless the detector finds them again."""
SAME_PLACE = 0.1
"""Intersection over union with a detection over which somebody was found again."""
PRESENT = 0.5
"""Presence over which somebody is believed."""
SCORE = 0.5
"""Score of a followed person with presence 1: under that of a clear detection."""
GROWTH = 1.5
"""Somebody who has grown or shrunk by more than this since the detector found them is not them."""
PADDING = np.array([-0.1, -0.1, 0.1, 0.06])
"""Sides of a box beyond the landmarks, as shares of their extent: head, hands, soles."""


@dataclass(frozen=True)
class _Person:
    """Where somebody was a frame ago, and for how many frames the detector has not found them."""

    box: NDArray[np.float32]
    region: NDArray[np.float64]
    side: float
    unseen: int = 0


class FollowingDetector:
    """MoveNet, and BlazePose for those whom MoveNet does not find again.

    MoveNet looks at the whole frame, small and without memory: in glare, in odd poses and far away
    it loses people. BlazePose, told where a person was a frame ago, still sees them. Its landmarks
    then give the detection, as in MediaPipe's own tracking. Use one detector a video.

    Args:
        detector: Finds people anew.
        landmarks: Follows them.
    """

    name = "movenet-multipose, blazepose-full"

    def __init__(self, detector: MoveNetDetector, landmarks: BlazePose) -> None:
        self._detector = detector
        self._landmarks = landmarks
        self._known: list[_Person] = []

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """People of each RGB frame; the frames go on from those of the last call."""
        return [self._detect(frame) for frame in frames]

    def _detect(self, frame: Frame) -> Detections:
        people = self._detector.detect([frame])[0]
        regions = roi.from_keypoints(people.box, people.keypoints)
        known = [
            _Person(box, region, float(region[2]))
            for box, region in zip(people.box, regions, strict=True)
        ]
        for person in self._lost(people):
            seen = self._landmarks.look(frame, person.region[None])
            found = detection(seen, frame)
            if _believed(seen, found, person) and not _already(found, people):
                people = _joined(people, found)
                followed = replace(person, box=found.box[0], region=seen.own[0])
                known.append(replace(followed, unseen=person.unseen + 1))
        self._known = known
        return people

    def _lost(self, people: Detections) -> list[_Person]:
        """The known people without a detection of their own, while patience lasts."""
        boxes = np.array([person.box for person in self._known]).reshape(-1, 4)
        shared = windows.overlap(boxes, people.box)
        rows, columns = linear_sum_assignment(-shared)
        found = set(rows[shared[rows, columns] > SAME_PLACE].tolist())
        return [
            person
            for i, person in enumerate(self._known)
            if i not in found and person.unseen < PATIENCE
        ]


def detection(landmarks: Landmarks, frame: Frame) -> Detections:
    """People as a detector would give them, from their landmarks."""
    keypoints = landmarks.image[:, agreement.COCO]
    low, high = landmarks.image[..., :2].min(axis=1), landmarks.image[..., :2].max(axis=1)
    box = np.concatenate([low, high], axis=1) + PADDING * np.tile(high - low, 2)
    box = np.clip(box, 0, np.tile(frame.shape[1::-1], 2)).astype(np.float32)
    return Detections(box, SCORE * landmarks.presence, keypoints)


def _believed(seen: Landmarks, found: Detections, person: _Person) -> bool:
    growth = seen.own[0, 2] / person.side
    size = found.box[0, 2:] - found.box[0, :2]
    return bool(seen.presence[0] > PRESENT and 1 / GROWTH < growth < GROWTH and size.min() >= 2)


def _already(found: Detections, people: Detections) -> bool:
    """Whether the one person is among the people."""
    both = _joined(people, found)
    assert both.keypoints is not None
    return len(people) not in windows.suppress(both.box, both.score, both.keypoints)


def _joined(people: Detections, more: Detections) -> Detections:
    assert people.keypoints is not None and more.keypoints is not None
    return Detections(
        np.concatenate([people.box, more.box]),
        np.concatenate([people.score, more.score]),
        np.concatenate([people.keypoints, more.keypoints]),
    )
