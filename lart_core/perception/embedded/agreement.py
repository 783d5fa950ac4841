"""Two models' words on one body: the detector's keypoints against the landmark model's."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lart_core.perception.embedded.blazepose import Landmarks
from lart_core.perception.protocols import Detections

SURE = 0.5
"""Keypoints over this confidence have a say."""
NEAR = 0.06
"""Apart by less than this share of the box's diagonal, the two mean the same place."""
ELSEWHERE = 0.15
"""Most sure keypoints further apart than this: the landmarks lie on somebody else. Measured on
bodies: right ones have a median under 0.12, wrong ones over 0.3."""
COCO = np.array([0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28])
"""COCO's 17 keypoints among BlazePose's 33 landmarks."""
OPPOSITE = np.array([0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15])
"""The other side's keypoint."""
LIMBS = slice(5, 17)
CARRIED = {15: (17, 19, 21), 16: (18, 20, 22), 27: (29, 31), 28: (30, 32)}
"""What moves along with wrists and ankles: fingers, heels, toes."""


def apart(landmarks: Landmarks, people: Detections) -> NDArray[np.float64]:
    """(N, 17) distances of landmarks from keypoints as shares of the box's diagonal; NaN where
    the keypoint is not sure (or there are none)."""
    if people.keypoints is None:
        return np.full((len(people), len(COCO)), np.nan)
    return _apart(landmarks, people, people.keypoints)


def same_person(landmarks: Landmarks, people: Detections) -> NDArray[np.bool_]:
    """(N,) whether the landmarks lie on the person that was detected."""
    distance = apart(landmarks, people)
    return (distance > ELSEWHERE).sum(axis=1) <= (distance <= ELSEWHERE).sum(axis=1)


def doubtful(landmarks: Landmarks, people: Detections) -> NDArray[np.int64]:
    """The people with a landmark that is not near its sure keypoint, as indices."""
    return np.flatnonzero((apart(landmarks, people) > NEAR).any(axis=1))


def better(
    first: Landmarks, again: NDArray[np.int64], second: Landmarks, people: Detections
) -> Landmarks:
    """The first look, and the second one at the people `again` where it is nearer to the
    keypoints."""
    merged = replaced(first, again, second)
    gain = np.nansum(apart(first, people) - apart(merged, people), axis=1)[again]
    keep = gain > 0
    return replaced(first, again[keep], second.take(keep))


def more_present(first: Landmarks, second: Landmarks) -> Landmarks:
    """The first look, and the second one at the same people where it is surer of a person."""
    keep = np.flatnonzero(second.presence > first.presence)
    return replaced(first, keep, second.take(keep))


def replaced(first: Landmarks, rows: NDArray[np.int64], second: Landmarks) -> Landmarks:
    """The first look, and the second one, at the people in `rows`, in its place."""
    arrays = {name: value.copy() for name, value in vars(first).items()}
    for name, value in arrays.items():
        value[rows] = getattr(second, name)
    return Landmarks(**arrays)


def reconcile(landmarks: Landmarks, people: Detections) -> Landmarks:
    """The landmarks with limb joints moved to the sure keypoints that they are not near to.

    Looked at on real footage, it is nearly always the landmark that is wrong then: both legs drawn
    onto one. A keypoint that lies on the landmark of the other side is left alone: there the
    models only disagree on which side is left.
    """
    if people.keypoints is None or not len(people):
        return landmarks
    mirrored = people.keypoints[:, OPPOSITE]
    crossed = _apart(landmarks, people, mirrored)[:, OPPOSITE] <= NEAR
    wrong = (apart(landmarks, people) > NEAR) & ~crossed
    wrong[:, : LIMBS.start] = False
    image = landmarks.image.copy()
    step = np.where(wrong[..., None], people.keypoints[..., :2] - image[:, COCO, :2], 0)
    image[:, COCO, :2] += step
    for joint, carried in CARRIED.items():
        image[:, carried, :2] += step[:, joint == COCO]
    return replace(landmarks, image=image)


def _apart(landmarks: Landmarks, people: Detections, keypoints: NDArray) -> NDArray[np.float64]:
    offset = landmarks.image[:, COCO, :2] - keypoints[..., :2]
    diagonal = np.linalg.norm(people.box[:, 2:] - people.box[:, :2], axis=-1)
    distance = np.linalg.norm(offset, axis=-1) / np.maximum(diagonal, 1)[:, None]
    return np.where(keypoints[..., 2] >= SURE, distance, np.nan)
