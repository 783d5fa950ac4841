"""`FollowingDetector`: people whom the detector loses are followed by their landmarks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from lart_core.boxes import iou
from lart_core.perception import roi
from lart_core.perception.embedded import agreement, tiles
from lart_core.perception.embedded.blazepose import BlazePose, Landmarks
from lart_core.perception.protocols import Detections, Detector, Frame, Remembering

PATIENCE = 2.0
"""Seconds for which somebody is followed unless the detector finds them again."""
SAME_PLACE = 0.1
"""Intersection over union with a detection over which somebody was found again."""
PRESENT = 0.5
"""Presence over which somebody is believed."""
LOOKED_FOR = 0.5
"""Seconds for which close-ups are taken of the place where somebody was last."""
CLOSE_UP = 2.5
"""Side of a close-up against the longer side of the box."""
PICTURE = 256
"""Pixels a side of a close-up."""
SCORE = 0.5
"""Score of a followed person with presence 1: under that of a clear detection."""
GROWTH = 1.5
"""Somebody who has grown or shrunk by more than this since the detector found them is not them."""
PADDING = np.array([-0.1, -0.1, 0.1, 0.06])
"""Sides of a box beyond the landmarks, as shares of their extent: head, hands, soles."""


@dataclass(frozen=True)
class _Person:
    """Where somebody was last, and for how many frames the detector has not found them (followed)
    and nobody has (missing). `side` is the side of the region when the detector found them."""

    box: NDArray[np.float32]
    region: NDArray[np.float64]
    side: float
    followed: int = 0
    missing: int = 0


class FollowingDetector:
    """MoveNet, and BlazePose for those whom MoveNet does not find again.

    MoveNet looks at the whole frame, small and without memory: in glare, in odd poses and far away
    it loses people. BlazePose, told where a person was a frame ago, still sees them. Its landmarks
    then give the detection, as in MediaPipe's own tracking. Where it loses them too, MoveNet takes
    close-ups of the place for a while. Each video begins with
    `begin`.

    Args:
        detector: Finds people anew.
        closer: Finds them in close-ups of 256 x 256 pixels.
        landmarks: Follows them.
    """

    name = "movenet-multipose, blazepose-full"

    def __init__(self, detector: Detector, closer: Detector, landmarks: BlazePose) -> None:
        self._detector = detector
        self._closer = closer
        self._landmarks = landmarks
        self.begin(30.0)

    def begin(self, fps: float) -> None:
        """A new video with `fps` frames a second: nobody is known yet."""
        self._patience, self._looked_for = round(PATIENCE * fps), round(LOOKED_FOR * fps)
        self._known: list[_Person] = []
        if isinstance(self._detector, Remembering):
            self._detector.begin(fps)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """People of each RGB frame; the frames go on from those of the last call."""
        found = self._detector.detect(frames)
        return [self._followed(*each) for each in zip(frames, found, strict=True)]

    def _followed(self, frame: Frame, people: Detections) -> Detections:
        """The people whom the detector found in a frame, and those who are followed."""
        known = _persons(people)
        for person in self._lost(people):
            seen = self._landmarks.look(frame, person.region[None])
            found = detection(seen, frame)
            if _believed(seen, found, person):
                now = replace(person, box=found.box[0], region=seen.own[0], missing=0)
                persons = [replace(now, followed=person.followed + 1)]
            else:
                found = self._close_up(frame, person.box)
                persons = _persons(found)
            people, added = _joined(people, found)
            known += [persons[i] for i in added]
            if not len(found) and person.missing < self._looked_for:
                known.append(replace(person, missing=person.missing + 1))
        self._known = known
        return people

    def _close_up(self, frame: Frame, box: NDArray[np.float32]) -> Detections:
        """People in the surroundings of a box, in which they look larger than in the frame."""
        centre, side = (box[:2] + box[2:]) / 2, CLOSE_UP * (box[2:] - box[:2]).max()
        picture = roi.crop(frame, np.array([*centre, side, 0.0]), PICTURE)
        people = self._closer.detect([picture])[0]
        assert people.keypoints is not None
        scale, origin = side / PICTURE, centre - side / 2
        keypoints = people.keypoints.copy()
        keypoints[..., :2] = keypoints[..., :2] * scale + origin
        box = people.box * scale + np.tile(origin, 2)
        box = np.clip(box, 0, np.tile(frame.shape[1::-1], 2)).astype(np.float32)
        return Detections(box, people.score, keypoints)

    def _lost(self, people: Detections) -> list[_Person]:
        """The known people without a detection of their own, while patience lasts."""
        boxes = np.array([person.box for person in self._known]).reshape(-1, 4)
        shared = iou(boxes[:, None], people.box[None])
        rows, columns = linear_sum_assignment(-shared)
        found = set(rows[shared[rows, columns] > SAME_PLACE].tolist())
        return [
            person
            for i, person in enumerate(self._known)
            if i not in found and person.followed < self._patience
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


def _persons(people: Detections) -> list[_Person]:
    regions = roi.from_keypoints(people.box, people.keypoints)
    both = zip(people.box, regions, strict=True)
    return [_Person(box, region, float(region[2])) for box, region in both]


def _joined(people: Detections, more: Detections) -> tuple[Detections, list[int]]:
    """The people and those of the others who are not among them, and which these are."""
    assert people.keypoints is not None and more.keypoints is not None
    both = Detections(
        np.concatenate([people.box, more.box]),
        np.concatenate([people.score, more.score]),
        np.concatenate([people.keypoints, more.keypoints]),
    )
    assert both.keypoints is not None
    # Those who were there first win, whatever their score.
    rank = np.where(np.arange(len(both)) < len(people), 1, 0) + 0.5 * both.score
    keep = tiles.suppress(both.box, rank, both.keypoints)
    added = sorted(i - len(people) for i in keep if i >= len(people))
    rows = [*range(len(people)), *(i + len(people) for i in added)]
    return Detections(both.box[rows], both.score[rows], both.keypoints[rows]), added
