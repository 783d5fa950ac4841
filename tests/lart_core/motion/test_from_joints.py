"""Joints of motion capture as tracklets."""

import numpy as np
import pytest

from lart_core.camera import project
from lart_core.errors import LartError
from lart_core.motion.from_joints import from_joints

STANDING = {
    "centre": [(0, 0.95, 0), (0, 1.05, 0), (0, 1.4, 0), (0, 1.6, 0)],
    "arm": [(0.19, 1.38, 0), (0.23, 1.1, 0), (0.24, 0.85, 0), (0.24, 0.77, 0)],
    "leg": [(0.1, 0.9, 0), (0.1, 0.5, 0), (0.1, 0.1, 0), (0.1, 0.05, 0.12)],
}
"""Somebody who stands and looks along +z; x is the person's left."""


def person(frames: int = 6) -> np.ndarray:
    centre, arm, leg = (np.array(STANDING[k]) for k in ("centre", "arm", "leg"))
    other = np.array([-1, 1, 1])
    joints = np.concatenate([centre, arm, arm * other, leg, leg * other])
    walk = np.linspace(0, 1, frames)[:, None, None] * np.array([1.0, 0, 0])
    return (joints + walk).astype(np.float32)


def test_bones_point_where_the_joints_were():
    given = person()
    tracklet = from_joints(given, fps=15)
    seen = given * np.array([-1, -1, 1])
    for start, end, a, b in [(16, 18, 4, 5), (18, 20, 5, 6), (1, 4, 12, 13), (5, 8, 17, 18)]:
        found = tracklet.joints[:, end] - tracklet.joints[:, start]
        want = seen[:, b] - seen[:, a]
        cosine = (
            (found * want).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(want, axis=1)
        )
        assert cosine.min() > np.cos(np.deg2rad(10))
    assert tracklet.detected.all() and tracklet.video.fps == 15


def test_who_looks_at_the_camera_shows_the_left_hand_on_the_right():
    facing = person() * np.array([-1, 1, -1], np.float32)
    tracklet = from_joints(facing, fps=15)
    wrists = project(tracklet.joints, tracklet.camera)[:, [20, 21], 0]
    assert (wrists[:, 0] > wrists[:, 1]).all()
    head, foot = tracklet.joints[:, 15, 1], tracklet.joints[:, 7, 1]
    assert (head < foot).all()


def test_axes_agree():
    y_up = person()
    z_up = y_up[..., [0, 2, 1]] * np.array([1, -1, 1], np.float32)
    assert np.linalg.det(np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])) == pytest.approx(1)
    a, b = from_joints(y_up, fps=30), from_joints(z_up, fps=30, up="z")
    turned = np.diag([-1.0, 1.0, -1.0])
    np.testing.assert_allclose(a.body_pose, b.body_pose, atol=1e-2)
    np.testing.assert_allclose(turned @ a.global_orient, b.global_orient, atol=1e-2)


def test_everything_is_in_the_picture_and_moves_in_metres():
    tracklet = from_joints(person(30), fps=30)
    assert (tracklet.box[:, :2] >= 0).all() and (tracklet.box[:, 2:] <= tracklet.video.width).all()
    walked = tracklet.camera[-1, 0] - tracklet.camera[0, 0]
    assert abs(walked) == pytest.approx(1.0, abs=0.05)


def test_frames_without_joints_are_gaps():
    given = person(8)
    given[3] = np.nan
    given[4] = 0  # as Kinect's files have it where nobody was seen
    given[6, 7] = np.nan
    tracklet = from_joints(given, fps=15)
    assert tracklet.detected.tolist() == [True] * 3 + [False] * 2 + [True] * 3
    assert np.isfinite(tracklet.camera).all()
    between = tracklet.camera[3:5, 0]
    assert ((between - tracklet.camera[2, 0]) * (between - tracklet.camera[5, 0]) < 0).all()


@pytest.mark.parametrize(
    ("joints", "more", "says"),
    [
        (np.zeros((5, 19, 3)), {}, "20"),
        (np.zeros((5, 20)), {}, "20"),
        (np.full((5, 20, 3), np.nan), {}, "person"),
        (np.zeros((5, 20, 3)), {"layout": "coco"}, "kinect20"),
        (np.zeros((5, 20, 3)), {"up": "x"}, "up"),
        (np.zeros((5, 20, 3)), {}, "person"),
        (1000 * person(5), {}, "metres, but those of a person are 16.* 1000 if they are milli"),
        (100 * person(5), {}, "in metres"),
        (person(5) / 1000, {}, "in metres"),
    ],
)
def test_bad_input_says_what_was_expected(joints, more, says):
    with pytest.raises(LartError, match=says):
        from_joints(joints, fps=30, **more)
