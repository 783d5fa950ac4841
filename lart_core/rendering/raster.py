"""Triangles into pixels with NumPy alone: the backend where there is no OpenGL."""

import numpy as np
from numpy.typing import NDArray

from lart_core.rendering.pinhole import Pinhole

CANDIDATES = 2_000_000
"""Pixels tested in one go."""


class NumpyBackend:
    """A z-buffer rasteriser. Pixels are hit where their centre is inside, as OpenGL does it."""

    def draw(
        self,
        vertices: NDArray[np.float32],
        colors: NDArray[np.float32],
        faces: NDArray[np.int64],
        camera: Pinhole,
    ) -> NDArray[np.uint8]:
        """Draw meshes that share their triangles.

        Args:
            vertices: (P, V, 3) metres in the camera's axes.
            colors: (P, V, 3) in 0..1.
            faces: (F, 3) corners, counter-clockwise seen from outside.
            camera: The camera and the size of the picture.

        Returns:
            (H, W, 4) red, green, blue and 255 where there is a mesh.
        """
        width, height = camera.size
        picture = np.zeros((height * width, 4), np.uint8)
        nearest = np.zeros(height * width, np.float32)
        for points, tints in zip(vertices, colors, strict=True):
            xy = camera.project(points).astype(np.float64)
            nearness = 1 / points[:, 2].astype(np.float64)  # linear over the picture, unlike depth
            for part in _parts(xy, faces, camera.size):
                _paint(part, xy, nearness, tints, nearest, picture, width)
        return picture.reshape(height, width, 4)


class _Part:
    """Some triangles and the pixels that their boxes span."""

    def __init__(
        self, faces: NDArray[np.int64], low: NDArray[np.int32], span: NDArray[np.int32]
    ) -> None:
        self.faces, self.low, self.span = faces, low, span


def _parts(xy: NDArray[np.float64], faces: NDArray[np.int64], size: tuple[int, int]) -> list[_Part]:
    """The triangles that face the camera and may hit a pixel, in handy portions."""
    a, b, c = xy[faces[:, 0]], xy[faces[:, 1]], xy[faces[:, 2]]
    facing = _cross(b - a, c - a) < 0
    low = np.ceil(np.minimum(np.minimum(a, b), c) - 0.5)
    high = np.floor(np.maximum(np.maximum(a, b), c) - 0.5)
    edge = np.array(size) - 1
    low, high = np.clip(low, 0, edge + 1), np.clip(high, -1, edge)
    span = (high - low + 1).astype(np.int32)
    keep = facing & (span > 0).all(axis=1)
    faces, low, span = faces[keep], low[keep].astype(np.int32), span[keep]
    ends = np.cumsum(span[:, 0].astype(np.int64) * span[:, 1])
    cuts = np.flatnonzero(np.diff(ends // CANDIDATES)) + 1
    return [
        _Part(*portion)
        for portion in zip(*(np.split(x, cuts) for x in (faces, low, span)), strict=True)
        if len(portion[0])
    ]


def _paint(
    part: _Part,
    xy: NDArray[np.float64],
    nearness: NDArray[np.float64],
    tints: NDArray[np.float32],
    nearest: NDArray[np.float32],
    picture: NDArray[np.uint8],
    width: int,
) -> None:
    corners = xy[part.faces] - part.low[:, None]  # small numbers: float32 is enough from here on
    near = nearness[part.faces]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = _cross(b - a, c - a)
    # Shares of b and c at pixel (x, y) of the box are planes: rise in x, rise in y, start.
    share_b = np.stack([(c - a)[:, 1], -(c - a)[:, 0], _cross(c - a, a)]) / area
    share_c = np.stack([-(b - a)[:, 1], (b - a)[:, 0], -_cross(b - a, a)]) / area
    depth = share_b * (near[:, 1] - near[:, 0]) + share_c * (near[:, 2] - near[:, 0])
    depth[2] += near[:, 0]

    columns = part.span[:, 0]
    counts = columns * part.span[:, 1]
    owner = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    starts = np.cumsum(counts) - counts
    number = np.arange(len(owner), dtype=np.int32) - starts.astype(np.int32)[owner]
    row = number // columns[owner]
    column = number - row * columns[owner]
    x, y = column.astype(np.float32) + 0.5, row.astype(np.float32) + 0.5

    def at(plane: NDArray[np.float64], who: NDArray, x: NDArray, y: NDArray) -> NDArray:
        rise_x, rise_y, start = plane.astype(np.float32)
        return rise_x[who] * x + rise_y[who] * y + start[who]

    beta, gamma = at(share_b, owner, x, y), at(share_c, owner, x, y)
    hit = np.flatnonzero((beta >= 0) & (gamma >= 0) & (beta + gamma <= 1))
    owner, x, y, beta, gamma = (values[hit] for values in (owner, x, y, beta, gamma))
    pixel = (part.low[owner, 1] + row[hit]) * width + part.low[owner, 0] + column[hit]
    here = at(depth, owner, x, y)
    np.maximum.at(nearest, pixel, here)
    seen = np.flatnonzero(here == nearest[pixel])
    owner, beta, gamma = owner[seen], beta[seen, None], gamma[seen, None]
    p, q, r = (tints[part.faces[owner, corner]] for corner in range(3))
    color = p + beta * (q - p) + gamma * (r - p)
    picture[pixel[seen], :3] = color * 255 + 0.5
    picture[pixel[seen], 3] = 255


def _cross(u: NDArray, v: NDArray) -> NDArray:
    return u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
