"""Our own body: in SMPL's format, human, and run by the real smplx class."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lart_core import body
from lart_core.paths import asset

J = body.JOINTS_45.index


def poses(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    turns = Rotation.random(count * 24, rng=random).as_matrix().reshape(count, 24, 3, 3)
    return turns[:, 0], turns[:, 1:], random.normal(size=(count, 10))


def rest(betas: np.ndarray | None = None) -> np.ndarray:
    """The 45 joints of the T-pose."""
    eyes = np.tile(np.eye(3), (24, 1, 1))
    return body.joints(
        eyes[None, 0], eyes[None, 1:], np.zeros((1, 10)) if betas is None else betas
    )[0]


@pytest.fixture(autouse=True)
def our_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LART_SMPL", raising=False)


def test_the_file_is_small_plain_and_smpl_shaped() -> None:
    path = asset("body/body.npz")
    assert path.stat().st_size < 1_200_000
    with np.load(path, allow_pickle=False) as file:
        shapes = {key: file[key].shape for key in file}
        weights, posedirs = file["weights"], file["posedirs"]
    faces = shapes.pop("f")
    assert faces[1] == 3 and faces[0] > 13_700
    assert shapes == {
        "v_template": (6890, 3),
        "shapedirs": (6890, 3, 10),
        "posedirs": (6890, 3, 207),
        "J_regressor": (24, 6890),
        "weights": (6890, 24),
        "kintree_table": (2, 24),
    }
    assert (weights > 0).sum(axis=1).max() <= 4
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    assert not posedirs.any()


def test_the_t_pose_is_an_upright_adult_with_level_arms() -> None:
    template = body.load().v_template.numpy()
    assert np.ptp(template[:, 1]) == pytest.approx(1.72, abs=0.02)
    joints = rest()
    for side, sign in (("left", 1), ("right", -1)):
        arm = joints[[J(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist", "hand")]]
        assert np.ptp(arm[:, 1]) < 1e-3 and np.ptp(arm[:, 2]) < 1e-3
        assert (np.diff(arm[:, 0]) * sign > 0.05).all()
        leg = joints[[J(f"{side}_{part}") for part in ("hip", "knee", "ankle")]]
        assert (np.diff(leg[:, 1]) < -0.3).all() and np.ptp(leg[:, 0]) < 0.03


def test_landmarks_are_where_smplx_looks_for_them() -> None:
    joints = rest()

    def at(name: str) -> np.ndarray:
        return joints[J(name)]

    assert joints[:, 2][J("nose")] > at("left_eye")[2] > at("left_ear")[2]
    for side, sign in (("left", 1), ("right", -1)):
        assert at(f"{side}_eye")[0] * sign > 0.02 and at(f"{side}_ear")[0] * sign > 0.07
        fingers = [at(f"{side}_{f}") for f in ("thumb", "index", "middle", "ring", "pinky")]
        assert (np.diff([finger[2] for finger in fingers]) < -0.01).all()
        assert max(range(5), key=lambda f: fingers[f][0] * sign) == 2
        assert at(f"{side}_heel")[2] < at(f"{side}_ankle")[2] < at(f"{side}_big_toe")[2]
        assert at(f"{side}_big_toe")[0] * sign < at(f"{side}_small_toe")[0] * sign - 0.03
        for tip in ("heel", "big_toe", "small_toe"):
            assert at(f"{side}_{tip}")[1] < at(f"{side}_ankle")[1] - 0.03


def test_the_first_shape_is_height() -> None:
    layer = body.load()
    taller = layer.v_template + layer.shapedirs[:, :, 0]
    growth = np.ptp(taller.numpy()[:, 1]) - np.ptp(layer.v_template.numpy()[:, 1])
    assert growth == pytest.approx(0.09, abs=0.01)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=10, max_size=10))
def test_joints_stay_inside_the_body_for_any_shape(betas: list[float]) -> None:
    """The regressor is exact, so left and right stay mirrored and bones keep sensible lengths."""
    joints = body.rest_joints(np.array(betas))
    mirrored = joints * [-1, 1, 1]
    swap = [
        body.JOINTS.index(name.replace("left", "R").replace("right", "left").replace("R", "right"))
        for name in body.JOINTS
    ]
    np.testing.assert_allclose(mirrored[swap], joints, atol=2e-4)
    bones = np.linalg.norm(joints[1:] - joints[list(body.PARENTS[1:])], axis=1)
    assert bones.min() > 0.03 and bones.max() < 0.55


def test_joints_equal_those_of_smplx() -> None:
    orient, pose, betas = poses(5)
    layer = body.load()
    with torch.inference_mode():
        reference = layer(
            global_orient=torch.tensor(orient, dtype=torch.float32)[:, None],
            body_pose=torch.tensor(pose, dtype=torch.float32),
            betas=torch.tensor(betas, dtype=torch.float32),
            pose2rot=False,
        )
    joints = body.joints(orient, pose, betas)
    assert joints.shape == (5, 45, 3)
    np.testing.assert_allclose(joints, reference.joints.numpy(), atol=1e-5)
    np.testing.assert_allclose(
        body.vertices(orient, pose, betas), reference.vertices.numpy(), atol=1e-5
    )


def test_vertices_do_not_depend_on_the_batch() -> None:
    orient, pose, betas = poses(67)
    together = body.vertices(orient, pose, betas)
    assert together.shape == (67, 6890, 3)
    for row in (0, 63, 64, 66):
        alone = body.vertices(orient[row, None], pose[row, None], betas[row, None])[0]
        np.testing.assert_allclose(together[row], alone, atol=1e-5)
    assert body.vertices(orient[:0], pose[:0], betas[:0]).shape == (0, 6890, 3)


def test_turning_the_whole_body_turns_about_the_pelvis() -> None:
    orient, pose, betas = poses(1)
    still = body.joints(np.eye(3)[None], pose, betas)[0]
    turned = body.joints(orient, pose, betas)[0]
    np.testing.assert_allclose(turned[0], still[0], atol=1e-6)
    np.testing.assert_allclose(turned - turned[0], (still - still[0]) @ orient[0].T, atol=1e-5)


def test_faces_look_outwards() -> None:
    """The volume that the surface encloses is positive and that of a person."""
    corners = body.load().v_template.numpy()[body.faces()]
    volume = np.einsum("fd,fd->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert 0.05 < volume < 0.09
