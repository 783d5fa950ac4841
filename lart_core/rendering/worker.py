"""The render process: ``python -m lart_core.rendering.worker BACKEND FD`` draws what it is sent.

It owns the OpenGL context, so that contexts never cross threads and a driver that crashes takes
nothing else with it. It ends when the renderer that started it is gone.
"""

import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.rendering.pinhole import Pinhole
from lart_core.rendering.raster import NumpyBackend
from lart_core.rendering.shading import Shading

SMOOTHING = 2
"""A smooth picture is drawn this many times larger each way and averaged."""


class Artist:
    """One backend, and the shading of the triangles that came last."""

    def __init__(self, name: str) -> None:
        self._backend = _backend(name)
        self._faces = np.zeros((0, 3), np.int64)
        self._shading: Shading | None = None

    def draw(
        self,
        vertices: NDArray[np.float32],
        base: NDArray[np.uint8],
        faces: NDArray[np.int64],
        camera: Pinhole,
        smooth: bool,
    ) -> NDArray[np.uint8]:
        """Light and draw (P, V, 3) bodies of (P, V, 3) colours into (H, W, 4), straight alpha."""
        if self._shading is None or not np.array_equal(faces, self._faces):
            self._faces, self._shading = faces, Shading(faces)
        colors = self._shading.colors(vertices, base)
        if not smooth:
            return self._backend.draw(vertices, colors, self._faces, camera)
        return _shrink(self._backend.draw(vertices, colors, self._faces, camera.scaled(SMOOTHING)))


def _backend(name: str) -> Any:
    if name == "numpy":
        return NumpyBackend()
    from lart_core.rendering.gl import GLBackend

    return GLBackend(name)


def _shrink(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[0] // SMOOTHING, picture.shape[1] // SMOOTHING
    blocks = picture.reshape(height, SMOOTHING, width, SMOOTHING, 4).astype(np.uint16)
    total = blocks.sum(axis=(1, 3))
    covered = np.maximum(total[..., 3:] // 255, 1)  # pixels of the block that show a body
    color = (total[..., :3] + covered // 2) // covered
    alpha = total[..., 3:] // SMOOTHING**2
    return np.concatenate([color, alpha], axis=2).astype(np.uint8)


def _check(artist: Artist) -> None:
    """Draw a square and see that it is where it belongs: some drivers open and draw nothing."""
    corners = np.array([[[-1, -1, 10], [1, -1, 10], [1, 1, 10], [-1, 1, 10]]], np.float32)
    faces = np.array([[0, 2, 1], [0, 3, 2]])
    camera = Pinhole(80.0, (16.0, 12.0), (32, 24))
    white = np.full((1, 1, 3), 255, np.uint8)
    picture = artist.draw(corners, white, faces, camera, smooth=False)
    expected = np.zeros((24, 32), bool)
    expected[4:20, 8:24] = True
    if not np.array_equal(picture[..., 3] > 0, expected):
        raise RuntimeError("the test picture came out wrong")


def main(name: str, connection: Connection) -> None:
    """Answer requests until the connection closes; the first answer is an error, or empty.

    Args:
        name: Of the backend.
        connection: To the program that started this process.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program that started us decides
    try:
        artist = Artist(name)
        _check(artist)
    except Exception as error:  # a missing OpenGL shows itself as any of many errors
        connection.send(f"{type(error).__name__}: {error}")
        return
    connection.send("")
    while True:
        try:
            facts, (vertices, base, faces) = connection.recv()
        except EOFError:
            return
        camera = Pinhole(facts["focal"], tuple(facts["center"]), tuple(facts["size"]))
        connection.send(artist.draw(vertices, base, faces, camera, facts["smooth"]))


if __name__ == "__main__":
    main(sys.argv[1], Connection(int(sys.argv[2])))
