"""Bodies as a sequence of Wavefront OBJ files: what any 3-D program opens."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lart_core import atomic_files
from lart_core.errors import LartError
from lart_core.rendering import colors
from lart_core.rendering.figures import Figures, figures, paler
from lart_core.tracklet import Tracklet

LONGEST = 1000
"""Frames in one archive: a body is about 0.5 MB a frame before compression."""
MATERIALS = "people.mtl"
UNSEEN = "_unseen"
"""Ends the name of the material of what was not seen."""
_TO_OBJ = np.array([1, -1, -1], np.float32)
"""From our axes (y down, z away) to y up, z towards us."""


def write_obj_sequence(path: Path, tracklets: Sequence[Tracklet], first: int, last: int) -> None:
    """Write the people of a span of frames as a zip of one OBJ a frame.

    ``frame_000012.obj`` holds an object ``person_3`` for each person who is there, in metres, y up,
    at their place in the scene (`Figures.placed`); ``people.mtl`` has their colours, and paler
    ones for what was not seen.

    Args:
        path: Ends in ``.zip``.
        tracklets: The people of one video.
        first: First frame.
        last: Last frame, included.

    Raises:
        LartError: Nobody is there in that span, or it is too long.
    """
    present = [t for t in tracklets if t.first <= last and t.last >= first]
    if not present:
        raise LartError(f"Expected people in frames {first} to {last}, but there are none there.")
    if last - first >= LONGEST:
        raise LartError(
            f"Expected at most {LONGEST} frames, but got {last - first + 1}: choose a shorter "
            "span, or the GLB format, which takes any length."
        )
    with (
        atomic_files.replacing(path) as made,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr(MATERIALS, "".join(_material(t.track_id) for t in present))
        for frame, moment in zip(
            range(first, last + 1), figures(present, range(first, last + 1)), strict=True
        ):
            archive.writestr(f"frame_{frame:06d}.obj", _obj(moment))


def _obj(moment: Figures) -> str:
    parts = [f"mtllib {MATERIALS}\n"]
    count = moment.vertices.shape[1]
    for number, (track_id, surface, guessed) in enumerate(
        zip(moment.ids, moment.placed() * _TO_OBJ, moment.guessed_faces(), strict=True)
    ):
        parts.append(f"o person_{track_id}\n")
        parts.append(_lines("v", surface, "%.5f"))
        faces = moment.faces + number * count + 1
        for material, of in (("", ~guessed), (UNSEEN, guessed)):
            if of.any():
                parts.append(f"usemtl person_{track_id}{material}\n")
                parts.append(_lines("f", faces[of], "%d"))
    return "".join(parts)


def _lines(kind: str, rows: NDArray, form: str) -> str:
    line = f"{kind} {form} {form} {form}\n"
    return (line * len(rows)) % tuple(rows.reshape(-1).tolist())


def _material(track_id: int) -> str:
    full = np.array(colors.rgb(track_id))
    return "".join(
        f"newmtl person_{track_id}{name}\nKd {red:.4f} {green:.4f} {blue:.4f}\n"
        for name, color in (("", full), (UNSEEN, paler(full)))
        for red, green, blue in [color / 255]
    )
