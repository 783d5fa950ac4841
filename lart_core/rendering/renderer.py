"""`Renderer`: pictures of bodies, drawn in one process of its own."""

import os
import threading
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.rendering.figures import Figures
from lart_core.rendering.pinhole import NEAR, Pinhole, orbit
from lart_core.rendering.process import CannotStart, RenderProcess

BACKENDS = ("egl", "osmesa", "numpy")
"""In the order in which they are tried."""

LARGEST_SIDE = 8192

TURNTABLE_PITCH = 10.0
"""Degrees from above."""


class Renderer:
    """Draws bodies over frames and from free viewpoints.

    The first picture starts a process that keeps its scene. Any number of threads may share one
    renderer; pictures are drawn one after the other. When the process dies, the picture that it was
    drawing fails with a `LartError` and the next one starts a new process.
    """

    def __init__(self, backend: str | None = None) -> None:
        """Prepare a renderer.

        Args:
            backend: One of `BACKENDS`; by default the first that works on this machine.
        """
        self._candidates = (backend,) if backend else BACKENDS
        self._lock = threading.Lock()
        self._process: RenderProcess | None = None

    @property
    def backend(self) -> str:
        """The backend that draws: "egl", "osmesa" or "numpy"."""
        with self._lock:
            return self._running().name

    def draw(
        self,
        vertices: NDArray[np.float32],
        colors: NDArray[np.uint8],
        faces: NDArray[np.int64],
        camera: Pinhole,
        *,
        smooth: bool = False,
    ) -> NDArray[np.uint8]:
        """Draw meshes that share their triangles.

        Args:
            vertices: (P, V, 3) metres in the camera's axes. A body that is not finite or reaches
                behind the camera is left out.
            colors: (P, V, 3) in 0..255, or (P, 1, 3) where a body has one.
            faces: (F, 3) corners, counter-clockwise seen from outside.
            camera: The camera and the size of the picture.
            smooth: Whether to soften edges, at about three times the time.

        Returns:
            (H, W, 4) red, green, blue and straight alpha.

        Raises:
            LartError: The picture is too large, or the render process failed.
        """
        _check_size(camera.size)
        drawable = np.isfinite(vertices).all(axis=(1, 2)) & (vertices[..., 2] > NEAR).all(axis=1)
        if not drawable.any():
            return _empty(camera.size)
        facts = {
            "focal": camera.focal, "center": camera.center, "size": camera.size, "smooth": smooth,
        }  # fmt: skip
        arrays: list[NDArray] = [
            vertices[drawable].astype(np.float32),
            np.asarray(colors, np.uint8)[drawable],
            np.asarray(faces, np.int64),
        ]
        with self._lock:
            process = self._running()
            try:
                return process.ask(facts, arrays)
            except (OSError, EOFError):
                reason = process.end()
                self._process = None
                raise LartError(
                    f"The picture could not be drawn: the render process ({process.name}) stopped "
                    f"({reason}). Try again; it starts anew."
                ) from None

    def over_frame(
        self,
        figures: Figures,
        video: tuple[int, int],
        *,
        width: int | None = None,
        smooth: bool = False,
    ) -> NDArray[np.uint8]:
        """Bodies as a layer over a frame of the video.

        Args:
            figures: Who is to be seen.
            video: (width, height) of the video.
            width: Of the layer; the video's by default.
            smooth: As `draw`.

        Returns:
            (H, W, 4) to lay over the frame (see `compose`).
        """
        camera = Pinhole.of_frame(video, width)
        placed = figures.vertices + figures.cameras[:, None]
        return self.draw(placed, figures.colors(), figures.faces, camera, smooth=smooth)

    def around(
        self,
        figures: Figures,
        size: tuple[int, int],
        *,
        yaw: float,
        pitch: float = 0.0,
    ) -> NDArray[np.uint8]:
        """Bodies from a free viewpoint that shows all of them.

        Args:
            figures: Who is to be seen.
            size: (width, height) of the picture.
            yaw: Degrees about the upright axis, 0 is the frame's own direction.
            pitch: Degrees; positive looks down from above.

        Returns:
            (H, W, 4) with soft edges and nothing behind the bodies.
        """
        _check_size(size)
        if not len(figures):
            return _empty(size)
        turned, camera = orbit(figures.placed(), size, yaw=yaw, pitch=pitch)
        return self.draw(turned, figures.colors(), figures.faces, camera, smooth=True)

    def turntable(
        self, figures: Figures, size: tuple[int, int], *, steps: int = 36
    ) -> Iterator[NDArray[np.uint8]]:
        """One full turn around the bodies, seen from a little above, as pictures of `around`.

        Args:
            figures: Who is to be seen.
            size: (width, height) of a picture.
            steps: Pictures of the turn.
        """
        for step in range(steps):
            yield self.around(figures, size, yaw=360 * step / steps, pitch=TURNTABLE_PITCH)

    def close(self) -> None:
        """End the render process; a later picture would start another."""
        with self._lock:
            if self._process:
                self._process.end()
            self._process = None

    def __enter__(self) -> "Renderer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> RenderProcess:
        if self._process is None:
            reasons = []
            for name in self._candidates:
                try:
                    self._process = RenderProcess(name)
                    break
                except CannotStart as error:
                    reasons.append(f"{name}: {error}")
            else:
                raise LartError(f"No way to draw works on this machine ({'; '.join(reasons)}).")
        return self._process


def shared() -> Renderer:
    """The renderer that the whole program shares; a forked program gets one of its own."""
    return _shared(os.getpid())


@lru_cache(maxsize=1)
def _shared(process: int) -> Renderer:
    return Renderer()


@lru_cache(maxsize=1)
def available_backends() -> dict[str, str]:
    """For each of `BACKENDS` why it does not work on this machine, or "" where it does.

    Each is tried in a process of its own; the answer is kept.
    """
    reasons = {}
    for name in BACKENDS:
        try:
            RenderProcess(name).end()
            reasons[name] = ""
        except CannotStart as error:
            reasons[name] = str(error)
    return reasons


def compose(frame: NDArray[np.uint8], layer: NDArray[np.uint8], opacity: float = 1.0) -> NDArray:
    """Lay an (H, W, 4) layer over an (H, W, 3) frame; gives (H, W, 3) uint8."""
    alpha = layer[..., 3:].astype(np.float32) * (opacity / 255)
    mixed = frame + (layer[..., :3].astype(np.float32) - frame) * alpha
    return (mixed + 0.5).astype(np.uint8)


def _check_size(size: tuple[int, int]) -> None:
    if not 0 < min(size) <= max(size) <= LARGEST_SIDE:
        raise LartError(
            f"Expected a picture of 1 to {LARGEST_SIDE} pixels a side, "
            f"but got {size[0]} x {size[1]}: choose another size."
        )


def _empty(size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.zeros((size[1], size[0], 4), np.uint8)
