"""PHALP's camera against its own numbers."""

import numpy as np

from lart_core import camera
from lart_core.perception.crop import crop, normalised


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


def test_published_crop(golden):
    """Square and mask are not in the golden file; they were found by search."""
    math = np.load(golden / "phalp_math.npz")
    square = np.array([70.3, 55.8, 90.5])
    got = normalised(crop(math["crop_in"][..., ::-1].copy(), square, 64))
    np.testing.assert_allclose(got, math["crop_out"], rtol=1e-5, atol=1e-5)
    mask = (math["crop_in"][..., 0] > 128) * np.uint8(255)
    np.testing.assert_array_equal(crop(mask, square, 64), math["crop_mask_out"][0])
