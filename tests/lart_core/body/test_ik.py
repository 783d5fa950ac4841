"""Inverse kinematics: SMPL poses from joints."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lart_core import body, camera
from lart_core.body import ik
from lart_core.body.ik import limits
from lart_core.errors import LartError

SETS = [ik.SMPL_24, ik.KINECT_20, ik.BLAZEPOSE]
BODIES = 24


@pytest.fixture(scope="module")
def people() -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Orientations, poses, one person's betas and joints of poses inside the joint limits."""
    rng = np.random.default_rng(0)
    vectors = 0.5 * rng.uniform(limits.LOW, limits.HIGH, (BODIES, 23, 3))
    vectors[:, 15, 2] -= 0.6  # arms rather down than out
    vectors[:, 16, 2] += 0.6
    pose = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(BODIES, 23, 3, 3)
    orient = Rotation.random(BODIES, rng=rng).as_matrix()
    betas = np.tile(0.7 * rng.normal(size=10), (BODIES, 1))
    return orient, pose, betas, body.joints(orient, pose, betas)


def seen(joints: NDArray, landmarks: ik.LandmarkSet) -> NDArray:
    return landmarks.matrix() @ joints.astype(float)


def distance(a: NDArray, b: NDArray) -> NDArray:
    """Of SMPL's joints, about the pelvis."""
    return np.linalg.norm((a - a[:, :1]) - (b - b[:, :1]), axis=-1)[:, :24]


@pytest.mark.parametrize("landmarks", SETS, ids=lambda s: s.name)
def test_joints_come_to_lie_where_they_were_seen(landmarks, people):
    joints = people[3]
    fitted = ik.fit(seen(joints, landmarks), landmarks)
    errors = distance(fitted.joints, joints)
    assert np.median(errors) < 0.02
    assert np.percentile(errors, 95) < 0.06
    assert fitted.valid.all()


def test_steps_beat_the_closed_form_alone(people, monkeypatch):
    joints = people[3]
    positions = seen(joints, ik.BLAZEPOSE)
    polished = distance(ik.fit(positions, ik.BLAZEPOSE).joints, joints)
    monkeypatch.setattr("lart_core.body.ik.fitting.STEPS", 0)
    first = distance(ik.fit(positions, ik.BLAZEPOSE).joints, joints)
    assert np.median(polished) < 0.6 * np.median(first)


@pytest.mark.parametrize("landmarks", SETS, ids=lambda s: s.name)
def test_every_matrix_is_a_rotation_inside_the_limits(landmarks):
    noise = np.random.default_rng(1).normal(size=(20, len(landmarks.points), 3))
    fitted = ik.fit(noise, landmarks)
    pose = fitted.body_pose.astype(float)
    np.testing.assert_allclose(np.linalg.det(pose), 1, atol=1e-5)
    np.testing.assert_allclose(
        pose @ np.swapaxes(pose, -1, -2), np.broadcast_to(np.eye(3), pose.shape), atol=1e-5
    )
    vectors = Rotation.from_matrix(pose.reshape(-1, 3, 3)).as_rotvec().reshape(-1, 23, 3)
    assert (vectors >= limits.LOW - 1e-4).all()
    assert (vectors <= limits.HIGH + 1e-4).all()


def test_turning_and_moving_the_landmarks_turns_the_body(people):
    positions = seen(people[3], ik.BLAZEPOSE)
    turn = Rotation.from_rotvec([0.4, -1.1, 0.3]).as_matrix()
    one = ik.fit(positions, ik.BLAZEPOSE)
    other = ik.fit(positions @ turn.T + [3.0, -2.0, 5.0], ik.BLAZEPOSE)
    # Only the weak pull to upright, where nothing was seen, knows which way is up.
    np.testing.assert_allclose(other.global_orient, turn @ one.global_orient, atol=0.02)
    np.testing.assert_allclose(other.body_pose, one.body_pose, atol=0.02)


def test_bodies_do_not_influence_each_other(people):
    positions, betas = seen(people[3], ik.KINECT_20), people[2]
    together = ik.fit(positions, ik.KINECT_20, betas=betas)
    alone = ik.fit(positions[5:6], ik.KINECT_20, betas=betas[5])
    np.testing.assert_allclose(together.body_pose[5:6], alone.body_pose, atol=1e-5)


