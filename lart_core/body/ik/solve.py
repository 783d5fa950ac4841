"""Fitting a pose to points: damped Gauss-Newton over all 24 rotations, many bodies at once."""

import numpy as np
from scipy.spatial.transform import Rotation

from lart_core.body.ik.chain import SUBTREE, Array, Chain, apply
from lart_core.body.ik.limits import clamp
from lart_core.body.skeleton import JOINTS, PARENTS

POINT_SIGMA = 0.03
"""Metres: how far a landmark of weight 1 is expected from the joint."""
STEP = 0.5
"""Radians: the longest step of a joint."""
_SIGMA = {
    "pelvis": 1.0, "hip": 1.0, "knee": 1.0, "shoulder": 1.0, "elbow": 1.0,
    "spine1": 0.2, "spine2": 0.2, "spine3": 0.2, "collar": 0.15, "neck": 0.15, "head": 0.2,
    "ankle": 0.3, "wrist": 0.2, "foot": 0.05, "hand": 0.05,
}  # fmt: skip
SIGMA = np.array([_SIGMA[joint.split("_")[-1]] for joint in JOINTS])
"""(24,) radians: how far each joint is expected from its first pose."""


def polish(
    first: Array, rest: Array, chain: Chain, matrix: Array, seen: Array, weight: Array, steps: int
) -> Array:
    """Move the joints of first poses so that the landmarks come to lie where they were seen.

    Where the bodies stand is free. The first pose and the joint limits hold what is not seen.

    Args:
        first: (N, 24, 3, 3) rotations relative to the parent joint.
        rest: (N, 45, 3) joints at rest.
        matrix: (L, 45) landmarks as mixtures of joints.
        seen: (N, L, 3) metres; (N, L) `weight`.
        steps: Gauss-Newton steps.

    Returns:
        (N, 24, 3, 3) rotations relative to the parent joint, inside the joint limits.
    """
    first = clamp(first)
    rotations = first
    reach = chain.weights @ SUBTREE.T
    levers = matrix[:, None, :] * reach.T
    stiff: Array = np.repeat(1 / SIGMA**2, 3)
    precision = np.sqrt(weight) / POINT_SIGMA
    for _ in range(steps):
        turned, joints = chain.pose(rotations, rest)
        error = matrix @ joints - seen
        jacobian = _jacobian(joints, levers)
        rows = (jacobian * precision[..., None, None]).reshape(len(seen), -1, jacobian.shape[-1])
        residual = (error * precision[..., None]).reshape(len(seen), -1, 1)
        across = np.swapaxes(rows, -1, -2)
        hessian, gradient = across @ rows, (across @ residual)[..., 0]
        bearing = _parents_of(turned)
        gradient[:, :-3] += stiff * apply(bearing, _turn(first, rotations)).reshape(len(seen), -1)
        diagonal = np.arange(len(stiff))
        hessian[:, diagonal, diagonal] += stiff
        hessian[:, -3:, -3:] += 1e-6 * np.eye(3)
        move = -np.linalg.solve(hessian, gradient[..., None])[:, :-3, 0].reshape(-1, 24, 3)
        length = np.linalg.norm(move, axis=-1, keepdims=True)
        move = move * np.minimum(1, STEP / np.maximum(length, 1e-9))
        local = apply(np.swapaxes(bearing, -1, -2), move)
        turn = Rotation.from_rotvec(local.reshape(-1, 3)).as_matrix().reshape(rotations.shape)
        rotations = clamp(turn @ rotations)
    return rotations


def _jacobian(joints: Array, levers: Array) -> Array:
    """(N, L, 3, 75): how landmarks move with small turns of each joint (axes of the camera) and
    with the body."""
    landmarks, count, _ = levers.shape
    arm = (levers.reshape(-1, levers.shape[-1]) @ joints).reshape(-1, landmarks, count, 3)
    arm -= levers.sum(-1)[..., None] * joints[:, None, :count]
    jacobian = np.zeros((len(joints), landmarks, 3, 3 * count + 3))
    x, y, z = np.moveaxis(arm, -1, 0)
    # turn x arm, column by column: (0, -z, y), (z, 0, -x), (-y, x, 0)
    jacobian[:, :, 1, 0:-3:3], jacobian[:, :, 2, 0:-3:3] = -z, y
    jacobian[:, :, 0, 1:-3:3], jacobian[:, :, 2, 1:-3:3] = z, -x
    jacobian[:, :, 0, 2:-3:3], jacobian[:, :, 1, 2:-3:3] = -y, x
    jacobian[..., -3:] = np.eye(3)
    return jacobian


def _parents_of(turned: Array) -> Array:
    root = np.broadcast_to(np.eye(3), turned[:, :1].shape)
    return np.concatenate([root, turned[:, PARENTS[1:]]], axis=1)


def _turn(start: Array, end: Array) -> Array:
    """(N, 24, 3) rotation vectors from one pose to another, in the parents' axes."""
    step = end @ np.swapaxes(start, -1, -2)
    return Rotation.from_matrix(step.reshape(-1, 3, 3)).as_rotvec().reshape(*start.shape[:2], 3)
