"""Landmarks against the detector's keypoints."""

import numpy as np

from lart_core.perception.embedded import agreement
from lart_core.perception.embedded.blazepose import Landmarks
from lart_core.perception.protocols import Detections

BOX = np.array([[0, 0, 300, 400]], np.float32)


def people_and_landmarks() -> tuple[Detections, Landmarks]:
    rng = np.random.default_rng(0)
    image = np.ones((1, 33, 3), np.float32)
    image[..., :2] = rng.uniform(50, 250, (1, 33, 2))
    keypoints = image[:, agreement.COCO].copy()
    landmarks = Landmarks(
        image=image,
        world=np.zeros((1, 33, 3), np.float32),
        presence=np.ones(1, np.float32),
        region=np.zeros((1, 4)),
        own=np.zeros((1, 4)),
        mask=np.zeros((1, 256, 256), np.float32),
    )
    return Detections(BOX, np.ones(1, np.float32), keypoints), landmarks


def test_landmarks_that_agree_stay():
    people, landmarks = people_and_landmarks()
    assert agreement.same_person(landmarks, people).all()
    assert not len(agreement.doubtful(landmarks, people))
    assert np.array_equal(agreement.reconcile(landmarks, people).image, landmarks.image)


def test_a_limb_goes_where_the_sure_keypoint_is_and_takes_the_foot_along():
    people, landmarks = people_and_landmarks()
    step = np.array([140, 0], np.float32)
    people.keypoints[0, 15, :2] += step  # left ankle
    assert agreement.doubtful(landmarks, people).tolist() == [0]
    moved = agreement.reconcile(landmarks, people).image - landmarks.image
    np.testing.assert_allclose(moved[0, [27, 29, 31], :2], np.tile(step, (3, 1)), atol=1e-4)
    assert not np.delete(moved[0], [27, 29, 31], axis=0).any()


def test_an_unsure_keypoint_has_no_say():
    people, landmarks = people_and_landmarks()
    people.keypoints[0, 15] += [0, 140, -0.8]
    assert np.array_equal(agreement.reconcile(landmarks, people).image, landmarks.image)


def test_swapped_sides_are_left_to_the_motion():
    people, landmarks = people_and_landmarks()
    people.keypoints[:] = people.keypoints[:, agreement.OPPOSITE]
    assert np.array_equal(agreement.reconcile(landmarks, people).image, landmarks.image)


def test_landmarks_on_somebody_else_are_noticed():
    people, landmarks = people_and_landmarks()
    people.keypoints[..., 0] += 200
    assert not agreement.same_person(landmarks, people).any()


def test_the_second_look_counts_only_where_it_is_better():
    people, landmarks = people_and_landmarks()
    off, worse = landmarks.image.copy(), landmarks.image.copy()
    off[:, 27, 1] += 100
    worse[:, 27, 1] += 200
    first = Landmarks(**{**vars(landmarks), "image": off})
    again = np.array([0])
    second = Landmarks(**{**vars(landmarks), "image": worse})
    assert np.array_equal(agreement.better(first, again, second, people).image, off)
    assert np.array_equal(agreement.better(first, again, landmarks, people).image, landmarks.image)
