"""Small pictures of runs' frames, made when they are first asked for."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app.storage.runs import per_run
from lart_core import video
from lart_core.errors import LartError
from lart_core.rendering import colors
from lart_core.runs.run import Run

SIDE = 480
"""The longer side of a still at the most, in pixels."""
QUALITY = 82


@per_run(maxsize=2048)
def still(run: Run, frame: int, person: int | None = None) -> bytes:
    """A frame as JPEG, with a box around a person.

    Raises:
        LartError: The run has no video to show yet, or no such frame.
    """
    if run.player is None or not 0 <= frame < run.video.frames:
        raise LartError("This run has no such picture.")
    picture = Image.fromarray(video.player_frame(run.player, float(run.video.second_of(frame))))
    if person is not None:
        _mark(picture, run, frame, person)
    return jpeg(picture)


def jpeg(picture: Image.Image | NDArray[np.uint8]) -> bytes:
    """A picture, made small, as JPEG.

    Args:
        picture: As such, or RGB (H, W, 3).
    """
    if not isinstance(picture, Image.Image):
        picture = Image.fromarray(picture)
    picture.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _mark(picture: Image.Image, run: Run, frame: int, person: int) -> None:
    """Draw the box of a person, where there is one at the frame."""
    people = run.people()
    if person not in people.track_ids:
        return
    kept = people.columns(person, "frame", "box")
    row = int(np.searchsorted(kept["frame"], frame))
    if row < len(kept["frame"]) and kept["frame"][row] == frame:
        width = max(picture.size) // 120 + 1
        scale = picture.width / run.video.width
        box = (kept["box"][row] * scale).tolist()
        ImageDraw.Draw(picture).rectangle(box, outline=colors.color(person), width=width)
