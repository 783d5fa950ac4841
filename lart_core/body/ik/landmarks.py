"""Landmark sets: where the points that other skeletons speak of lie on an SMPL body."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lart_core.body.skeleton import JOINTS, JOINTS_45


@dataclass(frozen=True)
class Landmark:
    """One point of a skeleton.

    Attributes:
        mixture: SMPL joint (`JOINTS_45`) -> share; the shares sum to 1.
        weight: How far the point's position is trusted, against 1 for a limb joint.
    """

    mixture: Mapping[str, float]
    weight: float = 1.0


@dataclass(frozen=True)
class LandmarkSet:
    """A skeleton: named points in a fixed order. A name may be any; those of SMPL's joints and
    `left_toe`, `left_ear`, `nose`, ... tell the solver what a point says about twist."""

    name: str
    points: Mapping[str, Landmark]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the L points, in order."""
        return tuple(self.points)

    def matrix(self) -> NDArray[np.float64]:
        """(L, 45): the points as mixtures of a tracklet's joints."""
        rows = np.zeros((len(self.points), len(JOINTS_45)))
        for row, point in zip(rows, self.points.values(), strict=True):
            for joint, share in point.mixture.items():
                row[JOINTS_45.index(joint)] = share
        return rows

    def weights(self) -> NDArray[np.float64]:
        """(L,) trust."""
        return np.array([point.weight for point in self.points.values()])


def _both_sides(points: Mapping[str, Landmark]) -> dict[str, Landmark]:
    """The points of the left side (`left_...`), each followed by its mirror image."""
    both = {}
    for name, point in points.items():
        both[name] = point
        if name.startswith("left_"):
            mirrored = {_mirror(joint): share for joint, share in point.mixture.items()}
            both[_mirror(name)] = Landmark(mirrored, point.weight)
    return both


def _mirror(name: str) -> str:
    return name.replace("left_", "right_") if "left_" in name else name.replace("right_", "left_")


def _one_side(side: str, *names: str) -> list[str]:
    return [f"{side}_{name}" for name in names]


SMPL_24 = LandmarkSet("smpl-24", {name: Landmark({name: 1.0}) for name in JOINTS})
"""SMPL's own joints."""

_KINECT = _both_sides(
    {
        "pelvis": Landmark({"pelvis": 1.0}, 0.2),
        "spine": Landmark({"spine1": 0.5, "spine2": 0.5}, 0.1),
        "neck": Landmark({"neck": 0.5, "left_shoulder": 0.25, "right_shoulder": 0.25}, 0.5),
        "head": Landmark({"left_ear": 0.5, "right_ear": 0.5}, 0.5),
        "left_shoulder": Landmark({"left_shoulder": 1.0}),
        "left_elbow": Landmark({"left_elbow": 1.0}),
        "left_wrist": Landmark({"left_wrist": 1.0}),
        "left_hand": Landmark({"left_hand": 1.0}, 0.1),
        "left_hip": Landmark({"left_hip": 1.0}, 0.5),
        "left_knee": Landmark({"left_knee": 1.0}),
        "left_ankle": Landmark({"left_ankle": 1.0}),
        "left_foot": Landmark({"left_foot": 1.0}, 0.1),
    }
)
_ARM, _LEG = ("shoulder", "elbow", "wrist", "hand"), ("hip", "knee", "ankle", "foot")
KINECT_20 = LandmarkSet(
    "kinect-20",
    {
        name: _KINECT[name]
        for name in ["pelvis", "spine", "neck", "head"]
        + [part for limb in (_ARM, _LEG) for side in ("left", "right")
           for part in _one_side(side, *limb)]
    },
)  # fmt: skip
"""Kinect's 20 joints in its order: hip centre, spine, shoulder centre, head, left arm, right arm,
left leg, right leg."""

_BLAZEPOSE = _both_sides(
    {
        "nose": Landmark({"nose": 1.0}, 0.3),
        "left_ear": Landmark({"left_ear": 1.0}, 0.3),
        "left_shoulder": Landmark({"left_shoulder": 0.95, "right_shoulder": 0.05}),
        "left_elbow": Landmark({"left_elbow": 1.0}),
        "left_wrist": Landmark({"left_wrist": 1.0}),
        "left_pinky": Landmark({"left_wrist": 0.45, "left_pinky": 0.55}, 0.1),
        "left_index": Landmark({"left_wrist": 0.45, "left_index": 0.55}, 0.1),
        "left_thumb": Landmark({"left_wrist": 0.4, "left_thumb": 0.6}, 0.05),
        "left_hip": Landmark({"left_hip": 1.0}),
        "left_knee": Landmark({"left_knee": 1.0}),
        "left_ankle": Landmark({"left_ankle": 1.0}),
        "left_heel": Landmark({"left_heel": 1.0}, 0.2),
        "left_toe": Landmark({"left_foot": 0.5, "left_big_toe": 0.5}, 0.2),
    }
)
BLAZEPOSE = LandmarkSet("blazepose", _BLAZEPOSE)
"""The landmarks of BlazePose that lie on SMPL's skeleton: 25 of its 33 (no eyes, no mouth)."""

BLAZEPOSE_INDEX = (
    0, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
)  # fmt: skip
"""Where the points of `BLAZEPOSE` stand among the model's 33."""
