"""SMPL's betas from the lengths of bones."""

import numpy as np
from numpy.typing import NDArray

from lart_core.body.ik.chain import Array, Chain
from lart_core.body.ik.landmarks import LandmarkSet

LENGTH_SIGMA = 0.02
"""Metres: how far the length of a bone is trusted, against betas that are spread with sigma 1."""
STEPS = 4
_SIDES = [("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")]
BONES = [(f"{side}_{a}", f"{side}_{b}") for a, b in _SIDES for side in ("left", "right")] + [
    ("left_shoulder", "right_shoulder"),
    ("left_shoulder", "left_hip"),
    ("right_shoulder", "right_hip"),
]
"""What is measured. Hips' width is left out: skeletons disagree on where hips are."""


def bone_lengths(seen: Array, confidence: Array, landmarks: LandmarkSet) -> Array:
    """(N, B) lengths in metres of `BONES`; NaN where an end was not seen (confidence < 0.5)."""
    index = {name: i for i, name in enumerate(landmarks.names)}
    lengths = np.full((len(seen), len(BONES)), np.nan)
    for column, (start, end) in enumerate(BONES):
        if start in index and end in index:
            ends = [index[start], index[end]]
            good = confidence[:, ends].min(axis=1) >= 0.5
            vector = seen[good, ends[1]] - seen[good, ends[0]]
            lengths[good, column] = np.linalg.norm(vector, axis=-1)
    return lengths


def betas_of(lengths: Array, landmarks: LandmarkSet, chain: Chain) -> NDArray[np.float64]:
    """The likeliest shapes with these bones, under SMPL's own prior of unit variance.

    Args:
        lengths: (N, B) metres as from `bone_lengths`; NaN where unknown.

    Returns:
        (N, 10).
    """
    index = {name: i for i, name in enumerate(landmarks.names)}
    known = [c for c, bone in enumerate(BONES) if bone[0] in index and bone[1] in index]
    ends = landmarks.matrix()[[[index[p] for p in BONES[c]] for c in known]]
    mixture = ends[:, 1] - ends[:, 0]
    template = mixture @ chain.template
    directions = np.einsum("bj,jdk->bdk", mixture, chain.directions)
    measured = lengths[:, known]
    weight = np.isfinite(measured) / LENGTH_SIGMA**2
    betas = np.zeros((len(lengths), 10))
    for _ in range(STEPS):
        bones = template + np.einsum("bdk,nk->nbd", directions, betas)
        length = np.linalg.norm(bones, axis=-1)
        slope = np.einsum("nbd,bdk->nbk", bones / length[..., None], directions)
        error = np.nan_to_num(measured - length)
        weighted = np.swapaxes(slope * weight[..., None], -1, -2)
        gradient = (weighted @ error[..., None])[..., 0] - betas
        betas += np.linalg.solve(weighted @ slope + np.eye(10), gradient[..., None])[..., 0]
    return betas
