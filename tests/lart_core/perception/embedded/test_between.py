"""Landmarks of frames that are not looked at."""

from dataclasses import replace

import numpy as np
import pytest

from lart_core.perception.embedded import agreement, between
from lart_core.perception.embedded.blazepose import SIZE, Landmarks
from lart_core.perception.protocols import Detections

SIDE = 100.0


def seen(x: float, *, presence: float = 0.9, angle: float = 0.0) -> Landmarks:
    """Somebody whose region's centre is at (x, 50)."""
    rng = np.random.default_rng(0)
    image = rng.uniform(0, SIDE, (1, 33, 3)).astype(np.float32)
    image[..., 0] += np.float32(x - SIDE / 2)
    region = np.array([[x, 50.0, SIDE, angle]])
    mask = np.full((1, SIZE, SIZE), x, np.float32)
    world = rng.normal(0, 0.3, (1, 33, 3)).astype(np.float32)
    return Landmarks(image, world, np.array([presence], np.float32), region, region.copy(), mask)


def person(x: float, keypoints: np.ndarray | None = None) -> Detections:
    """The same as a detector has it."""
    box = np.array([[x - 50, 0, x + 50, 100]], np.float32)
    return Detections(box, np.ones(1, np.float32), keypoints)


def test_somebody_who_moves_evenly_is_where_a_look_would_have_found_them():
    before, after = (person(100), seen(100)), (person(116), seen(116))
    moved, rows = between.moved(person(104), before, after, 0.25)
    assert rows.tolist() == [0]
    np.testing.assert_allclose(moved.image, seen(104).image, atol=1e-4)
    np.testing.assert_allclose(moved.world, seen(104).world, atol=1e-6)
    np.testing.assert_allclose(moved.region, seen(104).region)
    assert (moved.mask == 100).all()  # of the nearer look


def test_who_moves_limbs_by_more_than_asked_for_is_left_to_a_look():
    waving = seen(116)
    waving.image[:, 15, 1] += 8
    before, after = (person(100), seen(100)), (person(116), waving)
    for most, rows in ((0.1, [0]), (0.05, [])):
        assert between.moved(person(108), before, after, 0.5, most)[1].tolist() == rows


def test_a_body_turns_by_the_shorter_way():
    before = (person(100), seen(100, angle=np.pi - 0.2))
    after = (person(100), seen(100, angle=-np.pi + 0.2))
    moved, _ = between.moved(person(100), before, after, 0.5)
    assert np.cos(moved.region[0, 3]) == pytest.approx(-1)


def mirrored(landmarks: Landmarks) -> Landmarks:
    """Left and right of the world landmarks changed."""
    world = landmarks.world.copy()
    world[:, agreement.COCO] = world[:, agreement.COCO[agreement.OPPOSITE]]
    return replace(landmarks, world=world)


def shrugged(landmarks: Landmarks) -> Landmarks:
    """The left shoulder elsewhere."""
    image = landmarks.image.copy()
    image[:, 11, 1] += 20
    return replace(landmarks, image=image)


@pytest.mark.parametrize(
    "after",
    [
        (person(300), seen(300)),
        (person(104), seen(104, presence=0.3)),
        (person(104), seen(104, angle=np.pi)),
        (person(104), mirrored(seen(104))),
        (person(104), shrugged(seen(104))),
        (person(104).take([]), seen(104).take([])),
    ],
    ids=["elsewhere", "hardly there", "turned over", "sides changed", "shoulders jumped", "gone"],
)
def test_who_cannot_be_gone_by_is_left_to_a_look(after):
    moved, rows = between.moved(person(102), (person(100), seen(100)), after, 0.5)
    assert len(moved) == len(rows) == 0


def test_a_sure_keypoint_elsewhere_asks_for_a_look():
    landmarks = seen(100)
    keypoints = np.ones((1, 17, 3), np.float32)
    keypoints[..., :2] = landmarks.image[:, agreement.COCO, :2]
    look = (person(100), landmarks)
    assert len(between.moved(person(100, keypoints), look, look, 0.5)[1]) == 1
    keypoints[0, 9, 0] += 40
    assert len(between.moved(person(100, keypoints), look, look, 0.5)[1]) == 0
