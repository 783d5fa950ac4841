"""The layer of bodies that a player lays over a video: a picture with alpha for every frame.

A layer is a folder of zip files, `SPAN` frames each, in which ``<frame>.webp`` is one picture;
frames without people have none. Spans are written whole, one after the other, so that a layer that
was broken off goes on where it was. Pictures instead of a second video: the browser shows exactly
the one of the frame that is on the screen.
"""

import io
import zipfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lart_core.atomic_files import remove_leftovers, replacing
from lart_core.rendering.figures import figures
from lart_core.rendering.renderer import Renderer
from lart_core.stored_files import reading
from lart_core.tracklet import Tracklet

SPAN = 64
"""Frames in one file."""

WIDTH = 640
"""Pixels, at most; the browser scales the pictures to the video."""


def write_layer(
    folder: Path,
    tracklets: Sequence[Tracklet],
    renderer: Renderer,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Draw everyone's body in every frame of a video; spans that are there are kept.

    Args:
        folder: Where the layer goes.
        tracklets: The people of one video, at least one.
        progress: Called with the frames that are done and their number.
    """
    video = tracklets[0].video
    remove_leftovers(folder)
    for first in range(0, video.frames, SPAN):
        path = folder / _span_name(first)
        last = min(first + SPAN, video.frames)
        if not path.exists():
            _write_span(path, tracklets, renderer, range(first, last))
        if progress:
            progress(last, video.frames)


def finished(folder: Path, frames: int) -> bool:
    """Whether a layer of a video with that many frames is complete."""
    return all((folder / _span_name(first)).exists() for first in range(0, frames, SPAN))


def layer_picture(folder: Path, frame: int) -> bytes | None:
    """The picture of a frame as WebP with alpha; None where there is none (yet)."""
    path = folder / _span_name(frame)
    if not path.exists():
        return None
    return _pictures(path, path.stat().st_mtime_ns).get(frame)


def _write_span(
    path: Path, tracklets: Sequence[Tracklet], renderer: Renderer, frames: range
) -> None:
    size = (tracklets[0].video.width, tracklets[0].video.height)
    here = [t for t in tracklets if t.first < frames.stop and t.last >= frames.start]
    with replacing(path) as made, zipfile.ZipFile(made, "w") as archive:
        for frame, bodies in zip(frames, figures(here, frames), strict=True):
            if len(bodies):
                picture = renderer.over_frame(bodies, size, width=min(size[0], WIDTH))
                archive.writestr(f"{frame}.webp", _webp(picture))


def _webp(picture: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "webp", quality=75, alpha_quality=80, method=0)
    return out.getvalue()


def _span_name(frame: int) -> str:
    return f"{frame // SPAN * SPAN:06}.zip"


@lru_cache(maxsize=8)
def _pictures(path: Path, stamp: int) -> dict[int, bytes]:
    with (
        reading(path, f"The layer of bodies {path.name}", "make it again"),
        zipfile.ZipFile(path) as archive,
    ):
        return {int(name.split(".")[0]): archive.read(name) for name in archive.namelist()}
