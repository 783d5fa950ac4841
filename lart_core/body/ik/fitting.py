"""`fit`: the door for every skeleton."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lart_core.body.ik.analytic import first_pose
from lart_core.body.ik.chain import Array, Chain
from lart_core.body.ik.landmarks import LandmarkSet
from lart_core.body.ik.shape import betas_of, bone_lengths
from lart_core.body.ik.solve import polish
from lart_core.body.model import joints as joints_of
from lart_core.errors import LartError

STEPS = 3
BATCH = 256
"""Bodies solved together: about 60 MB."""
SEEN = 0.5
"""Landmarks under this confidence count as not seen."""
TRUNK = {f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "hip")}
LIMBS = TRUNK | {
    f"{side}_{joint}" for side in ("left", "right") for joint in ("elbow", "wrist", "knee", "ankle")
}


@dataclass(frozen=True, eq=False)
class Fit:
    """The bodies fitted to N sets of landmarks.

    Attributes:
        valid: (N,) bool; False where too little was seen to tell a pose.
        global_orient: (N, 3, 3); body_pose: (N, 23, 3, 3); betas: (N, 10).
        joints: (N, 45, 3) metres, body-centred, in the axes of the landmarks.
        error: (N,) metres, median distance of the landmarks seen from the body's, both about
            their own mean; NaN where nothing was seen.
    """

    valid: NDArray[np.bool_]
    global_orient: NDArray[np.float32]
    body_pose: NDArray[np.float32]
    betas: NDArray[np.float32]
    joints: NDArray[np.float32]
    error: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.valid)


def fit(
    positions: ArrayLike,
    landmarks: LandmarkSet,
    *,
    confidence: ArrayLike | None = None,
    betas: ArrayLike | None = None,
) -> Fit:
    """SMPL bodies whose joints lie where the landmarks are.

    Args:
        positions: (N, L, 3) metres in the camera's axes (x right, y down, z away), in the order
            of `landmarks`; where the origin lies does not matter. NaN: not seen.
        landmarks: Which skeleton it is: `KINECT_20`, `BLAZEPOSE`, `SMPL_24` or one's own.
        confidence: (N, L) 0..1, all 1 by default. Points of low confidence pull little.
        betas: (10,) or (N, 10) shapes. By default the N bodies are taken for one person, whose
            shape is solved from the median length of each bone.

    Raises:
        LartError: The positions have another shape than the landmark set asks for.
    """
    seen = np.array(positions, np.float64)
    if seen.ndim != 3 or seen.shape[1:] != (len(landmarks.points), 3):
        raise LartError(
            f"Expected joints of {landmarks.name} with shape (N, {len(landmarks.points)}, 3), "
            f"got {seen.shape}."
        )
    trust = np.ones(seen.shape[:2]) if confidence is None else np.array(confidence, np.float64)
    missing = ~np.isfinite(seen).all(axis=-1)
    trust[missing], seen[missing] = 0, 0
    chain = Chain.of_body()
    if betas is None:
        lengths = bone_lengths(seen, trust, landmarks)
        betas = betas_of(_median(lengths)[None], landmarks, chain)[0]
    each = np.broadcast_to(np.asarray(betas, np.float64), (len(seen), 10)).copy()
    rotations, error = np.zeros((len(seen), 24, 3, 3)), np.zeros(len(seen))
    for at in range(0, len(seen), BATCH):
        part = slice(at, at + BATCH)
        rotations[part], error[part] = _fit(seen[part], trust[part], each[part], landmarks, chain)
    return Fit(
        valid=_enough(trust, landmarks),
        global_orient=rotations[:, 0].astype(np.float32),
        body_pose=rotations[:, 1:].astype(np.float32),
        betas=each.astype(np.float32),
        joints=joints_of(rotations[:, 0], rotations[:, 1:], each),
        error=error.astype(np.float32),
    )


def shapes(
    positions: ArrayLike, confidence: ArrayLike, landmarks: LandmarkSet
) -> NDArray[np.float64]:
    """Shapes of people, each from the bones of one set of positions.

    Args:
        positions: (N, L, 3) metres.
        confidence: (N, L) 0..1; bones with an end under 0.5 are not measured.
        landmarks: Which skeleton it is.

    Returns:
        (N, 10) betas.
    """
    seen, trust = np.asarray(positions, np.float64), np.asarray(confidence, np.float64)
    return betas_of(bone_lengths(seen, trust, landmarks), landmarks, Chain.of_body())


def _fit(
    seen: Array, trust: Array, betas: Array, landmarks: LandmarkSet, chain: Chain
) -> tuple[Array, Array]:
    matrix, rest = landmarks.matrix(), chain.rest(betas)
    first = first_pose(landmarks.names, seen, trust, matrix @ rest)
    weight = trust * landmarks.weights()
    rotations = polish(first, rest, chain, matrix, seen, weight, STEPS)
    fitted = matrix @ chain.pose(rotations, rest)[1]
    return rotations, _error(fitted, seen, trust)


def _error(fitted: Array, seen: Array, trust: Array) -> Array:
    known = np.where(trust >= SEEN, 1.0, np.nan)[..., None]
    difference = (fitted - seen) * known
    difference -= _median(difference, axis=1)[:, None]
    return _median(np.linalg.norm(difference, axis=-1), axis=1)


def _enough(trust: Array, landmarks: LandmarkSet) -> NDArray[np.bool_]:
    """Whether two corners of the trunk and four limb joints were seen."""
    names = np.array(landmarks.names)
    clear = trust >= SEEN
    trunk = clear[:, np.isin(names, list(TRUNK))].sum(axis=1)
    limbs = clear[:, np.isin(names, list(LIMBS))].sum(axis=1)
    return (trunk >= 2) & (limbs >= 4)


def _median(values: Array, axis: int = 0) -> Array:
    """Median over an axis, NaN (without a warning) where nothing is known."""
    known = np.isfinite(values)
    filled = np.where(known.any(axis=axis, keepdims=True), values, 0)
    return np.where(known.any(axis=axis), np.nanmedian(filled, axis=axis), np.nan)
