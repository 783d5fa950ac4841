"""A first pose in closed form: each joint turned so that what hangs on it points the right way.

Joint by joint from the pelvis outwards, the rotation is the solution of Wahba's problem: weighted
directions seen against the same directions at rest, with a weak pull to the relaxed pose that
decides whatever was not seen. Bones give swing; elbow and knee planes, hands, feet, ears and nose
give twist.
"""

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from lart_core.body.ik.chain import Array, relative
from lart_core.body.skeleton import JOINTS, PARENTS

HIPS, SHOULDERS = ("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")


class Bone(NamedTuple):
    """A direction that turns with a joint: from the mean of some points to that of others."""

    start: tuple[str, ...]
    end: tuple[str, ...]
    weight: float


class Hinge(NamedTuple):
    """A joint whose axis is the normal of the plane that three points span when it is bent."""

    points: tuple[str, str, str]
    axis: tuple[float, float, float]


def _side(side: str) -> tuple[dict[str, list[Bone]], dict[str, Hinge]]:
    def bone(start: str, end: str, weight: float) -> Bone:
        return Bone((f"{side}_{start}",), (f"{side}_{end}",), weight)

    sole = bone("heel", "toe", 1.0)
    knuckles = bone("pinky", "index", 1.0)
    bones = {
        "hip": [bone("hip", "knee", 1.0), sole._replace(weight=0.1)],
        "knee": [bone("knee", "ankle", 1.0), sole._replace(weight=0.2)],
        "ankle": [sole, bone("ankle", "toe", 0.5), bone("ankle", "foot", 0.3)],
        "shoulder": [bone("shoulder", "elbow", 1.0)],
        "elbow": [bone("elbow", "wrist", 1.0), knuckles._replace(weight=0.1)],
        "wrist": [
            Bone((f"{side}_wrist",), (f"{side}_index", f"{side}_pinky"), 0.5),
            bone("wrist", "hand", 0.2),
            knuckles._replace(weight=0.2),
        ],
    }
    outwards = -1.0 if side == "left" else 1.0
    points = {
        "hip": ("hip", "knee", "ankle"),
        "knee": ("hip", "knee", "ankle"),
        "shoulder": ("shoulder", "elbow", "wrist"),
        "elbow": ("shoulder", "elbow", "wrist"),
    }
    axes = {"hip": (1.0, 0.0, 0.0), "shoulder": (0.0, outwards, 0.0)}
    axes |= {"knee": axes["hip"], "elbow": axes["shoulder"]}
    hinges = {
        f"{side}_{joint}": Hinge(tuple(f"{side}_{p}" for p in three), axes[joint])  # type: ignore[arg-type]
        for joint, three in points.items()
    }
    return {f"{side}_{joint}": each for joint, each in bones.items()}, hinges


_LEFT, _RIGHT = _side("left"), _side("right")
TRUNK = [Bone(SHOULDERS[1:], SHOULDERS[:1], 1.0), Bone(HIPS, SHOULDERS, 1.0)]
BONES: dict[str, list[Bone]] = {
    "pelvis": [Bone(HIPS[1:], HIPS[:1], 1.0), Bone(HIPS, SHOULDERS, 1.0)],
    "spine3": TRUNK,
    "head": [
        Bone(("right_ear",), ("left_ear",), 1.0),
        Bone(("left_ear", "right_ear"), ("nose",), 1.0),
        Bone(SHOULDERS, ("head",), 0.3),
    ],
    **_LEFT[0],
    **_RIGHT[0],
}
"""What points the way for which joint. Points that a landmark set lacks are passed over."""
HINGES = _LEFT[1] | _RIGHT[1]

BETWEEN = {"spine1": ("pelvis", "spine3", 1 / 3), "spine2": ("pelvis", "spine3", 2 / 3)}
"""Joints that share out the turn between two others."""

PULL = {"pelvis": 1e-3, "spine3": 0.05, "head": 0.3, "ankle": 0.2, "wrist": 0.4, "elbow": 0.1}
LIMB_PULL = 0.05
"""Weight of the relaxed pose against that of a bone that is seen."""


def relaxed() -> Array:
    """(24, 3, 3) rotations of a body that stands with its arms down."""
    vectors = np.zeros((len(JOINTS), 3))
    vectors[JOINTS.index("left_shoulder"), 2] = -1.2
    vectors[JOINTS.index("right_shoulder"), 2] = 1.2
    return Rotation.from_rotvec(vectors).as_matrix()


