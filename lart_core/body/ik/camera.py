"""Where a body stands before PHALP's camera, from its joints and their pixels."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lart_core.camera import FOCAL, RESOLUTION


def solve_camera(joints: ArrayLike, pixels: ArrayLike, weight: ArrayLike) -> NDArray[np.float64]:
    """Translations that bring joints onto their pixels, by weighted linear least squares.

    From ``f (X + t)_xy = u (X + t)_z``, which is linear in t.

    Args:
        joints: (N, P, 3) metres, body-centred.
        pixels: (N, P, 2) in the 256-pixel square.
        weight: (N, P) trust, at least two points above 0.

    Returns:
        (N, 3) metres.
    """
    x = np.asarray(joints, np.float64)
    u = np.asarray(pixels, np.float64) - RESOLUTION / 2
    w = np.asarray(weight, np.float64)[..., None]
    rows = np.zeros((*u.shape, 3))
    rows[..., 0, 0] = rows[..., 1, 1] = FOCAL
    rows[..., 2] = -u
    target = u * x[..., 2:] - FOCAL * x[..., :2]
    weighted = rows * w[..., None]
    normal = np.einsum("npia,npib->nab", weighted, rows)
    return np.linalg.solve(normal, np.einsum("npia,npi->na", weighted, target)[..., None])[..., 0]


def solve_sideways(
    joints: ArrayLike, pixels: ArrayLike, weight: ArrayLike, depth: ArrayLike
) -> NDArray[np.float64]:
    """(N, 2) metres: x and y of the translations when their (N,) depths are known.

    Args:
        joints, pixels, weight: As for `solve_camera`; one point above 0 is enough.
    """
    x = np.asarray(joints, np.float64)
    u = np.asarray(pixels, np.float64) - RESOLUTION / 2
    w = np.asarray(weight, np.float64)[..., None]
    steps = u * (x[..., 2:] + np.asarray(depth)[:, None, None]) / FOCAL - x[..., :2]
    return (w * steps).sum(axis=1) / w.sum(axis=1)
