"""Which parts of a body count as seen."""

import numpy as np

from lart_core.body import JOINTS
from lart_core.perception.embedded.unseen import unseen_parts
from lart_core.perception.protocols import Detections

SIZE = (300, 400)
LEGS = {f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "ankle", "foot")}


def standing(box: tuple[float, ...] = (50, 10, 250, 390)) -> tuple[np.ndarray, Detections]:
    landmarks = np.full((1, 33, 3), 0.9, np.float32)
    landmarks[0, :, 0] = 150
    landmarks[0, :, 1] = np.linspace(20, 380, 33)
    keypoints = np.zeros((1, 17, 3), np.float32)
    return landmarks, Detections(np.array([box], np.float32), np.ones(1, np.float32), keypoints)


def names(landmarks: np.ndarray, people: Detections) -> set[str]:
    return {JOINTS[i] for i in np.flatnonzero(unseen_parts(landmarks, people, SIZE)[0])}


def test_a_whole_body_is_seen_whole():
    assert names(*standing()) == set()


def test_legs_below_the_box_or_the_picture_are_unseen():
    landmarks, people = standing((50, 10, 250, 260))
    assert names(landmarks, people) == LEGS
    landmarks, people = standing()
    landmarks[0, 25:, 1] = 410
    assert names(landmarks, people) == LEGS


def test_what_the_network_does_not_see_is_unseen_unless_a_sure_keypoint_sees_it():
    landmarks, people = standing()
    landmarks[0, [15, 16, 25], 2] = 0.2
    assert names(landmarks, people) == {"left_elbow", "right_elbow", "left_hip"}
    assert people.keypoints is not None
    people.keypoints[0, 9, 2] = 0.8
    assert names(landmarks, people) == {"right_elbow", "left_hip"}
    assert (landmarks[0, [15, 16, 25], 2] < 0.5).all()


def test_nobody():
    nobody = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    assert unseen_parts(np.zeros((0, 33, 3), np.float32), nobody, SIZE).shape == (0, 24)
