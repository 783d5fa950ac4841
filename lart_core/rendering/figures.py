"""`Figures`: the bodies that a picture shows, taken from tracklets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lart_core.rendering import colors
from lart_core.rendering.pinhole import natural_depth
from lart_core.tracklet import Tracklet
from lart_core.tracklet.sight import with_body

CHUNK = 64
"""Frames whose bodies are computed together."""

PALER = 0.55
"""How far the colour of a body that was only predicted goes towards grey."""
_GREY = np.array([200, 200, 200], np.float32)


@dataclass(frozen=True, eq=False)
class Figures:
    """P bodies at one moment.

    Attributes:
        ids: Track ids, by which they are coloured.
        vertices: (P, V, 3) float32 metres, body-centred, in the camera's axes.
        cameras: (P, 3) float32 metres before PHALP's camera.
        detected: (P,) bool; bodies that were only predicted are drawn paler.
        faces: (F, 3) triangles of all of them.
    """

    ids: tuple[int, ...]
    vertices: NDArray[np.float32]
    cameras: NDArray[np.float32]
    detected: NDArray[np.bool_]
    faces: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, track_id: int) -> "Figures":
        """The figure of one person, or none."""
        keep = [index for index, owner in enumerate(self.ids) if owner == track_id]
        return replace(
            self,
            ids=tuple(self.ids[index] for index in keep),
            vertices=self.vertices[keep],
            cameras=self.cameras[keep],
            detected=self.detected[keep],
        )

    def colors(self) -> NDArray[np.uint8]:
        """(P, 3) colours of the people, 0..255."""
        full = np.array([colors.rgb(i) for i in self.ids], np.float32).reshape(-1, 3)
        pale = full + PALER * (_GREY - full)
        return np.where(self.detected[:, None], full, pale).astype(np.uint8)

    def placed(self) -> NDArray[np.float32]:
        """(P, V, 3) vertices in one space, as far from each other as they plausibly are."""
        return self.vertices + natural_depth(self.cameras)[:, None]


def figures(tracklets: Sequence[Tracklet], frames: Sequence[int]) -> Iterator[Figures]:
    """Everyone's body in each of the frames, computed in batches with `lart_core.body`.

    People whose body is not believed there (`lart_core.tracklet.sight`) have none.

    Args:
        tracklets: The people of one video.
        frames: Frame numbers, ascending.
    """
    from lart_core import body  # brings torch, which the render process does without

    faces = body.faces()
    count = int(faces.max()) + 1
    for at in range(0, len(frames), CHUNK):
        chunk = np.asarray(frames[at : at + CHUNK])
        shapes: dict[int, dict[int, NDArray[np.float32]]] = {}
        for number, person in enumerate(tracklets):
            rows = np.flatnonzero(np.isin(person.frame, chunk) & with_body(person))
            if not len(rows):
                continue
            surfaces = body.vertices(
                person.global_orient[rows], person.body_pose[rows], person.betas[rows]
            )
            shapes[number] = dict(zip(rows.tolist(), surfaces, strict=True))
        for frame in chunk.tolist():
            here = [
                (tracklets[number], row, surface)
                for number, rows_of in shapes.items()
                if (row := frame - tracklets[number].first) in rows_of
                for surface in [rows_of[row]]
            ]
            yield Figures(
                ids=tuple(person.track_id for person, _, _ in here),
                vertices=np.array([v for _, _, v in here] or np.zeros((0, count, 3)), np.float32),
                cameras=np.array([p.camera[row] for p, row, _ in here], np.float32).reshape(-1, 3),
                detected=np.array([p.detected[row] for p, row, _ in here], bool),
                faces=faces,
            )
