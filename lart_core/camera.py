"""PHALP's camera: a person is placed before a camera of focal length 5000 on a 256-pixel square.

The square is the frame padded to its longer side S = max(width, height), scaled to 256 pixels. A
body at translation t (metres) projects to ``f * (X + t)_xy / (X + t)_z + 128``. Source: PHALP
(upstream 96f7e6c), HMAR camera functions.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FOCAL = 5000.0
RESOLUTION = 256.0


def project(points: ArrayLike, camera: ArrayLike) -> NDArray[np.floating]:
    """Project body points to the 256-pixel square.

    Args:
        points: (..., N, 3) metres, body-centred (x right, y down, z away).
        camera: (..., 3) translation t in metres.

    Returns:
        (..., N, 2) pixels of the 256-pixel square.
    """
    placed = np.asarray(points) + np.asarray(camera)[..., None, :]
    return FOCAL * placed[..., :2] / placed[..., 2:] + RESOLUTION / 2


def square_to_image(xy: ArrayLike, size: tuple[int, int]) -> NDArray[np.floating]:
    """Map (..., 2) pixels of the 256-pixel square to pixels of a ``(width, height)`` image."""
    side = max(size)
    padding = np.array([(side - size[0]) // 2, (side - size[1]) // 2])
    return np.asarray(xy) * (side / RESOLUTION) - padding


def image_to_square(xy: ArrayLike, size: tuple[int, int]) -> NDArray[np.floating]:
    """Inverse of `square_to_image`."""
    side = max(size)
    padding = np.array([(side - size[0]) // 2, (side - size[1]) // 2])
    return (np.asarray(xy) + padding) * (RESOLUTION / side)
