"""Light on bodies: one colour a vertex, so that every backend paints the same picture."""

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

AMBIENT = 0.42
LAMPS = (((-0.45, -0.75, -0.5), 0.5), ((0.8, -0.15, -0.45), 0.22))
"""Directions to the lamps in the camera's axes (x right, y down, z away) and their strength."""
GLOSS, SHARPNESS = 0.12, 24
EDGE = 0.3
"""How much darker a surface gets where it turns away, so that bodies stand out from the frame."""


class Shading:
    """Vertex normals and colours of bodies that share their triangles."""

    def __init__(self, faces: NDArray[np.int64]) -> None:
        self._faces = faces
        count = int(faces.max()) + 1
        corners = faces.T.reshape(-1)
        owners = np.tile(np.arange(len(faces)), 3)
        ones = np.ones(len(corners), np.float32)
        self._sum = scipy.sparse.csr_array((ones, (corners, owners)), (count, len(faces)))

    def normals(self, vertices: NDArray[np.float32]) -> NDArray[np.float32]:
        """(P, V, 3) unit normals, weighted by area, of (P, V, 3) vertices."""
        people, count, _ = vertices.shape
        by_vertex = vertices.transpose(1, 0, 2)
        a, b, c = (by_vertex[corner] for corner in self._faces.T)
        u, v = b - a, c - a
        cross = np.empty_like(u)
        for x, y, z in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
            cross[..., x] = u[..., y] * v[..., z] - u[..., z] * v[..., y]
        summed = self._sum @ cross.reshape(len(cross), -1)
        normals = summed.reshape(count, people, 3).transpose(1, 0, 2)
        length = np.sqrt(np.einsum("pvd,pvd->pv", normals, normals))
        return normals / np.maximum(length, 1e-12)[..., None]

    def colors(self, vertices: NDArray[np.float32], base: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Lit vertex colours.

        Args:
            vertices: (P, V, 3) in the camera's axes.
            base: (P, V, 3) colour of each vertex, 0..255, or (P, 1, 3) where a body has one.

        Returns:
            (P, V, 3) in 0..1.
        """
        normals = self.normals(vertices)
        light = np.full(normals.shape[:2], AMBIENT, np.float32)
        for direction, strength in LAMPS:
            light += strength * np.maximum(normals @ _unit(direction), 0)
        halfway = _unit(_unit(LAMPS[0][0]) + np.array([0, 0, -1], np.float32))
        gloss = GLOSS * np.maximum(normals @ halfway, 0) ** SHARPNESS
        light *= 1 - EDGE * (1 - np.maximum(-normals[..., 2], 0)) ** 2
        tint = base.astype(np.float32) / 255
        return np.minimum(tint * light[..., None] + gloss[..., None], 1)


def _unit(vector: object) -> NDArray[np.float32]:
    array = np.asarray(vector, np.float32)
    return array / np.linalg.norm(array)
