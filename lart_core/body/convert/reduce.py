"""Fewer vertices, carried on the old surface, and joints as sums of vertices."""

import numpy as np
import scipy.optimize
import scipy.spatial
import trimesh
from numpy.typing import NDArray

NEIGHBOURS = 8
INFLUENCES = 4
CANDIDATES = 600


def decimate(
    vertices: NDArray[np.float64], faces: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Quadric edge collapse to exactly `count` vertices; gives the new vertices and faces.

    Raises:
        ValueError: No number of faces leads to that many vertices.
    """
    import fast_simplification  # an extra of the project: only this step needs it

    goal = len(faces) - 2 * (len(vertices) - count)
    for target in sorted(range(goal - 60, goal + 61), key=lambda n: abs(n - goal)):
        points, triangles = fast_simplification.simplify(vertices, faces, target_count=target)
        used = np.unique(triangles)
        if len(used) == count:
            renumber = np.zeros(len(points), np.int64)
            renumber[used] = np.arange(count)
            return points[used].astype(np.float64), renumber[triangles]
    raise ValueError(f"decimation never gave {count} vertices")


def barycentric(
    points: NDArray[np.float64], vertices: NDArray[np.float64], faces: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nearest place of each point on a mesh: (N, 3) corner numbers and (N, 3) shares."""
    around: list[list[int]] = [[] for _ in vertices]
    for number, face in enumerate(faces):
        for corner in face:
            around[corner].append(number)
    _, near = scipy.spatial.cKDTree(vertices).query(points, k=NEIGHBOURS)
    chosen, places = [], []
    for point, corners in zip(points, near, strict=True):
        candidates = np.unique([n for corner in corners for n in around[corner]])
        triangles = vertices[faces[candidates]]
        closest = trimesh.triangles.closest_point(triangles, np.tile(point, (len(candidates), 1)))
        best = np.argmin(np.linalg.norm(closest - point, axis=1))
        chosen.append(candidates[best])
        places.append(closest[best])
    corners = faces[chosen]
    shares = trimesh.triangles.points_to_barycentric(vertices[corners], np.array(places))
    shares = np.clip(shares, 0, None)
    return corners, shares / shares.sum(axis=1, keepdims=True)


def strongest(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Skinning weights with the `INFLUENCES` strongest joints of each vertex, adding up to 1."""
    kept = np.zeros_like(weights)
    best = np.argsort(-weights, axis=1)[:, :INFLUENCES]
    np.put_along_axis(kept, best, np.take_along_axis(weights, best, axis=1), axis=1)
    return kept / kept.sum(axis=1, keepdims=True)


def joint_regressor(
    joints: NDArray[np.float64], vertices: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(24, V) matrix that gives the joints of the template and of every shape direction.

    Near vertices are weighted without negatives as well as that goes, then the smallest correction
    makes it exact.

    Args:
        joints: (24, 3, 1 + K) rest joints of the template and their K shape directions.
        vertices: (V, 3, 1 + K) the same of the vertices.
    """
    regressor = np.zeros((len(joints), len(vertices)))
    for row, joint in zip(regressor, joints, strict=True):
        distance = np.linalg.norm(vertices[:, :, 0] - joint[:, 0], axis=1)
        near = np.argsort(distance)[:CANDIDATES]
        centred = vertices[near].copy()
        centred[:, :, 0] -= joint[:, 0]
        goal = joint.copy()
        goal[:, 0] = 0
        equations = np.concatenate([centred.reshape(len(near), -1).T, np.ones((1, len(near)))])
        wanted = np.append(goal.reshape(-1), 1)
        shares, _ = scipy.optimize.nnls(equations, wanted)
        shares += np.linalg.pinv(equations) @ (wanted - equations @ shares)
        row[near] = shares
    return regressor
