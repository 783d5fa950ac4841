"""Every frame of a video at its time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lart_core.video import folder
from lart_core.video.clip import Clip
from lart_core.video.container import opened
from lart_core.video.decode import decoded, read_index
from lart_core.video.picture import Shape, progressive


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of a video.

    Attributes:
        second: When it is shown, from the first frame on.
        picture: (H, W, 3) uint8 RGB.
        lost: Whether the file is damaged here. The picture is then the last one that could be
            decoded, as a player shows it, or a spoilt one.
    """

    second: float
    picture: NDArray[np.uint8]
    lost: bool = False


def frames(path: Path, clip: Clip | None = None) -> Iterator[NDArray[np.uint8]]:
    """The picture of every frame (see `timed_frames`).

    Raises:
        LartError: No such file, or no video in it.
    """
    for frame in timed_frames(path, clip):
        yield frame.picture


def timed_frames(path: Path, clip: Clip | None = None) -> Iterator[Frame]:
    """Every frame, upright, with square pixels, all of the first one's size.

    A frame that cannot be decoded has its place and time, and the picture before it. A file that
    breaks off ends the frames where it does.

    Args:
        path: A video file or a folder of numbered pictures.
        clip: The part that is wanted; frames and seconds count from its beginning.

    Raises:
        LartError: No such file, or no video in it.
    """
    clip = clip or Clip()
    yield from _of_folder(path, clip) if path.is_dir() else _of_file(path, clip)


def missing(path: Path, clip: Clip | None = None) -> int:
    """How many frames a file's header promises after the last one that is in the file.

    Raises:
        LartError: No such file, or no video in it.
    """
    if path.is_dir() or (clip is not None and clip.end is not None):
        return 0
    return read_index(path).missing


def _of_folder(path: Path, clip: Clip) -> Iterator[Frame]:
    found = folder.listed(path, clip.fps)
    rows = clip.rows(found.seconds, path.name)
    zero = found.seconds[rows.start]
    shape: tuple[int, int] | None = None
    before: NDArray[np.uint8] | None = None
    waiting: list[int] = []
    for row in rows:
        picture = folder.picture(found.files[row], shape)
        lost = picture is None
        picture = before if picture is None else picture
        if picture is None:
            waiting.append(row)
            continue
        shape, before = picture.shape[:2], picture
        for early in waiting:
            yield Frame(float(found.seconds[early] - zero), picture, lost=True)
        waiting = []
        yield Frame(float(found.seconds[row] - zero), picture, lost)


def _of_file(path: Path, clip: Clip) -> Iterator[Frame]:
    known = read_index(path)
    rows = clip.rows(known.seconds, path.name)
    with opened(path) as (_, stream):
        pixel_aspect = stream.sample_aspect_ratio
    shape: Shape | None = None
    before: NDArray[np.uint8] | None = None
    zero = 0.0
    for found in progressive(decoded(path, known, rows.start)):
        end = found.row if clip.end is None else min(found.row, rows.stop)
        picture = before
        if found.frame is not None:
            shape = shape or Shape(found.frame, pixel_aspect)
            picture = shape.picture(found.frame)
        first = max(found.row - found.lost, rows.start)
        if before is None:
            before, zero = picture, known.second(first)
        if before is None or picture is None:
            return
        for row in range(first, end):
            yield Frame(known.second(row) - zero, before, lost=True)
        if found.frame is None or (clip.end is not None and found.row >= rows.stop):
            return
        before = picture
        yield Frame(known.second(found.row) - zero, picture, lost=found.frame.is_corrupt)
