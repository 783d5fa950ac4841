"""The converter's steps, without the assets that it converts."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lart_core import body
from lart_core.body.convert import landmarks, reduce, tpose
from lart_core.body.convert.build import phenotypes
from lart_core.body.convert.makehuman import LEVELS, _levels


@given(st.sampled_from(sorted(LEVELS)), st.floats(0, 1))
def test_settings_blend_their_two_nearest_levels(setting: str, value: float) -> None:
    levels = _levels(setting, value)
    assert sum(share for _, share in levels) == pytest.approx(1)
    assert all(share >= 0 for _, share in levels)
    places = {name: place for place, name in LEVELS[setting]}
    assert sum(places[name] * share for name, share in levels) == pytest.approx(value)


def test_people_are_adults_and_always_the_same() -> None:
    crowd = phenotypes()
    assert crowd == phenotypes() and len(crowd) == 240
    assert all(person.age >= 0.5 for person in crowd)


def test_landmark_numbers_are_those_that_smplx_looks_up() -> None:
    looked_up = body.load().vertex_joint_selector.extra_joints_idxs.tolist()
    assert landmarks.smplx_numbers().tolist() == looked_up


def a_pose() -> dict[str, np.ndarray]:
    """Heads of bones of someone with hanging, bent arms and spread legs; x left, y up, z ahead."""
    left = {
        "clavicle": (0.02, 1.4, 0), "upperarm": (0.17, 1.38, 0), "lowerarm": (0.33, 1.18, 0),
        "hand": (0.45, 1.05, 0.16), "middle_01": (0.5, 0.99, 0.24), "index_01": (0.48, 1.0, 0.26),
        "pinky_01": (0.51, 0.97, 0.2), "thigh": (0.1, 0.9, 0), "calf": (0.14, 0.5, 0.03),
        "foot": (0.18, 0.1, 0), "ball": (0.19, 0.03, 0.12),
    }  # fmt: skip
    middle = {
        "pelvis": (0, 0.95, 0), "spine_01": (0, 1.0, 0), "spine_02": (0, 1.1, 0),
        "spine_03": (0, 1.2, 0), "neck_01": (0, 1.45, 0), "head": (0, 1.55, 0.03),
    }  # fmt: skip
    heads = {name: np.array(place, float) for name, place in middle.items()}
    for name, place in left.items():
        heads[f"{name}_l"] = np.array(place, float)
        heads[f"{name}_r"] = np.array(place, float) * [-1, 1, 1]
    return heads


def test_the_t_pose_is_level_straight_and_symmetric() -> None:
    heads = a_pose()
    turn = tpose.rotations(heads)
    np.testing.assert_allclose(
        turn @ turn.transpose(0, 2, 1), np.tile(np.eye(3), (24, 1, 1)), atol=1e-9
    )
    joints = tpose.joint_positions(heads)
    _, posed = tpose.repose(joints, joints, np.eye(24), turn)
    J = body.JOINTS.index
    np.testing.assert_allclose(posed[0], tpose.PELVIS)
    for side, sign in (("left", 1), ("right", -1)):
        arm = posed[[J(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist", "hand")]]
        assert np.ptp(arm[:, 1:], axis=0).max() < 1e-9 and (np.diff(arm[:, 0]) * sign > 0).all()
        leg = posed[[J(f"{side}_{part}") for part in ("hip", "knee", "ankle")]]
        assert np.ptp(leg[:, 0]) < 0.02
        across = heads[f"index_01_{side[0]}"] - heads[f"pinky_01_{side[0]}"]
        assert (turn[J(f"{side}_wrist")] @ across)[2] > 0.45 * np.linalg.norm(across)
    before = np.linalg.norm(np.diff(joints[[1, 4, 7]], axis=0), axis=1)
    np.testing.assert_allclose(np.linalg.norm(np.diff(posed[[1, 4, 7]], axis=0), axis=1), before)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_rigid_parts_are_only_moved(seed: int) -> None:
    """Vertices of a single joint move with it exactly, whichever way the skinning is inverted."""
    random = np.random.default_rng(seed)
    joints = tpose.joint_positions(a_pose())
    turn = Rotation.random(24, rng=random).as_matrix()
    points = random.normal(size=(50, 3))
    owner = random.integers(0, 24, 50)
    moved, posed = tpose.repose(points, joints, np.eye(24)[owner], turn)
    expected = np.einsum("vab,vb->va", turn[owner], points - joints[owner]) + posed[owner]
    np.testing.assert_allclose(moved, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("bone", "joint"),
    [
        ("Root", "pelvis"),
        ("lowerarm_l", "left_elbow"),
        ("thumb_01_r", "right_wrist"),
        ("thumb_02_r", "right_hand"),
        ("pinky_03_l", "left_hand"),
        ("ball_r", "right_foot"),
    ],
)
def test_bones_go_to_the_joint_that_moves_them(bone: str, joint: str) -> None:
    assert body.JOINTS[tpose.joint_of_bone(bone)] == joint


def test_places_on_the_surface_are_found_again() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3)
    points = ball.vertices[::5] * 0.99 + 0.004
    corners, shares = reduce.barycentric(points, ball.vertices, ball.faces)
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    places = np.einsum("nk,nkd->nd", shares, ball.vertices[corners])
    brute = [
        trimesh.triangles.closest_point(
            ball.triangles, np.broadcast_to(point, (len(ball.faces), 3))
        )
        for point in points
    ]
    nearest = [np.linalg.norm(b - p, axis=1).min() for b, p in zip(brute, points, strict=True)]
    np.testing.assert_allclose(np.linalg.norm(places - points, axis=1), nearest, atol=1e-9)


def test_the_strongest_influences_are_kept() -> None:
    weights = np.random.default_rng(0).dirichlet(np.ones(24) * 0.3, 100)
    weights[0] = 1 / 24  # ties
    kept = reduce.strongest(weights)
    assert (kept > 0).sum(axis=1).max() == 4
    np.testing.assert_allclose(kept.sum(axis=1), 1)
    for before, after in zip(weights[1:], kept[1:], strict=True):
        assert set(np.argsort(-before)[:2]) <= set(np.flatnonzero(after))


def test_joints_are_exact_sums_of_near_vertices() -> None:
    random = np.random.default_rng(0)
    vertices = np.concatenate(
        [random.normal(size=(2000, 3, 1)), random.normal(0, 0.1, (2000, 3, 10))], axis=2
    )
    joints = np.concatenate(
        [random.normal(0, 0.3, (24, 3, 1)), random.normal(0, 0.02, (24, 3, 10))], axis=2
    )
    regressor = reduce.joint_regressor(joints, vertices)
    np.testing.assert_allclose(np.einsum("jv,vdk->jdk", regressor, vertices), joints, atol=1e-9)
    np.testing.assert_allclose(regressor.sum(axis=1), 1)
    distance = np.linalg.norm(vertices[:, :, 0] - joints[:, None, :, 0], axis=2)
    used = np.abs(regressor) > 1e-12
    assert (used.sum(axis=1) <= reduce.CANDIDATES).all()
    assert distance[used].max() < distance.max() * 0.8


def test_decimation_gives_exactly_the_vertices_asked_for() -> None:
    pytest.importorskip("fast_simplification", reason="needs the extra 'body'")
    ball = trimesh.creation.icosphere(subdivisions=4)
    vertices, faces = reduce.decimate(ball.vertices, ball.faces, 900)
    assert vertices.shape == (900, 3) and faces.max() == 899
    assert trimesh.Trimesh(vertices, faces).volume == pytest.approx(ball.volume, rel=0.02)
