"""Cameras of pictures: the one that took the frame, and free ones around the people."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lart_core.camera import FOCAL, RESOLUTION

NEAR = 0.05
"""Metres; a body of which any part is nearer to the camera is not drawn."""


MARGIN = 0.05
"""Metres kept free around the people in a free view."""


@dataclass(frozen=True)
class Pinhole:
    """A camera at the origin that looks along +z, x right, y down.

    Attributes:
        focal: Pixels.
        center: Pixels (x, y) that the axis meets; the picture spans 0..width and 0..height.
        size: (width, height) in pixels.
    """

    focal: float
    center: tuple[float, float]
    size: tuple[int, int]

    @classmethod
    def of_frame(cls, video: tuple[int, int], width: int | None = None) -> "Pinhole":
        """PHALP's camera over a frame of the given (width, height), in a picture `width` wide.

        Its focal length is 5000 on the 256-pixel square, so 5000 * S / 256 in pixels of the frame,
        where S is the longer side.
        """
        side = max(video)
        scale = (width or video[0]) / video[0]
        # The padding on the left and above is whole pixels of the frame (PHALP rounds down).
        center = tuple(side / 2 - (side - length) // 2 for length in video)
        return cls(
            focal=FOCAL * side / RESOLUTION * scale,
            center=(center[0] * scale, center[1] * scale),
            size=(round(video[0] * scale), round(video[1] * scale)),
        )

    def scaled(self, factor: int) -> "Pinhole":
        """The same picture with `factor` times the pixels each way."""
        (x, y), (width, height) = self.center, self.size
        return Pinhole(
            self.focal * factor, (x * factor, y * factor), (width * factor, height * factor)
        )

    def project(self, points: ArrayLike) -> NDArray[np.floating]:
        """(..., 2) pixels of (..., 3) points in metres."""
        points = np.asarray(points)
        return points[..., :2] / points[..., 2:] * self.focal + np.array(self.center, points.dtype)


def natural_depth(cameras: ArrayLike) -> NDArray[np.float32]:
    """Translations as a camera with a usual field of view (53 degrees) would have seen them.

    PHALP's focal length is some twenty times that of real cameras, so its depths are too. In the
    frame this makes no difference to speak of; seen from the side, people would stand absurdly far
    apart.

    Args:
        cameras: (P, 3) translations before PHALP's camera.
    """
    return np.asarray(cameras, np.float32) * np.array([1, 1, RESOLUTION / FOCAL], np.float32)


def orbit(
    points: NDArray[np.float32],
    size: tuple[int, int],
    *,
    yaw: float,
    pitch: float,
) -> tuple[NDArray[np.float32], Pinhole]:
    """Turn points about their middle and find the camera that shows them all.

    Args:
        points: (..., 3) metres in the axes of the frame's camera.
        size: (width, height) of the picture.
        yaw: Degrees about the upright axis; 90 shows people's left side if they face the camera.
        pitch: Degrees; positive looks down from above.

    Returns:
        The points in the new camera's axes, and the camera.
    """
    low, high = (f(points.reshape(-1, 3), axis=0) for f in (np.min, np.max))
    middle = (low + high) / 2
    a, b = np.deg2rad([yaw, pitch])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    turn = (about_x @ about_y).astype(np.float32)
    # An upright cylinder around all must fit, so that turning does not zoom; the view is 30 degrees
    # over the shorter side.
    around = points.reshape(-1, 3)[:, [0, 2]] - middle[[0, 2]]
    radius = float(np.linalg.norm(around, axis=1).max()) + MARGIN
    tall = float(high[1] - low[1]) / 2 + MARGIN
    focal = min(size) / 2 / np.tan(np.deg2rad(15))
    rise = tall * abs(np.cos(b)) + radius * abs(np.sin(b))
    reach = radius * abs(np.cos(b)) + tall * abs(np.sin(b))
    distance = reach + focal * max(radius / (size[0] / 2), rise / (size[1] / 2))
    turned = (points - middle) @ turn.T + np.array([0, 0, distance])
    camera = Pinhole(float(focal), (size[0] / 2, size[1] / 2), size)
    return turned.astype(np.float32), camera
