"""Detection, following and estimation: with made-up models, and on the sample."""

from dataclasses import replace

import numpy as np
import pytest

from lart_core import camera, video
from lart_core.body import JOINTS_45
from lart_core.errors import LartError
from lart_core.perception import roi
from lart_core.perception.embedded import backends
from lart_core.perception.embedded.agreement import COCO, LIMBS
from lart_core.perception.embedded.blazepose import BlazePose, Landmarks
from lart_core.perception.embedded.following import FollowingDetector
from lart_core.perception.embedded.movenet import MoveNetDetector
from lart_core.perception.protocols import Detections
from tests.fetched import cached

FRAME = np.zeros((400, 600, 3), np.uint8)


class Scripted:
    """A detector that finds the same person in the frames where it should, and nobody else."""

    def __init__(self, finds: list[bool]) -> None:
        self.finds = iter(finds)

    def detect(self, frames: list) -> list[Detections]:
        keypoints = np.ones((1, 17, 3), np.float32)
        keypoints[..., :2] = person()[COCO]
        box = np.array([[180, 80, 320, 370]], np.float32)
        one = Detections(box, np.array([0.6], np.float32), keypoints)
        nobody = Detections(box[:0], one.score[:0], keypoints[:0])
        return [one if next(self.finds) else nobody for _ in frames]


class Landmarker:
    """A landmark model that sees that person in every region, with a given presence."""

    def __init__(self, presence: float) -> None:
        self.presence, self.looks = presence, 0

    def look(self, frame: np.ndarray, region: np.ndarray) -> Landmarks:
        self.looks += len(region)
        image = np.ones((len(region), 33, 3), np.float32)
        image[..., :2] = person()
        return Landmarks(
            image,
            np.zeros((len(region), 33, 3), np.float32),
            np.full(len(region), self.presence, np.float32),
            region,
            region,
            np.zeros((len(region), 256, 256), np.float32),
        )


def person() -> np.ndarray:
    """(33, 2) landmarks of somebody who stands."""
    rng = np.random.default_rng(0)
    points = rng.uniform([200, 100], [300, 350], (33, 2)).astype(np.float32)
    points[[11, 12]] = [[230, 150], [270, 150]]
    points[[23, 24]] = [[235, 230], [265, 230]]
    return points


def following(
    finds: list[bool], landmarks: Landmarker, closer: Scripted | None = None
) -> FollowingDetector:
    return FollowingDetector(Scripted(finds), closer or Scripted([False] * 100), landmarks)


def test_somebody_who_is_lost_is_followed_until_patience_ends():
    detector = following([True] + [False] * 80, Landmarker(0.9))
    found = detector.detect([FRAME] * 81)
    assert [len(each) for each in found] == [1] * 61 + [0] * 20
    assert found[0].score[0] > found[1].score[0] > 0.3
    x1, y1, x2, y2 = found[1].box[0]
    assert x1 < 200 < 300 < x2
    assert y1 < 110 < 340 < y2


def test_nobody_is_followed_where_the_landmarks_see_nobody():
    detector = following([True] + [False] * 40, Landmarker(0.2), closer := Scripted([False] * 40))
    assert [len(each) for each in detector.detect([FRAME] * 41)] == [1] + [0] * 40
    assert len(list(closer.finds)) == 40 - 15 - 1


def test_patience_is_counted_in_seconds():
    detector = following([True] + [False] * 80, Landmarker(0.9))
    detector.begin(fps=6.0)
    found = detector.detect([FRAME] * 81)
    assert [len(each) for each in found] == [1] * 13 + [0] * 68


def test_a_new_video_begins_without_anybody():
    detector = following([True] + [False] * 10, Landmarker(0.9))
    assert len(detector.detect([FRAME])[0]) == 1
    detector.begin(fps=30.0)
    assert len(detector.detect([FRAME])[0]) == 0


def test_somebody_whom_all_lose_is_found_in_a_close_up():
    closer = Scripted([False] * 5 + [True] * 5)
    detector = following([True] + [False] * 10, Landmarker(0.2), closer)
    assert [len(each) for each in detector.detect([FRAME] * 11)] == [1] + [0] * 5 + [1] * 5


def test_nobody_is_followed_who_was_found():
    landmarks = Landmarker(0.9)
    detector = following([True] * 5, landmarks)
    assert [len(each) for each in detector.detect([FRAME] * 5)] == [1] * 5
    assert landmarks.looks == 0


@pytest.mark.parametrize("setting", [{"size": 64}, {"tiles": 9}])
def test_settings_out_of_range_are_said(setting):
    with pytest.raises(LartError, match="Expected"):
        MoveNetDetector(**setting)


