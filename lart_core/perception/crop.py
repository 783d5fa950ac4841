"""Square crops of people, as the published body networks were trained on them."""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from lart_core.perception.protocols import Frame

SIZE = 256
MEAN = np.array([0.485, 0.456, 0.406], np.float32) * 255
STD = np.array([0.229, 0.224, 0.225], np.float32) * 255
"""ImageNet's, of the RGB channels in 0..255."""


def squares(box: NDArray[np.floating], aspect: float | None = None) -> NDArray[np.float32]:
    """(N, 3) centre x, y and side of squares around (N, 4) boxes, in pixels.

    Args:
        aspect: Width per height that boxes are first widened or heightened to, 0.75 for HMR 2.0;
            None leaves them as they are (PHALP).
    """
    box = np.asarray(box, np.float32).reshape(-1, 4)
    width, height = (box[:, 2:] - box[:, :2]).T
    if aspect is not None:
        width, height = np.maximum(width, height * aspect), np.maximum(height, width / aspect)
    return np.column_stack([(box[:, :2] + box[:, 2:]) / 2, np.maximum(width, height)])


def crop(picture: NDArray, square: NDArray[np.floating], size: int = SIZE) -> NDArray:
    """The (size, size, ...) part of a picture (H, W, ...) inside a square; zero where it leaves it.

    Source: PHALP's and 4D-Humans' `generate_image_patch`: bilinear, dtype kept.
    """
    x, y, side = square
    corners = np.array([[x, y], [x, y + side / 2], [x + side / 2, y]], np.float32)
    target = np.array([[0.5, 0.5], [0.5, 1.0], [1.0, 0.5]], np.float32) * size
    to_crop = cv2.getAffineTransform(corners, target)
    return cv2.warpAffine(picture, to_crop, (size, size), flags=cv2.INTER_LINEAR)


def smooth_crop(frame: Frame, square: NDArray[np.floating], size: int = SIZE) -> NDArray:
    """As `crop`, blurred first where the square is much larger than the crop (4D-Humans).

    Only the surroundings of the square are blurred; the crop is the same.
    """
    factor = square[2] / size / 2
    if factor <= 1.1:
        return crop(frame, square, size)
    sigma = (factor - 1) / 2
    margin = square[2] / 2 + int(4 * sigma + 0.5) + 2
    height, width = frame.shape[:2]
    left, top = np.clip(np.floor(square[:2] - margin), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(square[:2] + margin), 1, (width, height)).astype(int)
    part = frame[top:bottom, left:right].astype(np.float64)
    part = gaussian_filter(part, (sigma, sigma, 0), mode="nearest", truncate=4.0)
    whole = np.zeros(frame.shape, np.float64)
    whole[top:bottom, left:right] = part
    return crop(whole, square, size)


def normalised(rgb: NDArray) -> NDArray[np.float32]:
    """(size, size, 3) RGB in 0..255 -> (3, size, size) with ImageNet's mean and deviation."""
    return ((rgb.astype(np.float32) - MEAN) / STD).transpose(2, 0, 1)
