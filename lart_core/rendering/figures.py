"""`Figures`: the bodies that a picture shows, taken from tracklets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.rendering import colors
from lart_core.rendering.pinhole import natural_depth
from lart_core.tracklet import Tracklet
from lart_core.tracklet.data import PARTS
from lart_core.tracklet.sight import with_body

CHUNK = 64
"""Frames whose bodies are computed together."""

PALER = 0.55
"""How far the colour of what was only predicted goes towards grey."""
_GREY = np.array([200, 200, 200], np.float32)


@dataclass(frozen=True, eq=False)
class Figures:
    """P bodies at one moment.

    Attributes:
        ids: Track ids, by which they are coloured.
        vertices: (P, V, 3) float32 metres, body-centred, in the camera's axes.
        cameras: (P, 3) float32 metres before PHALP's camera.
        guessed: (P, V) float32, how far each vertex belongs to what was not seen, in 0..1: a body
            that was only predicted, or parts of one. It is drawn paler.
        faces: (F, 3) triangles of all of them.
    """

    ids: tuple[int, ...]
    vertices: NDArray[np.float32]
    cameras: NDArray[np.float32]
    guessed: NDArray[np.float32]
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
            guessed=self.guessed[keep],
        )

    def colors(self) -> NDArray[np.uint8]:
        """(P, V, 3) colours of the people's vertices, 0..255."""
        full = np.array([colors.rgb(i) for i in self.ids], np.float32).reshape(-1, 1, 3)
        return paler(full, self.guessed[..., None]).astype(np.uint8)

    def guessed_faces(self) -> NDArray[np.bool_]:
        """(P, F) which triangles belong to what was not seen."""
        return self.guessed[:, self.faces].mean(axis=2) > 0.5

    def placed(self) -> NDArray[np.float32]:
        """(P, V, 3) vertices in one space, as far from each other as they plausibly are."""
        return self.vertices + natural_depth(self.cameras)[:, None]


def paler(color: NDArray[Any], share: NDArray[np.floating] | float = 1.0) -> NDArray[np.floating]:
    """(..., 3) colours as what was not seen has them, or a `share` of the way there."""
    return np.asarray(color + PALER * share * (_GREY - color))


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
        shapes: dict[int, dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]]] = {}
        for number, person in enumerate(tracklets):
            rows = np.flatnonzero(np.isin(person.frame, chunk) & with_body(person))
            if not len(rows):
                continue
            surfaces = body.vertices(
                person.global_orient[rows], person.body_pose[rows], person.betas[rows]
            )
            both = zip(surfaces, _guessed(person, rows), strict=True)
            shapes[number] = dict(zip(rows.tolist(), both, strict=True))
        for frame in chunk.tolist():
            here = [
                (tracklets[number], row, *rows_of[row])
                for number, rows_of in shapes.items()
                if (row := frame - tracklets[number].first) in rows_of
            ]
            yield Figures(
                ids=tuple(person.track_id for person, *_ in here),
                vertices=np.array([v for *_, v, _ in here], np.float32).reshape(-1, count, 3),
                cameras=np.array([p.camera[row] for p, row, *_ in here], np.float32).reshape(-1, 3),
                guessed=np.array([g for *_, g in here], np.float32).reshape(-1, count),
                faces=faces,
            )


def _guessed(person: Tracklet, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """(N, V) how far each vertex of a person belongs to what was not seen in some rows."""
    from lart_core import body

    parts = np.repeat(~person.detected[rows, None], PARTS, axis=1)
    if len(person.unseen):
        parts |= person.unseen[rows]
    return body.share_of_parts(parts)
