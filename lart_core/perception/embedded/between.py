"""Landmarks of people in frames that the landmark network does not look at."""

import numpy as np
from numpy.typing import NDArray

from lart_core.boxes import iou
from lart_core.perception.embedded import agreement, belief, fusion
from lart_core.perception.embedded.blazepose import Landmarks
from lart_core.perception.embedded.unseen import VISIBLE
from lart_core.perception.protocols import Detections

SAME = 0.5
"""Overlap of one person's boxes in two frames."""
PRESENT = 0.5
"""Presence over which a look is gone by."""
TURNED = np.pi / 2
"""A body that turns further in the picture between two looks does not turn evenly."""

Look = tuple[Detections, Landmarks]
"""The people of a frame that was looked at, and their landmarks."""


def moved(
    people: Detections, before: Look, after: Look, share: float, most: float = np.inf
) -> tuple[Landmarks, NDArray[np.int64]]:
    """Those of the people who are in both looks, with landmarks on the way from one to the other.

    Left out is who was not surely present in both, turned over, changed sides, whose shoulders
    jumped, whose limbs moved by more than asked for, or who has a sure keypoint that the landmarks
    are not near to.

    Args:
        people: Of the frame between.
        share: Of the time from one look to the other that has passed there, 0..1.
        most: Share of the box's diagonal that a landmark may move against the others from one look
            to the other.

    Returns:
        Landmarks of K people, and their (K,) rows in `people`.
    """
    earlier, later = _rows(people, before), _rows(people, after)
    rows = np.array(sorted(earlier.keys() & later.keys()), np.int64)
    a = before[1].take([earlier[row] for row in rows.tolist()])
    b = after[1].take([later[row] for row in rows.tolist()])
    diagonal = np.linalg.norm(people.box[rows, 2:] - people.box[rows, :2], axis=1)
    steady = np.abs(_turn(a.region, b.region)) < TURNED
    steady &= ~_swapped(a, b) & (_shrugged(a, b) < agreement.NEAR * diagonal)
    steady &= _step(a, b) <= most * diagonal
    rows, a, b = rows[steady], a.take(steady), b.take(steady)
    landmarks = _mean(a, b, share)
    near = np.ones(len(rows), bool)
    near[agreement.doubtful(landmarks, people.take(rows))] = False
    return landmarks.take(near), rows[near]


def _rows(people: Detections, look: Look) -> dict[int, int]:
    """Rows of the people -> rows of the same, surely present, people of a look."""
    seen, landmarks = look
    same = fusion.pairs(iou(people.box[:, None], seen.box), SAME)
    return {i: j for i, j in same if landmarks.presence[j] > PRESENT}


def _mean(a: Landmarks, b: Landmarks, share: float) -> Landmarks:
    """A `share` of the way from `a` to `b`; masks are those of the nearer look, in a region that
    moves."""

    def mean(first: NDArray, second: NDArray) -> NDArray:
        return np.asarray(first + share * (second - first), first.dtype)

    return Landmarks(
        image=mean(a.image, b.image),
        world=mean(a.world, b.world),
        presence=np.minimum(a.presence, b.presence),
        region=_turned(a.region, b.region, share),
        own=_turned(a.own, b.own, share),
        mask=a.mask if share < 0.5 else b.mask,
    )


def _turned(a: NDArray[np.float64], b: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """(N, 4) regions on the way, turned by the shorter way round."""
    step = b - a
    step[:, 3] = _turn(a, b)
    return np.asarray(a + share * step)


def _turn(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) by how much one has to turn regions `a` to get to `b`, in -pi..pi."""
    return np.asarray((b[:, 3] - a[:, 3] + np.pi) % (2 * np.pi) - np.pi)


def _step(a: Landmarks, b: Landmarks) -> NDArray[np.float32]:
    """(N,) pixels that the landmark moved against the others that moved furthest, of those seen."""
    seen = np.minimum(a.image[..., 2], b.image[..., 2]) > VISIBLE
    step = b.image[..., :2] - a.image[..., :2]
    step -= step.mean(axis=1, keepdims=True)
    return np.asarray(np.where(seen, np.linalg.norm(step, axis=-1), 0).max(axis=1))


def _shrugged(a: Landmarks, b: Landmarks) -> NDArray[np.float32]:
    """(N,) pixels that a shoulder moved against the nose: by much only where the network took
    something else for the body."""
    nose, shoulders = belief.HEAD[:1], belief.HEAD[1:]
    first, second = (x.image[:, shoulders, :2] - x.image[:, nose, :2] for x in (a, b))
    return np.asarray(np.linalg.norm(first - second, axis=-1).max(axis=1))


def _swapped(a: Landmarks, b: Landmarks) -> NDArray[np.bool_]:
    """(N,) whether left and right of `b` lie nearer to right and left of `a`."""
    now, then = a.world[:, agreement.COCO], b.world[:, agreement.COCO]
    across = np.linalg.norm(now - then[:, agreement.OPPOSITE], axis=-1).sum(axis=1)
    return np.asarray(across < np.linalg.norm(now - then, axis=-1).sum(axis=1))
