"""A stand-in for people of whom no body could be lifted in any frame.

LART fills every frame without a body with its mask token (supplement B.2), and with what the person
looks like where a model tells something by that alone; nothing of this body is shown to it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lart_core.camera import FOCAL, RESOLUTION, image_to_square

HEIGHT = 1.7
"""Metres of a standing body, which tells its distance from the height of its box."""
SHOULDERS = (15, 16)
"""Rows of `body_pose` of the left and right shoulder."""
LOWERED = 75
"""Degrees from the T-pose."""


def standing() -> NDArray[np.float32]:
    """(24, 3, 3) rotations of somebody who stands before the camera with arms down."""
    pose = np.tile(np.eye(3, dtype=np.float32), (24, 1, 1))
    pose[0] = np.diag([1, -1, -1])
    for row, side in zip(SHOULDERS, (-1, 1), strict=True):
        turn = Rotation.from_euler("z", side * LOWERED, degrees=True)
        pose[1 + row] = turn.as_matrix().astype(np.float32)
    return pose


def camera_of_box(box: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float32]:
    """(T, 3) cameras that put a standing body into (T, 4) boxes of a (width, height) picture."""
    corners = image_to_square(np.asarray(box, np.float64).reshape(-1, 2, 2), size)
    height = np.maximum(corners[:, 1, 1] - corners[:, 0, 1], 1e-3)
    depth = FOCAL * HEIGHT / height
    centre = corners.mean(axis=1) - RESOLUTION / 2
    return np.column_stack([centre * depth[:, None] / FOCAL, depth]).astype(np.float32)