def test_shape_follows_the_bones(people):
    betas = np.zeros((1, 10))
    betas[0, 0] = 1.5
    stand = np.broadcast_to(np.eye(3), (1, 24, 3, 3))
    tall = body.joints(stand[:, 0], stand[:, 1:], betas)
    fitted = ik.fit(seen(tall, ik.SMPL_24), ik.SMPL_24)
    shin = np.linalg.norm(fitted.joints[0, 4] - fitted.joints[0, 7])
    assert shin == pytest.approx(np.linalg.norm(tall[0, 4] - tall[0, 7]), abs=0.01)


def test_what_was_not_seen_leaves_the_rest_alone(people):
    joints = people[3]
    positions = seen(joints, ik.BLAZEPOSE)
    names = ik.BLAZEPOSE.names
    hidden = [
        i for i, n in enumerate(names) if n.startswith("left_") and n[5:] in ("wrist", "elbow")
    ]
    positions[:, hidden] = np.nan
    fitted = ik.fit(positions, ik.BLAZEPOSE, betas=people[2])
    assert fitted.valid.all()
    legs = [1, 2, 4, 5, 7, 8]
    assert np.median(distance(fitted.joints, joints)[:, legs]) < 0.03
    assert np.isfinite(fitted.joints).all()


def test_too_little_is_a_gap(people):
    positions = seen(people[3], ik.BLAZEPOSE)
    confidence = np.ones(positions.shape[:2])
    confidence[0] = 0.1
    confidence[1, [n.endswith(("hip", "shoulder")) for n in ik.BLAZEPOSE.names]] = 0
    valid = ik.fit(positions, ik.BLAZEPOSE, confidence=confidence).valid
    assert not valid[:2].any()
    assert valid[2:].all()


def test_no_bodies_at_all():
    fitted = ik.fit(np.zeros((0, 20, 3)), ik.KINECT_20, betas=np.zeros(10))
    assert fitted.body_pose.shape == (0, 23, 3, 3)
    assert fitted.joints.shape == (0, 45, 3)


def test_wrong_number_of_joints_is_said():
    with pytest.raises(LartError, match=r"kinect-20 with shape \(N, 20, 3\), got \(5, 17, 3\)"):
        ik.fit(np.zeros((5, 17, 3)), ik.KINECT_20)


def test_knees_do_not_bend_the_wrong_way(people):
    stand = np.broadcast_to(np.eye(3), (1, 24, 3, 3))
    joints = body.joints(stand[:, 0], stand[:, 1:], np.zeros((1, 10)))
    positions = seen(joints, ik.SMPL_24)
    knees = [body.JOINTS.index("left_knee"), body.JOINTS.index("right_knee")]
    positions[:, knees, 2] -= 0.15  # backwards, as a bird
    fitted = ik.fit(positions, ik.SMPL_24, betas=np.zeros(10))
    flexion = Rotation.from_matrix(fitted.body_pose[0, [3, 4]]).as_rotvec()[:, 0]
    assert (flexion > -0.11).all()


def test_camera_is_the_one_that_projected(people):
    rng = np.random.default_rng(2)
    joints = people[3]
    true = np.column_stack([rng.normal(size=(BODIES, 2)), rng.uniform(30, 200, BODIES)])
    pixels = camera.project(joints, true)
    solved = ik.solve_camera(joints, pixels, rng.uniform(0.1, 1, joints.shape[:2]))
    np.testing.assert_allclose(solved, true, rtol=1e-5, atol=1e-5)
    sideways = ik.solve_sideways(joints, pixels, np.ones(joints.shape[:2]), true[:, 2])
    np.testing.assert_allclose(sideways, true[:, :2], rtol=1e-5, atol=1e-5)


def test_kinect_order():
    assert ik.KINECT_20.names[:8] == (
        "pelvis", "spine", "neck", "head",
        "left_shoulder", "left_elbow", "left_wrist", "left_hand",
    )  # fmt: skip
    assert ik.KINECT_20.names[12:16] == ("left_hip", "left_knee", "left_ankle", "left_foot")


@pytest.mark.parametrize("landmarks", SETS, ids=lambda s: s.name)
def test_landmarks_are_mixtures(landmarks):
    np.testing.assert_allclose(landmarks.matrix().sum(axis=1), 1)


def test_motion_capture_has_no_flips(shared):
    archive = np.load(shared / "data/motion/cmu_expmap.npz")
    clip = slice(int(archive["start"][3]), int(archive["start"][3]) + 120)
    fitted = ik.fit(archive["joints"][clip] * [1, -1, -1], ik.KINECT_20)
    assert np.nanmedian(fitted.error) < 0.05
    step = fitted.body_pose[1:] @ np.swapaxes(fitted.body_pose[:-1], -1, -2)
    assert np.trace(step, axis1=-2, axis2=-1).min() > 2  # under 60 degrees
