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
GUESSES = ((1.0, 2.2), (0.75, 1.8))
"""Where the hips of somebody without keypoints may be too: (depth in the box, side of the region),
both in heights of the box. The first is for boxes that end at the hips, the second for whole bodies
that are seen to the knees. Measured on film frames (95 people): with these beside the box's centre
BlazePose is sure of 24 of 37 upper bodies and 51 of 58 whole ones; with the centre alone of 5 and
42."""


def from_keypoints(
    box: NDArray[np.float32], keypoints: NDArray[np.float32] | None
) -> NDArray[np.float64]:
    """(N, 4) regions from (N, 4) boxes and (N, 17, 3) COCO keypoints.

    The hip centre is the centre and the line from hips to shoulders points up, however unsure the
    keypoints are: measured, a poor guess of them still beats the box. Where somebody has none (all
    of confidence 0, as people have whose boxes were given) the upright box alone decides.
    """
    box = np.asarray(box, np.float64)
    centre, angle = (box[:, :2] + box[:, 2:]) / 2, np.zeros(len(box))
    if keypoints is not None:
        known = ~without_keypoints(box, keypoints)
        hips = keypoints[:, HIPS, :2].mean(axis=1)
        up = keypoints[:, SHOULDERS, :2].mean(axis=1) - hips
        centre = np.where(known[:, None], hips, centre)
        angle = np.where(known, np.arctan2(up[:, 0], -up[:, 1]), angle)
    corners = box[:, [0, 1, 2, 1, 0, 3, 2, 3]].reshape(-1, 4, 2)
    turned = rotate(corners - centre[:, None], -angle)
    side = 2 * np.abs(turned).max(axis=(1, 2))
    side = np.minimum(side, 1.5 * (box[:, 2:] - box[:, :2]).max(axis=1))
    return np.column_stack([centre, side * MARGIN, angle])


def without_keypoints(box: NDArray, keypoints: NDArray | None) -> NDArray[np.bool_]:
    """(N,) who of the (N, 4) boxes has no keypoint of any confidence."""
    if keypoints is None:
        return np.ones(len(box), bool)
    return np.asarray(~(keypoints[..., 2] > 0).any(axis=1))


def guesses(box: NDArray[np.floating]) -> list[NDArray[np.float64]]:
    """Further (N, 4) upright regions for (N, 4) boxes of which nothing else is known."""
    box = np.asarray(box, np.float64)
    height = box[:, 3] - box[:, 1]
    middle = (box[:, 0] + box[:, 2]) / 2
    return [
        np.column_stack([middle, box[:, 1] + depth * height, side * height, 0 * height])
        for depth, side in GUESSES
    ]


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
