"""What refinement makes of tracklets with known faults."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lart_core import body, camera
from lart_core.body import JOINTS
from lart_core.motion.refine import refine
from lart_core.motion.swaps import ORDERS, likeliest, unswap
from lart_core.tracklet import Tracklet, VideoFacts

FRAMES = 60
VIDEO = VideoFacts("made-up", 640, 480, 30.0, FRAMES)


def walker() -> Tracklet:
    """Somebody who walks across the picture, once a second."""
    phase = 2 * np.pi * np.arange(FRAMES) / 30
    vectors = np.zeros((FRAMES, 24, 3))
    vectors[:, 0] = [np.pi, 0, 0]
    for side, sign in (("left", 1), ("right", -1)):
        vectors[:, JOINTS.index(f"{side}_hip"), 0] = -0.1 - 0.5 * sign * np.sin(phase)
        vectors[:, JOINTS.index(f"{side}_knee"), 0] = 0.5 - 0.4 * sign * np.cos(phase)
        vectors[:, JOINTS.index(f"{side}_shoulder"), 2] = -1.2 * sign
        vectors[:, JOINTS.index(f"{side}_elbow"), 1] = -0.4 * sign
    turn = Rotation.from_rotvec([0, 1.2, 0])
    rotations = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(FRAMES, 24, 3, 3)
    rotations[:, 0] = turn.as_matrix() @ rotations[:, 0]
    place = np.column_stack([np.linspace(-2, 2, FRAMES), np.zeros(FRAMES), np.full(FRAMES, 60.0)])
    return made(rotations, place, np.ones(FRAMES, bool))


def made(rotations: np.ndarray, place: np.ndarray, detected: np.ndarray) -> Tracklet:
    betas = np.zeros((FRAMES, 10))
    joints = body.joints(rotations[:, 0], rotations[:, 1:], betas)
    pixels = camera.square_to_image(camera.project(joints, place), (640, 480))
    box = np.concatenate([pixels.min(axis=1) - 4, pixels.max(axis=1) + 4], axis=1)
    return Tracklet(
        track_id=1,
        video=VIDEO,
        frame=np.arange(FRAMES),
        box=box.astype(np.float32),
        score=detected.astype(np.float32),
        detected=detected,
        global_orient=rotations[:, 0].astype(np.float32),
        body_pose=rotations[:, 1:].astype(np.float32),
        betas=betas.astype(np.float32),
        camera=place.astype(np.float32),
        joints=joints,
    )


def off(a: Tracklet, b: Tracklet) -> np.ndarray:
    """(T,) metres between the joints of two tracklets, on average."""
    return np.linalg.norm(a.joints[:, :24] - b.joints[:, :24], axis=-1).mean(axis=1)


def turns(tracklet: Tracklet) -> np.ndarray:
    pose = np.concatenate([tracklet.global_orient[:, None], tracklet.body_pose], axis=1)
    step = pose[1:] @ np.swapaxes(pose[:-1], -1, -2)
    return np.degrees(np.arccos(np.clip((np.trace(step, axis1=-2, axis2=-1) - 1) / 2, -1, 1)))


def test_clean_motion_hardly_changes():
    clean = walker()
    refined = refine(clean)
    assert off(refined, clean).max() < 0.02
    np.testing.assert_allclose(refined.camera, clean.camera, rtol=0.01, atol=0.02)


def test_noise_gets_less():
    clean = walker()
    rng = np.random.default_rng(0)
    shake = Rotation.from_rotvec(rng.normal(0, 0.08, (FRAMES * 23, 3))).as_matrix()
    noisy = replace(clean, body_pose=clean.body_pose @ shake.reshape(FRAMES, 23, 3, 3))
    noisy = replace(noisy, joints=body.joints(noisy.global_orient, noisy.body_pose, noisy.betas))
    assert off(refine(noisy), clean).mean() < 0.75 * off(noisy, clean).mean()


def test_a_joint_that_flips_for_a_frame_is_put_right():
    clean = walker()
    pose = clean.body_pose.copy()
    pose[[20, 41], 15] = pose[[20, 41], 15] @ Rotation.from_rotvec([2.5, 0, 0]).as_matrix()
    flipped = replace(clean, body_pose=pose.astype(np.float32))
    assert turns(flipped).max() > 100
    assert turns(refine(flipped)).max() < 30


@pytest.mark.parametrize("kind", [1, 2], ids=["legs", "whole body"])
def test_swapped_sides_are_put_back(kind):
    clean = walker()
    joints = clean.joints.copy()
    wrong = np.r_[12:15, 33:37]
    joints[wrong] = joints[wrong][:, ORDERS[kind]]
    about = joints - joints[:, :1]
    assert np.flatnonzero(likeliest(about, np.full(FRAMES - 1, 1 / 30))).tolist() == wrong.tolist()
    restored = unswap(replace(clean, joints=joints))
    assert off(restored, clean)[wrong].max() < 0.06


def test_motion_without_swaps_is_left_alone():
    clean = walker()
    assert unswap(clean) is clean


def test_short_gaps_are_bridged_and_stay_gaps():
    clean = walker()
    detected = clean.detected.copy()
    detected[20:28] = False
    pose, place = clean.body_pose.copy(), clean.camera.copy()
    pose[20:28], place[20:28] = pose[19], place[19]
    gap = replace(
        clean, detected=detected, body_pose=pose, camera=place, score=detected.astype(np.float32)
    )
    refined = refine(gap)
    assert (refined.detected == detected).all()
    assert (refined.score[20:28] == 0).all()
    np.testing.assert_allclose(refined.camera[20:28, 0], clean.camera[20:28, 0], atol=0.05)
    assert turns(refined).max() < 30


def test_long_gaps_keep_the_trackers_prediction():
    clean = walker()
    detected = clean.detected.copy()
    detected[15:50] = False
    place = clean.camera.copy()
    place[15:50] = [9, 9, 90]
    gap = replace(clean, detected=detected, camera=place, score=detected.astype(np.float32))
    np.testing.assert_allclose(refine(gap).camera[15:50], place[15:50])


def test_one_person_has_one_shape_and_joints_are_the_bodys():
    clean = walker()
    betas = np.random.default_rng(0).normal(size=(FRAMES, 10)).astype(np.float32)
    refined = refine(replace(clean, betas=betas))
    assert (refined.betas == np.median(betas, axis=0)).all()
    again = body.joints(refined.global_orient, refined.body_pose, refined.betas)
    np.testing.assert_allclose(refined.joints, again, atol=1e-5)


def test_a_glimpse_comes_back_unchanged():
    clean = walker().between(0, 3)
    glimpse = replace(clean, detected=np.array([True, False, False, True]))
    assert refine(glimpse) is glimpse
