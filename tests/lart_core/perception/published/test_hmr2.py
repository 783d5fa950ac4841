"""HMR 2.0 against the published code's numbers, and its bodies as a `BodyEstimator`.

`golden/hmr2_small.npz` holds what the published code (4D-Humans 6ec7965) gives for a small network
whose every entry is RandomState(crc32(name)).standard_normal(shape) times 0.2 (more than one
dimension) or 0.05, and 1 + that for the weights of norms; the pictures are
RandomState(5).standard_normal((3, 3, 64, 64)). `benchmarks/full_system.py hmr2` makes both anew.
"""

import hashlib
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from lart_core import body, camera
from lart_core.errors import LartError
from lart_core.perception.crop import crop, smooth_crop, squares
from lart_core.perception.protocols import Detections
from lart_core.perception.published.hmr2 import HMR2, HMR2Config, load_hmr2
from lart_core.perception.published.hmr2_estimator import HMR2Estimator, placed

SMALL = HMR2Config(
    height=64, width=48, dim=32, depth=2, heads=2, head_dim=48, head_depth=2, head_heads=2,
    head_dim_head=8, head_hidden=64,
)  # fmt: skip
PUBLISHED_NAMES = "8c6ef995fcb22d3058f6436528b3c0a01b60e59b907da1664d03c1f6865c757b"
"""sha256 of the 503 sorted lines "name <tab> shape" of the published network."""


def small_net() -> HMR2:
    net = HMR2(SMALL)
    state = {}
    for name, value in net.state_dict().items():
        noise = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(value.shape)
        noise = noise.astype(np.float32) * (0.2 if value.ndim > 1 else 0.05)
        norm = name.endswith(("norm.weight", "norm1.weight", "norm2.weight"))
        state[name] = torch.from_numpy(1 + noise if norm else noise)
    net.load_state_dict(state)
    return net.eval()


def test_bodies_are_the_published_codes():
    want = np.load(Path(__file__).parent / "golden" / "hmr2_small.npz", allow_pickle=False)
    pictures = np.random.RandomState(5).standard_normal((3, 3, 64, 64)).astype(np.float32)
    with torch.inference_mode():
        got = small_net()(torch.from_numpy(pictures))
    for name in ("global_orient", "body_pose", "betas", "camera"):
        np.testing.assert_allclose(getattr(got, name), want[name], atol=1e-4, err_msg=name)


def test_names_and_shapes_of_the_real_network():
    with torch.device("meta"):
        state = HMR2().state_dict()
    lines = sorted(f"{name}\t{tuple(value.shape)}" for name, value in state.items())
    assert len(lines) == 503
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == PUBLISHED_NAMES


def test_a_foreign_checkpoint_is_refused(tmp_path: Path):
    torch.save({"state_dict": {"backbone.pos_embed": torch.zeros(1)}}, tmp_path / "foreign.ckpt")
    with pytest.raises(LartError, match=r"foreign\.ckpt"):
        load_hmr2(tmp_path / "foreign.ckpt")


# Crops


def test_squares_hold_the_padded_box():
    box = np.float32([[10, 20, 40, 120], [0, 0, 90, 30]])
    np.testing.assert_allclose(squares(box), [[25, 70, 100], [45, 15, 90]])
    np.testing.assert_allclose(squares(box, 0.75), [[25, 70, 100], [45, 15, 120]])


def test_a_crop_is_the_scaled_part_and_black_outside():
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[40:60, 40:60] = 200
    inside = crop(picture, np.float32([50, 50, 20]), 64)
    assert (inside[4:-4, 4:-4] == 200).all()
    assert not crop(picture + 9, np.float32([-50, -50, 20]), 64).any()


def test_large_squares_are_blurred_as_if_the_whole_picture_were():
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (300, 420, 3), dtype=np.uint8)
    square = np.float32([150, 120, 256])
    sigma = (256 / 64 / 2 - 1) / 2
    whole = gaussian_filter(picture.astype(float), (sigma, sigma, 0), mode="nearest")
    np.testing.assert_allclose(smooth_crop(picture, square, 64), crop(whole, square, 64), atol=1e-6)


# Cameras


def test_cameras_are_the_published_codes(golden: Path):
    want = np.load(golden / "phalp_math.npz", allow_pickle=False)
    square = np.column_stack([want["cam_in_center"], want["cam_in_scale"]])
    got = placed(want["cam_in_predcam"], square, (256, 256))
    np.testing.assert_allclose(got, want["cam_out_cam_t"], rtol=1e-5)


def test_a_person_in_the_crops_middle_projects_to_the_boxs_middle():
    square = np.float32([[400, 300, 200]])
    at = placed(np.float32([[1, 0, 0]]), square, (640, 480))
    seen = camera.square_to_image(camera.project(np.zeros((1, 1, 3)), at), (640, 480))
    np.testing.assert_allclose(seen[0, 0], [400, 300], atol=1e-3)


# The estimator


class Recorded(HMR2):
    """Takes 64-pixel networks to 256-pixel crops, so that tests stay fast."""

    def forward(self, pictures):
        return super().forward(pictures[..., ::4, ::4])


def recorded_net() -> HMR2:
    net = Recorded(SMALL)
    net.load_state_dict(small_net().state_dict())
    return net


def found(*boxes: list[float]) -> Detections:
    box = np.float32(boxes).reshape(-1, 4)
    return Detections(box, np.ones(len(box), np.float32))


def test_bodies_come_in_the_order_of_the_detections_whatever_the_batch():
    rng = np.random.default_rng(2)
    frames = list(rng.integers(0, 256, (3, 120, 160, 3), dtype=np.uint8))
    detections = [found([5, 5, 60, 110], [70, 10, 150, 100]), found(), found([20, 20, 90, 90])]
    one, many = (
        HMR2Estimator(recorded_net(), batch=batch).estimate(frames, detections) for batch in (1, 8)
    )
    assert [len(bodies) for bodies in one] == [2, 0, 1]
    for a, b in zip(one, many, strict=True):
        for name in ("global_orient", "body_pose", "betas", "camera", "joints"):
            np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=1e-3)
    eye = one[0].body_pose @ one[0].body_pose.transpose(0, 1, 3, 2)
    np.testing.assert_allclose(eye, np.tile(np.eye(3), (2, 23, 1, 1)), atol=1e-5)
    want = body.joints(one[0].global_orient, one[0].body_pose, one[0].betas)
    np.testing.assert_allclose(one[0].joints, want, atol=1e-4)
    assert one[0].provenance == {"body": "hmr2"}


def test_the_backbone_may_compute_in_half_precision():
    """As the estimator has it on a GPU."""
    net = small_net()
    pictures = torch.from_numpy(np.random.RandomState(5).standard_normal((2, 3, 64, 64)))
    with torch.inference_mode():
        whole = net(pictures.float())
        net.backbone.half()
        half = net(pictures.half())
    assert half.camera.dtype == torch.float32
    np.testing.assert_allclose(half.global_orient, whole.global_orient, atol=3e-2)
    np.testing.assert_allclose(half.camera, whole.camera, atol=3e-2)
