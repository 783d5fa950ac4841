"""SMPL's kinematic chain in NumPy, vectorised over bodies: joints from rotations, and back."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import smplx
from numpy.typing import ArrayLike, NDArray

from lart_core.body.model import joints, load
from lart_core.body.skeleton import JOINTS, JOINTS_45, PARENTS

Array = NDArray[np.float64]

SUBTREE = np.eye(len(JOINTS), dtype=bool)
"""(24, 24): whether the second joint hangs on the first (or is it)."""
for _child in range(len(JOINTS) - 1, 0, -1):
    SUBTREE[PARENTS[_child]] |= SUBTREE[_child]


@dataclass(frozen=True, eq=False)
class Chain:
    """The 45 joints of one body model at rest, and what each hangs on.

    Attributes:
        template: (45, 3) joints of the T-pose with betas 0.
        directions: (45, 3, 10) how they move with betas.
        weights: (45, 24) skinning weights; one-hot for SMPL's own joints.
    """

    template: Array
    directions: Array
    weights: Array

    @classmethod
    def of_body(cls) -> "Chain":
        """The chain of the body that `body.load()` gives."""
        return _chain_of(load())

    def rest(self, betas: ArrayLike) -> Array:
        """(N, 45, 3) joints of the T-pose for (N, 10) betas."""
        return self.template + np.einsum("jdk,nk->njd", self.directions, np.asarray(betas, float))

    def pose(self, rotations: Array, rest: Array) -> tuple[Array, Array]:
        """Put bodies into a pose.

        Args:
            rotations: (N, 24, 3, 3), each relative to the parent joint.
            rest: (N, 45, 3) from `rest`.

        Returns:
            (N, 24, 3, 3) rotations relative to the camera, and (N, 45, 3) joints.
        """
        turned = np.empty_like(rotations)
        placed = np.empty_like(rest[:, : len(JOINTS)])
        turned[:, 0], placed[:, 0] = rotations[:, 0], rest[:, 0]
        for joint, parent in enumerate(PARENTS[1:], 1):
            turned[:, joint] = turned[:, parent] @ rotations[:, joint]
            bone = rest[:, joint] - rest[:, parent]
            placed[:, joint] = placed[:, parent] + apply(turned[:, parent], bone)
        origin = placed - apply(turned, rest[:, : len(JOINTS)])
        marks = self.weights[len(JOINTS) :]
        blended = np.einsum("mk,nkab->nmab", marks, turned)
        moved = apply(blended, rest[:, len(JOINTS) :]) + np.einsum("mk,nka->nma", marks, origin)
        return turned, np.concatenate([placed, moved], axis=1)


def apply(rotation: Array, vector: Array) -> Array:
    """(..., 3, 3) rotations times (..., 3) vectors."""
    return (rotation @ vector[..., None])[..., 0]


def relative(turned: Array) -> Array:
    """Rotations relative to the camera (N, 24, 3, 3) -> relative to the parent joint."""
    local = turned.copy()
    local[:, 1:] = np.swapaxes(turned[:, PARENTS[1:]], -1, -2) @ turned[:, 1:]
    return local


@lru_cache(maxsize=4)
def _chain_of(body: smplx.SMPLLayer) -> Chain:
    betas = np.concatenate([np.zeros((1, 10)), np.eye(10)])
    upright = np.broadcast_to(np.eye(3), (11, 24, 3, 3))
    at_rest = joints(upright[:, 0], upright[:, 1:], betas, body).astype(float)
    marks = body.vertex_joint_selector.extra_joints_idxs
    weights = np.zeros((len(JOINTS_45), len(JOINTS)))
    weights[: len(JOINTS)] = np.eye(len(JOINTS))
    weights[len(JOINTS) :] = body.lbs_weights[marks].numpy()
    return Chain(at_rest[0], np.moveaxis(at_rest[1:] - at_rest[0], 0, -1), weights)
