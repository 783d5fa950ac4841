"""Rotations from means of rotations."""

import numpy as np
from numpy.typing import NDArray


def nearest_rotations(matrices: NDArray) -> NDArray:
    """The rotations nearest to (..., 3, 3) means of rotations, in the chordal metric."""
    u, _, v = np.linalg.svd(matrices)
    u[..., -1] *= np.sign(np.linalg.det(u) * np.linalg.det(v))[..., None]
    return u @ v
