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


def from_crop(head: ArrayLike, centre: ArrayLike, side: ArrayLike) -> NDArray[np.floating]:
    """Camera of a body that was seen in a square crop.

    Args:
        head: (..., 3) what an HMR head gives for the crop: scale s and shift x, y.
        centre: (..., 2) centre of the crop in pixels of the 256-pixel square.
        side: (...,) side of the crop in the same pixels.

    Returns:
        (..., 3) translation in metres.
    """
    s, shift = np.asarray(head)[..., 0], np.asarray(head)[..., 1:]
    depth = (2 * FOCAL / (s * np.asarray(side) + 1e-9))[..., None]
    away = (np.asarray(centre) - RESOLUTION / 2) * depth / FOCAL
    return np.concatenate([shift + away, depth], axis=-1)


def to_crop(camera: ArrayLike, centre: ArrayLike, side: ArrayLike) -> NDArray[np.floating]:
    """Inverse of `from_crop`: what a head would have said, (..., 3) s and shift x, y."""
    given = np.asarray(camera)
    depth = given[..., 2:]
    s = (2 * FOCAL / depth - 1e-9) / np.asarray(side)[..., None]
    away = (np.asarray(centre) - RESOLUTION / 2) * depth / FOCAL
    return np.concatenate([s, given[..., :2] - away], axis=-1)
