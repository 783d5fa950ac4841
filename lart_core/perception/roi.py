"""Rotated square regions of interest: where a landmark model looks.

A region is (centre x, centre y, side, angle): pixels, and radians clockwise in the image from
upright. Source: MediaPipe's pose graphs (the pair "hip centre, point on the body's circle").
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from lart_core.perception.protocols import Frame

MARGIN = 1.1
"""Side of a region against the box. Measured against MoveNet's keypoints, landmarks are nearer to
them than with 1.25."""
OWN_MARGIN = 1.25
"""Side of a region against the body's circle, as MediaPipe draws it: with less, regions that are
drawn from landmarks shrink from frame to frame."""
SHOULDERS, HIPS = (5, 6), (11, 12)
"""COCO keypoints."""


def from_keypoints(
    box: NDArray[np.float32], keypoints: NDArray[np.float32] | None
) -> NDArray[np.float64]:
    """(N, 4) regions from (N, 4) boxes and (N, 17, 3) COCO keypoints.

    The hip centre is the centre and the line from hips to shoulders points up, however unsure the
    keypoints are: measured, a poor guess of them still beats the box, which alone decides only
    where there are no keypoints.
    """
    box = np.asarray(box, np.float64)
    centre, angle = (box[:, :2] + box[:, 2:]) / 2, np.zeros(len(box))
    if keypoints is not None:
        centre = keypoints[:, HIPS, :2].mean(axis=1)
        up = keypoints[:, SHOULDERS, :2].mean(axis=1) - centre
        angle = np.arctan2(up[:, 0], -up[:, 1])
    corners = box[:, [0, 1, 2, 1, 0, 3, 2, 3]].reshape(-1, 4, 2)
    turned = rotate(corners - centre[:, None], -angle)
    side = 2 * np.abs(turned).max(axis=(1, 2))
    side = np.minimum(side, 1.5 * (box[:, 2:] - box[:, :2]).max(axis=1))
    return np.column_stack([centre, side * MARGIN, angle])


def from_alignment(centre: NDArray, circle: NDArray) -> NDArray[np.float64]:
    """(N, 4) regions from (N, 2) hip centres and (N, 2) points on the bodies' circles, above."""
    up = circle - centre
    side = 2 * OWN_MARGIN * np.linalg.norm(up, axis=1)
    return np.column_stack([centre, side, np.arctan2(up[:, 0], -up[:, 1])])


def rotate(xy: NDArray, angle: NDArray) -> NDArray:
    """(N, P, 2) image vectors, each turned clockwise by its (N,) angle in radians."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.stack([np.stack([c, s], -1), np.stack([-s, c], -1)], -2)
    return xy @ turn


def to_image(xy: NDArray, region: NDArray, size: int) -> NDArray:
    """(N, L, 2) pixels of the `size` x `size` crops to image pixels."""
    scaled = (xy - size / 2) * (region[:, 2] / size)[:, None, None]
    return rotate(scaled, region[:, 3]) + region[:, None, :2]


def crop_to_image(region: NDArray, size: int) -> NDArray[np.float64]:
    """(2, 3) affine map from pixels of the crop to pixels of the image."""
    origin = to_image(np.array([[[0.0, 0], [1, 0], [0, 1]]]), region[None], size)[0]
    return np.column_stack([origin[1] - origin[0], origin[2] - origin[0], origin[0]])


def crop(frame: Frame, region: NDArray, size: int) -> Frame:
    """The (size, size, 3) picture inside the region; black where it leaves the frame."""
    inverse = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture = cv2.warpAffine(frame, crop_to_image(region, size), (size, size), flags=inverse)
    return picture.astype(np.uint8, copy=False)
