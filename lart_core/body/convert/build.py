"""From MakeHuman's assets to the arrays of an SMPL file."""

import numpy as np
from numpy.typing import NDArray

from lart_core.body.convert import landmarks, reduce, tpose
from lart_core.body.convert.makehuman import MakeHuman, Phenotype
from lart_core.body.skeleton import JOINTS, PARENTS, VERTICES

PEOPLE = 240
SHAPES = 10
SEED = 0


def phenotypes() -> list[Phenotype]:
    """Adults of both sexes; the heights have the mean and spread of people's (1.72 m, 9 cm)."""
    random = np.random.default_rng(SEED)

    def around(middle: float, spread: float) -> float:
        return float(np.clip(random.normal(middle, spread), 0, 1))

    return [
        Phenotype(
            gender=random.uniform(),
            age=random.uniform(0.5, 0.9),
            muscle=around(0.5, 0.25),
            weight=around(0.5, 0.25),
            height=around(0.54, 0.065),
            proportions=around(0.6, 0.2),
        )
        for _ in range(PEOPLE)
    ]


def build(assets: MakeHuman) -> dict[str, NDArray]:
    """The arrays of an SMPL file, under SMPL's keys."""
    keep = np.concatenate([assets.group(name) for name in ("body", "helper-l-eye", "helper-r-eye")])
    faces = _triangles(assets, keep)
    weights = _weights(assets)[keep]
    people = [_t_pose(assets, person, keep, weights) for person in phenotypes()]
    vertices, joints = (np.stack(part) for part in zip(*people, strict=True))

    coarse, coarse_faces = reduce.decimate(vertices.mean(axis=0), faces, VERTICES)
    corners, shares = reduce.barycentric(coarse, vertices.mean(axis=0), faces)
    order = _order(assets, keep, vertices.mean(axis=0), coarse)
    corners, shares = corners[order], shares[order]
    position = np.argsort(order)
    coarse_weights = reduce.strongest(np.einsum("vkj,vk->vj", weights[corners], shares))
    shapes, joint_shapes = _shape_space(
        np.einsum("pvkd,vk->pvd", vertices[:, corners], shares), joints
    )
    shapes = shapes.astype(np.float32)
    regressor = reduce.joint_regressor(joint_shapes, shapes.astype(np.float64)).astype(np.float32)
    off = np.einsum("jv,vdk->jdk", regressor.astype(np.float64), shapes) - joint_shapes
    print(f"joints are exact to {np.abs(off).max() * 1000:.4f} mm in all shapes")
    return {
        "v_template": shapes[:, :, 0],
        "shapedirs": shapes[:, :, 1:],
        "posedirs": np.zeros((VERTICES, 3, 9 * (len(JOINTS) - 1)), np.float32),
        "J_regressor": regressor,
        "weights": coarse_weights.astype(np.float32),
        "kintree_table": np.array([PARENTS, range(len(JOINTS))], np.int32),
        "f": position[coarse_faces].astype(np.uint32),
    }


def _triangles(assets: MakeHuman, keep: NDArray[np.int64]) -> NDArray[np.int64]:
    """Faces among the kept vertices, as triangles, numbered within `keep`."""
    number = np.full(len(assets.vertices), -1)
    number[keep] = np.arange(len(keep))
    quads = number[assets.quads]
    quads = quads[(quads >= 0).all(axis=1)]
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def _weights(assets: MakeHuman) -> NDArray[np.float64]:
    """(V, 24) skinning weights of the base mesh for SMPL's joints; the eyes go with the head."""
    weights = np.zeros((len(assets.vertices), len(JOINTS)))
    for bone, pairs in assets.weights().items():
        for vertex, weight in pairs:
            weights[vertex, tpose.joint_of_bone(bone)] += weight
    weights[weights.sum(axis=1) == 0, JOINTS.index("head")] = 1
    return weights / weights.sum(axis=1, keepdims=True)


def _t_pose(
    assets: MakeHuman, person: Phenotype, keep: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    whole = assets.shape(person)
    heads = assets.bone_heads(whole)
    joints = tpose.joint_positions(heads)
    return tpose.repose(whole[keep], joints, weights, tpose.rotations(heads))


def _order(
    assets: MakeHuman,
    keep: NDArray[np.int64],
    fine: NDArray[np.float64],
    coarse: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Order of the coarse vertices that puts the landmarks where smplx looks for them."""
    places = fine[np.searchsorted(keep, landmarks.on_base_mesh(assets))]
    distance = np.linalg.norm(coarse - places[:, None], axis=2)
    chosen = distance.argmin(axis=1)
    order = np.full(VERTICES, -1)
    order[landmarks.smplx_numbers()] = chosen
    order[order < 0] = np.setdiff1d(np.arange(VERTICES), chosen)
    return order


def _shape_space(
    vertices: NDArray[np.float64], joints: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and principal directions, one standard deviation long; the first makes taller.

    Args:
        vertices: (P, V, 3) of all people, joints: (P, 24, 3).

    Returns:
        (V, 3, 11) and (24, 3, 11): the mean and ten directions.
    """
    mean = vertices.mean(axis=0)
    centred = (vertices - mean).reshape(len(vertices), -1)
    scores, spread, _ = np.linalg.svd(centred, full_matrices=False)
    share = (spread[:SHAPES] ** 2).sum() / (spread**2).sum()
    print(f"{SHAPES} shapes explain {share:.4%} of {len(vertices)} people")
    unit = scores[:, :SHAPES] * np.sqrt(len(vertices))  # one a standard deviation
    tall = np.ptp(vertices[:, :, 1], axis=1)
    unit[:, 0] *= np.sign(np.corrcoef(unit[:, 0], tall)[0, 1])

    def directions(data: NDArray[np.float64]) -> NDArray[np.float64]:
        offsets = data - data.mean(axis=0)
        along = np.einsum("pk,pvd->vdk", unit, offsets) / len(data)
        return np.concatenate([data.mean(axis=0)[..., None], along], axis=2)

    return directions(vertices), directions(joints)
