"""`PeopleDetector`: who has keypoints, and whom only the networks for people and things see."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lart_core.boxes import iou
from lart_core.perception import roi
from lart_core.perception.embedded import fusion
from lart_core.perception.embedded.following import FollowingDetector
from lart_core.perception.embedded.ssd import PERSON, SSD, Boxes, prepare
from lart_core.perception.protocols import Detections, Frame
from lart_core.perception.things import Thing

EVERY, SELDOM = 0.1, 0.3
"""Seconds between two looks where somebody has no keypoints, and where everybody has; in between
boxes move evenly."""
SURE = 0.25
"""Score, over several looks, from which somebody is there."""
NEW = 0.15
"""What the scores before are taken for where there were none."""
PAST = 0.5
"""Share that the looks before have in a score."""
GONE = 0.02
"""Score under which somebody is forgotten."""
SAME = 0.5
"""Overlap over which a box is that of a person with keypoints."""
NEAR = 0.65
"""The same, over which the box around the keypoints is as good: under it, it is often cut off or
holds limbs that cannot be seen."""
NOBODY_ELSE = 0.2
"""The same for a box around the person's keypoints, and for one that was carried along from a look
while the person moved on."""
LEGS = slice(13, 17)
"""COCO's knees and ankles."""
WHOLE = 0.4
"""Mean confidence of knees and ankles from which the keypoints are those of a whole body."""
HELD = 0.6
"""Share of somebody's keypoints that a box around them holds."""
MOVED = 0.3
"""Overlap of one person's boxes in two looks."""

THING = 0.3
"""Score from which a thing is noted."""

Look = Callable[[Frame], dict[str, Boxes]]
"""Everybody and everything in a frame, by kind: boxes as shares of it, people without doubles."""


class PeopleDetector:
    """People with keypoints, and between them those whom keypoint networks do not see.

    MoveNet knows whole bodies. In close-ups, behind tables and half out of the picture detectors
    of people and things see more: they look three times a second, every tenth of one around looks
    in which they see somebody else, and at once when somebody with keypoints is lost. They flicker,
    so a person's score is smoothed over the looks. People of theirs have keypoints of confidence 0.

    Args:
        posed: Finds people with keypoints.
        look: Finds people's boxes in one frame (`both`).
        name: Of the detector.
    """

    def __init__(self, posed: FollowingDetector, look: Look, name: str) -> None:
        self._posed, self._look, self.name = posed, look, name
        self.begin(30.0)

    def begin(self, fps: float) -> None:
        """A new video with `fps` frames a second: nobody is known yet."""
        self._posed.begin(fps)
        self._every, self._seldom = (max(1, round(each * fps)) for each in (EVERY, SELDOM))
        self._known = _nobody()
        self._frames = 0
        self.things: list[Thing] = []

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """People of each RGB frame; the frames go on from those of the last call."""
        posed = self._posed.detect(frames)
        looks = {i: self._smoothed(seen) for i, seen in sorted(self._seen(frames, posed).items())}
        between = _between(looks, len(frames))
        self._frames += len(frames)
        return [
            together(people, boxes, frames[i].shape[1::-1], SAME if i in looks else NOBODY_ELSE)
            for i, (people, boxes) in enumerate(zip(posed, between, strict=True))
        ]

    def _seen(self, frames: Sequence[Frame], posed: Sequence[Detections]) -> dict[int, Boxes]:
        """What is seen in the frames that are looked at: evenly spaced ones, both ends, where
        somebody is lost, and more of them around somebody without keypoints."""
        counts = [len(people) for people in posed]
        lost = {i for i in range(1, len(counts)) if counts[i] < counts[i - 1]}
        ends = {0, len(counts) - 1} if counts else set()
        few = sorted(lost | ends | set(range(0, len(counts), self._seldom)))
        seen = {i: self._people(frames, i) for i in few}
        others = {i: _others(posed[i], seen[i], frames[i].shape[1::-1]) for i in few}
        for start, end in pairwise(few):
            if others[start] or others[end]:
                more = range(start + self._every, end, self._every)
                seen |= {i: self._people(frames, i) for i in more}
        return seen

    def _people(self, frames: Sequence[Frame], i: int) -> Boxes:
        """Everybody in a frame; things are noted."""
        found = self._look(frames[i])
        size = np.tile(frames[i].shape[1::-1], 2)
        for kind, boxes in found.items():
            for box, score in zip(boxes.box * size, boxes.score, strict=True):
                if kind != PERSON and score >= THING:
                    place = tuple(box.tolist())
                    self.things.append(Thing(self._frames + i, kind, float(score), place))
        return found[PERSON]

    def _smoothed(self, seen: Boxes) -> Boxes:
        """The sure ones of those seen now, by what the looks before said of them."""
        known = self._known
        same = dict(fusion.pairs(iou(seen.box[:, None], known.box), MOVED))
        before = np.array([known.score[same[i]] if i in same else NEW for i in range(len(seen))])
        score = (PAST * before + (1 - PAST) * seen.score).astype(np.float32)
        rest = [j for j in range(len(known)) if j not in same.values()]
        box = np.concatenate([seen.box, known.box[rest]])
        everybody = Boxes(box, np.concatenate([score, PAST * known.score[rest]]))
        self._known = everybody.take(everybody.score > GONE)
        now = Boxes(seen.box, score)
        return now.take(score >= SURE)


