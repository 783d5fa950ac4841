"""A film decoded: each frame in its place, on through damage."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from lart_core.errors import LartError
from lart_core.video.container import most_pixels, opened
from lart_core.video.packets import Index, Packets, index

BACK = (0.0, 10.0, 60.0, None)
"""Seconds before a frame to seek for it, one after the other until it is found: many containers
land after it. None is the film's beginning."""


@dataclass(frozen=True)
class Decoded:
    """A frame as the decoder gives it.

    Attributes:
        row: Its place in the film's `Index`.
        frame: None after the last one, where frames are lost at the end.
        lost: How many frames right before it could not be decoded.
    """

    row: int
    frame: VideoFrame | None
    lost: int


def read_index(path: Path) -> Index:
    """When each frame of a film is shown.

    A recording that begins amid a group of pictures begins with the first that can be shown.

    Raises:
        LartError: No such file, or no film in it.
    """
    with opened(path) as (container, stream):
        known = index(container, stream)
    first = first_frame(path)
    row = None if first is None else known.place(first.pts)
    return known.since(row) if row else known


def first_frame(path: Path) -> VideoFrame | None:
    """The first frame that can be shown; None where the decoder complains before it.

    Raises:
        LartError: No such file, or no film in it.
    """
    with opened(path) as (container, stream):
        return next(decoded_frames(container, stream), None)


def decoded(path: Path, known: Index, first: int = 0) -> Iterator[Decoded]:
    """The frames of a film from place `first` on, in the order in which they are shown.

    A frame that cannot be decoded is passed over, and so is a packet that holds none (some codecs
    have such). The difference is that the decoder complains of the former.

    Raises:
        LartError: No such file, or no film in it.
    """
    for back in BACK if first else BACK[-1:]:
        found = _decoded_near(path, known, first, back)
        begun = next(found, None)
        if back is not None and not (begun and begun.row == first and not _spoilt(begun)):
            continue  # It landed after the frame.
        if begun is not None:
            yield begun
            yield from found
        return


def _spoilt(found: Decoded) -> bool:
    return found.frame is None or found.frame.is_corrupt


def _decoded_near(path: Path, known: Index, first: int, back: float | None) -> Iterator[Decoded]:
    """`decoded`, after seeking some seconds before the first frame; nothing where that fails."""
    with opened(path) as (container, stream):
        if back is not None and not _sought(container, stream, known, first, back):
            return
        last = -1 if back is None else first - 1
        leans = back is not None
        complaints = 0
        for frame in decoded_frames(container, stream):
            if frame is None:
                complaints += 1
                continue
            if leans and not (frame.key_frame and frame.pts in known.keys):
                return  # On pictures before; or the container now says other times than at first.
            leans = False
            row = known.place(frame.pts)
            if row is not None and row < first:
                continue
            if row is None or row <= last:
                row = last + 1 + (complaints if known.ticks is None else 0)
            gap = row - last - 1
            lost = gap if complaints else 0
            complaints = max(0, complaints - gap)
            last = row
            if row >= first:
                yield Decoded(row, frame, lost)
        rest = len(known.seconds) - last - 1
        if complaints and rest > 0:
            yield Decoded(last + 1 + rest, None, rest)


def _sought(
    container: InputContainer, stream: VideoStream, known: Index, first: int, back: float
) -> bool:
    """Go some seconds before a frame without decoding those before; False where that cannot be."""
    if known.ticks is None or known.broken:
        return False
    tick = int(known.ticks[first]) - round(back / (stream.time_base or 1))
    if tick < known.ticks[0]:
        return False
    try:
        container.seek(tick, stream=stream, backward=True)
    except av.error.FFmpegError:
        return False
    return True


def decoded_frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame | None]:
    """Frames; None for each time that the decoder complains.

    Raises:
        LartError: The picture grows on the way beyond what a film of its beginning may have. The
            decoder itself refuses such a frame, before it has memory for it.
    """
    most = most_pixels(stream)
    for packet in Packets(container, stream):
        try:
            yield from packet.decode()
        except (av.error.FFmpegError, ValueError):
            _check_size(container, stream, most)
            yield None
    while True:
        try:
            rest = stream.codec_context.decode(None)
        except av.error.EOFError:
            return
        except (av.error.FFmpegError, ValueError):
            _check_size(container, stream, most)
            yield None
            continue
        for frame in rest:
            frame.time_base = stream.time_base
            yield frame
        return


def _check_size(container: InputContainer, stream: VideoStream, most: int) -> None:
    """Raise if the decoder complained of the size that it came upon."""
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > most:
        raise LartError(
            f"Expected frames of at most {most / 1e6:.1f} megapixels, as this film begins, but "
            f"{Path(container.name).name} has one of {width}x{height}; scale it down first."
        )
