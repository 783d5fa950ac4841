"""What the tracker compares: location, pose and appearance vectors, in PHALP's layout.

A location vector has 99 numbers: 45 joints x, y in 0..1 of the padded square (the last is the
body's root), then a 3x3 block whose first row is the camera x, y, z in metres; in a prediction the
second row holds the uncertainty of x, y and depth. A pose vector is the person vector (229). NaN
stands for what is not known. Source: PHALP `get_human_features`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lart_core import camera
from lart_core.perception.protocols import Bodies
from lart_core.tracklet.person_vector import person_vector

Floats = NDArray[np.floating]

ROOT = slice(88, 90)
CAMERA = slice(90, 93)
SPREAD = slice(93, 96)
DEPTH = 92
BODY = slice(0, 226)
"""The pose vector without its location."""


@dataclass(frozen=True)
class Features:
    """N people, detected or predicted.

    Attributes:
        location: (N, 99). pose: (N, 229).
        appearance: (N, D), or None. texture: (N, 4, H, W) UV maps of HMAR, or None.
        centre: (N, 2) of the boxes, in 0..1 of the padded square, or None.
    """

    location: Floats
    pose: Floats
    appearance: Floats | None = None
    texture: Floats | None = None
    centre: Floats | None = None

    def __len__(self) -> int:
        return len(self.location)

    def take(self, rows: NDArray[np.integer]) -> "Features":
        """The people in `rows`."""
        appearance = None if self.appearance is None else self.appearance[rows]
        texture = None if self.texture is None else self.texture[rows]
        centre = None if self.centre is None else self.centre[rows]
        return Features(self.location[rows], self.pose[rows], appearance, texture, centre)


def of_bodies(box: Floats, bodies: Bodies, size: tuple[int, int]) -> Features:
    """Features of one frame's (N, 4) boxes and their bodies.

    Where a body is not valid, pose and depth are NaN and the box's centre stands for the root.

    Args:
        size: (width, height) of the frame in pixels.
    """
    count = len(box)
    valid = bodies.valid[:, None]
    joints = np.concatenate([bodies.joints[:, :44], np.zeros((count, 1, 3))], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = camera.project(joints, bodies.camera) / camera.RESOLUTION
    centre = camera.image_to_square((box[:, :2] + box[:, 2:]) / 2, size) / camera.RESOLUTION
    location = np.full((count, 99), np.nan)
    location[:, :90] = np.where(valid, seen.reshape(count, 90), np.nan)
    location[:, ROOT] = np.where(valid, location[:, ROOT], centre)
    location[:, 90:] = np.where(valid, np.tile(bodies.camera, 3), np.nan)
    pose = person_vector(
        bodies.global_orient, bodies.body_pose, bodies.betas, bodies.camera.astype(np.float64)
    )
    pose = np.where(valid, pose, np.nan)
    return Features(location, pose, _floats(bodies.appearance), centre=centre)


def _floats(vectors: Floats | None) -> Floats | None:
    return None if vectors is None else vectors.astype(np.float64)