def both(networks: Sequence[SSD]) -> Look:
    """A look with two networks, fused and cleaned."""
    first, second = networks

    def look(frame: Frame) -> dict[str, Boxes]:
        picture = prepare(frame)
        a, b = first.find(picture), second.find(picture)
        both = {kind: fusion.fused(a[kind], b[kind]) for kind in a.keys() & b.keys()}
        found = dict(sorted((a | b | both).items()))
        return found | {PERSON: fusion.cleaned(found[PERSON])}

    return look


def together(
    posed: Detections, seen: Boxes, size: tuple[int, int], same_from: float = SAME
) -> Detections:
    """People with keypoints, and those of the boxes (shares of the frame) who have none.

    Where a larger box holds somebody's keypoints, these were put into a part of the person (a body
    into a face): the box remains, and the keypoints go.

    Args:
        size: (width, height) of the frame in pixels.
        same_from: Overlap with somebody with keypoints over which a box is nobody else.
    """
    assert posed.keypoints is not None
    boxes = seen.box * np.tile(np.array(size, np.float32), 2)
    shared = iou(posed.box[:, None], boxes)
    same = dict(fusion.pairs(shared, SAME))
    held = _held(posed.keypoints, boxes) > HELD
    around = held & (shared > NOBODY_ELSE)
    larger = _area(boxes)[None] > _area(posed.box)[:, None]
    whole = posed.keypoints[:, LEGS, 2].mean(axis=1) >= WHOLE
    limit = np.where(whole, SAME, NEAR)[:, None]
    cut_off = around & larger & (shared < limit) & (held.sum(axis=0) == 1)
    box, keypoints, rank = posed.box.copy(), posed.keypoints.copy(), posed.score + 1
    for i in np.flatnonzero(cut_off.any(axis=1)).tolist():
        box[i] = boxes[np.where(cut_off[i], shared[i], -1).argmax()]
        keypoints[i] = 0
    for i, j in same.items():
        if shared[i, j] < NEAR and not cut_off[i].any():
            box[i] = boxes[j]
    rest = np.flatnonzero(~((shared > same_from) | around).any(axis=0)).tolist()
    bare = np.zeros((len(rest), *keypoints.shape[1:]), np.float32)
    everybody = np.concatenate([box, boxes[rest]])
    score = np.concatenate([posed.score, seen.score[rest]])
    kept = fusion.cleaned_rows(Boxes(everybody, np.concatenate([rank, seen.score[rest]])))
    rows = [*range(len(posed)), *(row for row in kept if row >= len(posed))]
    return Detections(everybody[rows], score[rows], np.concatenate([keypoints, bare])[rows])


def _others(posed: Detections, seen: Boxes, size: tuple[int, int]) -> bool:
    """Whether boxes show somebody who has no keypoints, in a frame of (width, height)."""
    everybody = together(posed, seen.take(seen.score >= SURE), size)
    return bool(roi.without_keypoints(everybody.box, everybody.keypoints).any())


def _area(box: NDArray[np.float32]) -> NDArray[np.float32]:
    return (box[:, 2:] - box[:, :2]).prod(axis=1)


def _held(keypoints: NDArray[np.float32], box: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N, M) shares of the confidence of N people's keypoints that lie in M boxes."""
    xy, trust = keypoints[:, None, :, :2], keypoints[:, None, :, 2]
    inside = ((xy >= box[:, None, :2]) & (xy <= box[:, None, 2:])).all(axis=-1)
    return (inside * trust).sum(axis=-1) / np.maximum(trust.sum(axis=-1), 1e-6)


def _between(looks: dict[int, Boxes], frames: int) -> list[Boxes]:
    """Boxes of every frame: those of two looks on a line, others up to half-way."""
    found = [_nobody()] * frames
    for at, boxes in looks.items():
        found[at] = boxes
    for start, end in pairwise(sorted(looks)):
        a, b = looks[start], looks[end]
        same = fusion.pairs(iou(a.box[:, None], b.box), MOVED)
        left, right = [i for i, _ in same], [j for _, j in same]
        only_a, only_b = (np.setdiff1d(np.arange(len(x)), y) for x, y in ((a, left), (b, right)))
        for at in range(start + 1, end):
            share = np.float32((at - start) / (end - start))
            moved = a.box[left] * (1 - share) + b.box[right] * share
            score = a.score[left] * (1 - share) + b.score[right] * share
            alone = a.take(only_a) if share < 0.5 else b.take(only_b)
            box = np.concatenate([moved, alone.box])
            found[at] = Boxes(box, np.concatenate([score, alone.score]))
    return found


def _nobody() -> Boxes:
    return Boxes(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