@pytest.fixture(scope="module")
def sample() -> list[np.ndarray]:
    """Frames 90 to 95 of the sample clip: the jumper stands, the walker walks."""
    clip, *_ = cached("sample-clip", "movenet-multipose", "blazepose-full")
    frames = []
    for i, frame in enumerate(video.frames(clip)):
        if i >= 90:
            frames.append(frame)
        if i == 95:
            return frames
    return frames


def test_both_people_of_the_sample_are_lifted(sample):
    detections = backends.detector().detect(sample)
    bodies = backends.BlazePoseEstimator().estimate(sample, detections)
    assert [len(each) for each in detections] == [2] * 6
    joints = [
        JOINTS_45.index(f"{side}_{part}")
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for side in ("left", "right")
    ]
    for people, lifted in zip(detections, bodies, strict=True):
        assert lifted.valid.all()
        pixels = camera.square_to_image(camera.project(lifted.joints, lifted.camera), (1768, 994))
        apart = np.linalg.norm(pixels[:, joints] - lifted.landmarks[:, COCO[LIMBS], :2], axis=-1)
        heights = people.box[:, 3] - people.box[:, 1]
        assert (np.median(apart, axis=1) < 0.05 * heights).all()
        assert (lifted.global_orient[:, 1, 1] < 0).all()  # upright: SMPL's y up, the image's down
        assert all(mask is not None for mask in lifted.mask)


def test_nobody_in_the_picture_is_no_body(sample):
    black = [np.zeros_like(sample[0])] * 2
    detections = backends.detector().detect(black)
    bodies = backends.BlazePoseEstimator().estimate(black, detections)
    assert [len(each) for each in bodies] == [0, 0]


def test_a_turned_picture_gives_a_turned_body(sample):
    frame = sample[0]
    estimator = backends.BlazePoseEstimator()
    upright = MoveNetDetector().detect([frame])[0]
    lying = np.ascontiguousarray(np.rot90(frame))
    width = frame.shape[1]

    def turned(xy: np.ndarray) -> np.ndarray:
        return np.stack([xy[..., 1], width - xy[..., 0]], axis=-1)

    corners = turned(upright.box.reshape(-1, 2, 2))
    box = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    keypoints = upright.keypoints.copy()
    keypoints[..., :2] = turned(keypoints[..., :2])
    one = estimator.estimate([frame], [upright])[0]
    other = estimator.estimate([lying], [Detections(box, upright.score, keypoints)])[0]
    quarter = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]], np.float32)
    step = np.swapaxes(quarter @ one.global_orient, -1, -2) @ other.global_orient
    angles = np.degrees(np.arccos(np.clip((np.trace(step, axis1=-2, axis2=-1) - 1) / 2, -1, 1)))
    assert (angles < 20).all()


def test_bodies_between_two_looks_are_where_looks_would_have_found_them(sample, monkeypatch):
    detections = backends.detector().detect(sample)
    estimator = backends.BlazePoseEstimator()
    looks = []
    look = BlazePose.look

    def counted(model, frame, region):
        looks.extend(region)
        return look(model, frame, region)

    monkeypatch.setattr(BlazePose, "look", counted)
    estimator.begin(15)
    with monkeypatch.context() as nobody_is_calm:
        nobody_is_calm.setattr(backends, "CALM", -1.0)
        each = estimator.estimate(sample, detections)
    every, looks[:] = len(looks), []
    estimator.begin(30)
    some = estimator.estimate(sample, detections)
    assert len(looks) < every
    for people, a, b in zip(detections, each, some, strict=True):
        assert (a.valid == b.valid).all()
        apart = np.linalg.norm(a.landmarks[..., :2] - b.landmarks[..., :2], axis=-1)
        heights = people.box[:, 3] - people.box[:, 1]
        assert (np.median(apart, axis=1) < 0.03 * heights).all()


def test_a_body_that_only_meets_its_pixels_from_behind_the_camera_is_not_valid():
    class MadeUp(backends.BlazePoseEstimator):
        """Sees that person at depths of its own."""

        def __init__(self, depth: np.ndarray) -> None:
            self.depth = depth

        def _landmarks(self, frames: list, detections: list[Detections]) -> list[Landmarks]:
            people = detections[0]
            region = roi.from_keypoints(people.box, people.keypoints)
            found = Landmarker(0.9).look(frames[0], region)
            flat = (found.image[..., :2] - found.image[..., :2].mean(axis=1)) / 150
            return [replace(found, world=np.dstack([flat, self.depth[None, :, None]]))]

    detections = Scripted([True]).detect([FRAME])
    (sound,), (behind,) = (
        MadeUp(depth.astype(np.float32)).estimate([FRAME], detections)
        for depth in (np.zeros(33), np.random.default_rng(14).normal(0, 0.4, 33))
    )
    assert sound.valid.all() and sound.camera[0, 2] > 0
    assert not behind.valid.any() and behind.camera[0, 2] < 0
