"""Joint limits: how far each of SMPL's joints turns against its parent, from the T-pose."""

import numpy as np
from scipy.spatial.transform import Rotation

from lart_core.body.ik.chain import Array
from lart_core.body.skeleton import JOINTS

_LEFT_AND_MIDDLE = {
    "hip": ((-2.6, 1.0), (-1.2, 1.2), (-0.9, 1.5)),
    "knee": ((-0.1, 2.7), (-0.5, 0.5), (-0.3, 0.3)),
    "ankle": ((-0.8, 1.1), (-0.6, 0.6), (-0.5, 0.5)),
    "foot": ((-0.4, 0.4), (-0.1, 0.1), (-0.1, 0.1)),
    "spine1": ((-0.4, 0.8), (-0.5, 0.5), (-0.4, 0.4)),
    "spine2": ((-0.4, 0.8), (-0.5, 0.5), (-0.4, 0.4)),
    "spine3": ((-0.4, 0.8), (-0.5, 0.5), (-0.4, 0.4)),
    "neck": ((-0.6, 0.6), (-0.7, 0.7), (-0.5, 0.5)),
    "head": ((-0.6, 0.6), (-0.7, 0.7), (-0.5, 0.5)),
    "collar": ((-0.3, 0.3), (-0.4, 0.4), (-0.3, 0.5)),
    "shoulder": ((-1.8, 1.8), (-2.5, 1.2), (-1.8, 1.6)),
    "elbow": ((-1.7, 1.7), (-2.7, 0.1), (-0.4, 0.4)),
    "wrist": ((-0.8, 0.8), (-0.7, 0.7), (-1.2, 1.2)),
    "hand": ((-0.2, 0.2), (-0.2, 0.2), (-0.4, 0.4)),
}
"""Bounds in radians of the rotation vector's x, y, z; of a pair of joints the left one's.

From the T-pose: x bends forward (+, trunk) or a limb back (+, hip and knee), y turns to the left,
z lifts the left side. Generous: they stop knees and elbows from bending the wrong way and necks
from turning round, and leave gymnastics alone.
"""


def _bounds() -> tuple[Array, Array]:
    low, high = np.empty((len(JOINTS) - 1, 3)), np.empty((len(JOINTS) - 1, 3))
    for row, joint in enumerate(JOINTS[1:]):
        side, _, part = joint.rpartition("_")
        bounds = np.array(_LEFT_AND_MIDDLE[part])
        low[row], high[row] = bounds.T
        if side == "right":  # Mirrored at the body's middle plane: y and z turn the other way.
            low[row, 1:], high[row, 1:] = -bounds[1:, 1], -bounds[1:, 0]
    return low, high


LOW, HIGH = _bounds()
"""(23, 3) radians, in the order of SMPL's body pose."""


def clamp(rotations: Array) -> Array:
    """(N, 24, 3, 3) rotations relative to the parent, brought back inside the limits."""
    vectors = Rotation.from_matrix(rotations[:, 1:].reshape(-1, 3, 3)).as_rotvec()
    inside = np.clip(vectors.reshape(-1, 23, 3), LOW, HIGH)
    body = Rotation.from_rotvec(inside.reshape(-1, 3)).as_matrix().reshape(-1, 23, 3, 3)
    return np.concatenate([rotations[:, :1], body], axis=1)
