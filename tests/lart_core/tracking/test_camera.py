"""PHALP's camera against its own numbers."""

import numpy as np

from lart_core import camera


def test_published_camera(golden):
    math = np.load(golden / "phalp_math.npz")
    crop = math["cam_in_center"], math["cam_in_scale"][:, 0]
    got = camera.from_crop(math["cam_in_predcam"], *crop)
    np.testing.assert_allclose(got, math["cam_out_cam_t"], rtol=1e-6, atol=1e-6)
    joints = np.concatenate([math["cam_in_joints"], np.zeros((3, 1, 3), "f4")], axis=1)
    np.testing.assert_array_equal(joints, math["cam_out_joints3d"])
    np.testing.assert_allclose(camera.project(joints, got), math["cam_out_kp2d"], rtol=1e-6)


def test_the_crop_camera_is_undone():
    head = np.array([[0.9, 0.1, -0.2], [0.5, 0.0, 0.3]])
    crop = np.array([[100, 120], [30, 200]]), np.array([80.0, 60.0])
    np.testing.assert_allclose(camera.to_crop(camera.from_crop(head, *crop), *crop), head)