def first_pose(names: tuple[str, ...], seen: Array, confidence: Array, at_rest: Array) -> Array:
    """The pose in which the bones point where they were seen to.

    Args:
        names: Names of the L landmarks.
        seen: (N, L, 3) where they were seen; (N, L) `confidence` 0..1.
        at_rest: (N, L, 3) where they lie on the bodies in T-pose.

    Returns:
        (N, 24, 3, 3) rotations relative to the parent joint.
    """
    view = _View({name: i for i, name in enumerate(names)}, seen, confidence, at_rest)
    rest = relaxed()
    turned = np.empty((len(seen), len(JOINTS), 3, 3))
    upright = np.broadcast_to(np.diag([1.0, -1.0, -1.0]), (len(seen), 3, 3))
    for index, (joint, parent) in enumerate(zip(JOINTS, PARENTS, strict=True)):
        pull = upright if parent < 0 else turned[:, parent] @ rest[index]
        if joint == "spine3":  # The pelvis stands for the two joints between, not yet known.
            pull = turned[:, 0]
        turned[:, index] = _align(*view.directions(joint), pull, _pull_weight(joint))
    for joint, (start, end, share) in BETWEEN.items():
        turned[:, JOINTS.index(joint)] = _part_way(
            turned[:, JOINTS.index(start)], turned[:, JOINTS.index(end)], share
        )
    neck, chest, head = (JOINTS.index(joint) for joint in ("neck", "spine3", "head"))
    turned[:, neck] = _part_way(turned[:, chest], turned[:, head], 0.5)
    return relative(turned)


class _View(NamedTuple):
    """The landmarks of N bodies, seen and at rest."""

    place: dict[str, int]
    seen: Array
    confidence: Array
    at_rest: Array

    def directions(self, joint: str) -> tuple[Array, Array, Array]:
        """(N, B, 3) unit directions seen and at rest, and their (N, B) weights."""
        seen: list[Array] = []
        rest: list[Array] = []
        weight: list[Array] = []
        for bone in BONES.get(joint, ()):
            if all(point in self.place for point in bone.start + bone.end):
                start, end = self._rows(bone.start), self._rows(bone.end)
                for vectors, points in ((seen, self.seen), (rest, self.at_rest)):
                    vectors.append(_unit(points[:, end].mean(1) - points[:, start].mean(1)))
                weight.append(bone.weight * self.confidence[:, start + end].min(axis=1))
        hinge = HINGES.get(joint)
        if hinge and all(point in self.place for point in hinge.points):
            rows = self._rows(hinge.points)
            upper, lower = _unit(np.diff(self.seen[:, rows], axis=1)).swapaxes(0, 1)
            normal = np.cross(upper, lower)
            bend = np.linalg.norm(normal, axis=-1)
            seen.append(_unit(normal))
            rest.append(np.broadcast_to(hinge.axis, normal.shape))
            weight.append(bend**2 * self.confidence[:, rows].min(axis=1))
        if not weight:
            empty = np.zeros((len(self.seen), 0))
            return empty[..., None].repeat(3, -1), empty[..., None].repeat(3, -1), empty
        return np.stack(seen, 1), np.stack(rest, 1), np.stack(weight, 1)

    def _rows(self, points: tuple[str, ...]) -> list[int]:
        return [self.place[point] for point in points]


def _align(seen: Array, rest: Array, weight: Array, pull: Array, pull_weight: float) -> Array:
    """(N, 3, 3) rotations that turn directions at rest into those seen: Wahba's problem by SVD."""
    attitude = np.einsum("nb,nba,nbc->nac", weight, seen, rest) + pull_weight * pull
    u, _, v = np.linalg.svd(attitude)
    u[..., -1] *= np.sign(np.linalg.det(u) * np.linalg.det(v))[:, None]
    return u @ v


def _pull_weight(joint: str) -> float:
    return PULL.get(joint.split("_")[-1], LIMB_PULL)


def _part_way(start: Array, end: Array, share: float) -> Array:
    step = Rotation.from_matrix(np.swapaxes(start, -1, -2) @ end).as_rotvec()
    return start @ Rotation.from_rotvec(share * step).as_matrix()


def _unit(vector: Array) -> Array:
    return vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-9)
