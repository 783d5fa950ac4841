"""Brings MakeHuman's A-pose and 53 bones to SMPL's T-pose and 24 joints."""

import numpy as np
from numpy.typing import NDArray

from lart_core.body.skeleton import JOINTS, PARENTS

PELVIS = np.array([0.0, -0.24, 0.03])
"""Where the pelvis rests, metres: about where SMPL has it, so that cameras mean the same."""

_SPINE = {
    "pelvis": "pelvis", "spine1": "spine_01", "spine2": "spine_02", "spine3": "spine_03",
    "neck": "neck_01", "head": "head",
}  # fmt: skip
_SIDE = {
    "hip": "thigh", "knee": "calf", "ankle": "foot", "foot": "ball", "collar": "clavicle",
    "shoulder": "upperarm", "elbow": "lowerarm", "wrist": "hand", "hand": "middle_01",
}  # fmt: skip
BONE_OF_JOINT = _SPINE | {
    f"{side}_{joint}": f"{bone}_{side[0]}"
    for side in ("left", "right")
    for joint, bone in _SIDE.items()
}
"""The bone whose head is each SMPL joint; a hand begins at the middle finger's knuckle."""


def joint_of_bone(bone: str) -> int:
    """SMPL joint for a bone of MakeHuman: fingers go with the hand, thumb roots with the wrist."""
    for joint, owner in BONE_OF_JOINT.items():
        if owner == bone:
            return JOINTS.index(joint)
    if bone == "Root":
        return 0
    side = {"l": "left", "r": "right"}[bone[-1]]
    return JOINTS.index(f"{side}_wrist" if bone.startswith("thumb_01") else f"{side}_hand")


def joint_positions(heads: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """(24, 3) SMPL joints from the heads of MakeHuman's bones."""
    return np.stack([heads[BONE_OF_JOINT[joint]] for joint in JOINTS])


def rotations(heads: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """(24, 3, 3) global rotations that bring each joint's part from the A-pose to the T-pose.

    Arms go level and straight with the elbow's hinge upright, palms down and legs almost upright;
    half of the hand's turn is given to the forearm, as a wrist does it.
    """
    turn = np.tile(np.eye(3), (len(JOINTS), 1, 1))
    for side, sign in (("left", 1), ("right", -1)):

        def at(bone: str, end: str = side[0]) -> NDArray[np.float64]:
            return heads[f"{bone}_{end}"]

        upper, fore = at("lowerarm") - at("upperarm"), at("hand") - at("lowerarm")
        hand, across = at("middle_01") - at("hand"), at("index_01") - at("pinky_01")
        hinge = np.cross(upper, fore)
        outward, level_hinge = np.array([sign, 0, 0]), np.array([0, -sign, 0])
        whole = _onto(hand, across, outward, np.array([0, 0, 1]))
        straight = _onto(fore, hinge, outward, level_hinge)
        turn[JOINTS.index(f"{side}_shoulder")] = _onto(upper, hinge, outward, level_hinge)
        turn[JOINTS.index(f"{side}_elbow")] = _half_twist(straight, whole)
        for joint in ("wrist", "hand"):
            turn[JOINTS.index(f"{side}_{joint}")] = whole

        thigh, shin = at("calf") - at("thigh"), at("foot") - at("calf")
        forward = np.array([0, 0, 1])
        for joint, leg, lean in (("hip", thigh, 0.03), ("knee", shin, -0.02)):
            upright = np.array([sign * lean * np.linalg.norm(leg), leg[1], leg[2]])
            turn[JOINTS.index(f"{side}_{joint}")] = _onto(leg, forward, upright, forward)
    return turn


def repose(
    vertices: NDArray[np.float64],
    joints: NDArray[np.float64],
    weights: NDArray[np.float64],
    turn: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn every joint's part and put the pelvis at its place.

    The vertices are the mean of linear blend skinning and of inverting the skinning that would
    lead back, so that the pose that we leave still looks as its makers drew it.

    Args:
        vertices: (V, 3), joints: (24, 3), weights: (V, 24), turn: (24, 3, 3) global rotations.

    Returns:
        (V, 3) vertices and (24, 3) joints in the new pose.
    """
    moved = np.empty_like(joints)
    for joint, parent in enumerate(PARENTS):
        offset = joints[joint] - joints[parent] if parent >= 0 else 0
        moved[joint] = moved[parent] + turn[parent] @ offset if parent >= 0 else PELVIS
    there = _rigid(turn, joints, moved)
    back = _rigid(turn.transpose(0, 2, 1), moved, joints)
    homogeneous = np.concatenate([vertices, np.ones((len(vertices), 1))], axis=1)
    blended = np.einsum("vj,jab->vab", weights, there)
    unblended = np.linalg.inv(np.einsum("vj,jab->vab", weights, back))
    mean = 0.5 * (blended + unblended)
    return np.einsum("vab,vb->va", mean, homogeneous)[:, :3], moved


def _rigid(turn: NDArray, source: NDArray, target: NDArray) -> NDArray[np.float64]:
    """(J, 4, 4) transforms that turn about `source` and carry it to `target`."""
    matrix = np.tile(np.eye(4), (len(turn), 1, 1))
    matrix[:, :3, :3] = turn
    matrix[:, :3, 3] = target - np.einsum("jab,jb->ja", turn, source)
    return matrix


def _onto(along: NDArray, aside: NDArray, to_along: NDArray, to_aside: NDArray) -> NDArray:
    """Rotation that takes the direction `along` to `to_along` and `aside` as near as it goes."""
    return _frame(to_along, to_aside) @ _frame(along, aside).T


def _frame(along: NDArray, aside: NDArray) -> NDArray[np.float64]:
    x = along / np.linalg.norm(along)
    z = np.cross(x, aside)
    z = z / np.linalg.norm(z)
    return np.stack([x, np.cross(z, x), z], axis=1)


def _half_twist(straight: NDArray, whole: NDArray) -> NDArray[np.float64]:
    """`straight`, twisted about x by half of the angle that makes it `whole`."""
    between = whole @ straight.T
    angle = np.arctan2(between[2, 1] - between[1, 2], between[1, 1] + between[2, 2]) / 2
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ straight
