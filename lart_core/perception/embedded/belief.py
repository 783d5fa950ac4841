"""Whether the landmarks that were found in somebody's box, without keypoints to go by, are theirs.

The landmark model sees a whole person in nearly everything, sure of itself: in joined fists, in
the neighbour who reaches into the box. Where there is doubt no body is better than a wrong one.
"""

import numpy as np
from numpy.typing import NDArray

from lart_core.boxes import iou
from lart_core.perception import roi
from lart_core.perception.embedded.blazepose import Landmarks
from lart_core.perception.protocols import Detections

NOSE, SHOULDERS = 0, (11, 12)
HEAD = (NOSE, *SHOULDERS)
"""BlazePose's landmarks that must lie in the box."""
MARGIN = 0.05
"""Share of the box's sides that they may lie outside."""
SMALL = 0.12
"""Nearer to each other than this share of the box's shorter side, they are no head on shoulders."""
DOUBLED = 0.15
"""Nearer than this share of the box's diagonal to those of somebody else, they are that one's."""
ENTANGLED = 0.35
"""Overlap with somebody else's box over which nobody can say whose limbs are whose."""


def believed(landmarks: Landmarks, people: Detections) -> NDArray[np.bool_]:
    """(N,) whose landmarks to believe; all of those with keypoints, who are checked by these."""
    bare = np.asarray(roi.without_keypoints(people.box, people.keypoints), bool)
    head = landmarks.image[:, HEAD, :2]
    own = _inside(head, people.box) & _head_on_shoulders(head, people.box)
    alone = ~_entangled(people.box) & ~_doubled(landmarks, people.box, bare)
    return np.asarray(~bare | (own & alone), bool)


def _inside(head: NDArray, box: NDArray) -> NDArray[np.bool_]:
    low, high = box[:, None, :2], box[:, None, 2:]
    margin = MARGIN * (high - low)
    return np.asarray(((head >= low - margin) & (head <= high + margin)).all(axis=(1, 2)), bool)


def _head_on_shoulders(head: NDArray, box: NDArray) -> NDArray[np.bool_]:
    height = np.linalg.norm(head[:, 0] - head[:, 1:].mean(axis=1), axis=-1)
    return height >= SMALL * (box[:, 2:] - box[:, :2]).min(axis=1)


def _entangled(box: NDArray[np.float32]) -> NDArray[np.bool_]:
    shared = iou(box[:, None], box)
    np.fill_diagonal(shared, 0)
    return np.asarray((shared > ENTANGLED).any(axis=1), bool)


def _doubled(landmarks: Landmarks, box: NDArray, bare: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether somebody with keypoints, or surer than they, has the same head and shoulders."""
    head = landmarks.image[:, HEAD, :2]
    apart = np.linalg.norm(head[:, None] - head[None], axis=-1).mean(axis=-1)
    near = apart < DOUBLED * np.linalg.norm(box[:, 2:] - box[:, :2], axis=1)[:, None]
    np.fill_diagonal(near, False)
    rank = landmarks.presence + np.where(bare, 0, 1)
    surer = rank[None] > rank[:, None]
    return np.asarray((near & surer).any(axis=1), bool)
