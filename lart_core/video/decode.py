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

    Raises:
        LartError: No such file, or no film in it.
    """
    with opened(path) as (container, stream):
        return index(container, stream)


def decoded(path: Path, known: Index, first: int = 0) -> Iterator[Decoded]:
    """The frames of a film from place `first` on, in the order in which they are shown.

    A frame that cannot be decoded is passed over, and so is a packet that holds none (some codecs
    have such). The difference is that the decoder complains of the former.

    Raises:
        LartError: No such file, or no film in it.
    """
    with opened(path) as (container, stream):
        last = first - 1
        if not _sought(container, stream, known, first):
            last = -1
        complaints = 0
        for frame in decoded_frames(container, stream):
            if frame is None:
                complaints += 1
                continue
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


def _sought(container: InputContainer, stream: VideoStream, known: Index, first: int) -> bool:
    """Go near a frame without decoding those long before it; False where that cannot be."""
    if not first or known.ticks is None or known.broken:
        return False
    try:
        container.seek(int(known.ticks[first]), stream=stream, backward=True)
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
