"""A video file opened, and the film in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from lart_core.errors import LartError

STILLS = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
"""Streams that are covers and thumbnails, not films."""

MEGAPIXELS = 9.0
"""Of a frame, at most, unless the film's header says more and `probe` let that pass."""

SLACK = 128
"""Pixels a side by which a decoder may count a frame larger, in whole blocks."""

SCRIPTS = {"hls", "dash", "concat", "imf"}
"""Formats whose files only name other files; those would be opened unseen."""


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A file and its film: the stream that ffmpeg takes for the best, covers left out.

    Raises:
        LartError: No such file, or no film in it.
    """
    if not path.is_file():
        raise LartError(f"Expected a video file, but there is no file {path}.")
    try:
        # An absolute path, so that "a:b.mp4" is no protocol and "-" no pipe.
        container = av.open(str(path.absolute()), options={"protocol_whitelist": "file"})
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise LartError(
            f"Expected a video file (mp4, mov, webm, avi, mkv, ...), but {path.name} could not be "
            f"read as one ({getattr(error, 'strerror', None) or error})."
        ) from None
    with container:
        if container.format.name in SCRIPTS:
            raise LartError(f"Expected a video, but {path.name} is only a list of other files.")
        stream = _film(container)
        if stream is None:
            raise LartError(f"Expected a video, but {path.name} has no video stream.")
        stream.thread_type = "AUTO"
        stream.codec_context.options = {"max_pixels": str(most_pixels(stream))}
        yield container, stream


def most_pixels(stream: VideoStream) -> int:
    """Pixels that a frame of a film may have, by the size that its header declares.

    For a film that is not decoded yet: a stream's size is that of the last frame.
    """
    declared = (stream.width + SLACK) * (stream.height + SLACK)
    return max(int(1.1e6 * MEGAPIXELS), declared)


def films(container: InputContainer) -> list[VideoStream]:
    """The video streams that are no covers."""
    moving = [stream for stream in container.streams.video if not stream.disposition & STILLS]
    return moving or list(container.streams.video)


def _film(container: InputContainer) -> VideoStream | None:
    choice = films(container)
    best = container.streams.best("video")
    same = [stream for stream in choice if best is not None and stream.index == best.index]
    return next(iter(same or choice), None)
