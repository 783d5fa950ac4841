"""A few seconds of a video at a constant rate."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from lart_core.video.container import opened
from lart_core.video.decode import BACK, decoded_frames, first_frame
from lart_core.video.picture import Shape

STRETCH_RATE = 25.0
"""Frames a second of a `stretch`."""


def seconds(path: Path) -> float:
    """How long a video lasts, as its file says.

    Raises:
        LartError: No such file, or no video in it.
    """
    with opened(path) as (container, stream):
        if container.duration is not None:
            return float(container.duration / av.time_base)
        return float((stream.duration or 0) * (stream.time_base or 0))


def stretch(
    path: Path, begin: float, end: float, fps: float = STRETCH_RATE
) -> Iterator[NDArray[np.uint8]]:
    """A few seconds of any video, as RGB frames at a constant rate, without decoding all before.

    The picture of each moment is the one that is on the screen then: by time, not by number, so
    that a variable frame rate does not shift it. A video that ends earlier ends the frames.

    Args:
        begin, end: Seconds from the video's beginning.
        fps: Frames a second that come out.

    Raises:
        LartError: No such file, or no video in it.
    """
    zero = _beginning(path)
    for back in BACK if begin > 0 else BACK[-1:]:
        found = _stretch_near(path, zero, begin, end, fps, back)
        begun = next(found, None)
        if begun is not None:
            yield begun
            yield from found
            return


def _beginning(path: Path) -> float:
    """When the first picture is shown, on the file's clock."""
    first = first_frame(path)
    if first is not None and first.time is not None:
        return float(first.time)
    with opened(path) as (_, stream):
        return float((stream.start_time or 0) * (stream.time_base or 0))


def _stretch_near(
    path: Path, zero: float, begin: float, end: float, fps: float, back: float | None
) -> Iterator[NDArray[np.uint8]]:
    """`stretch`, after seeking some seconds before its beginning; nothing where that fails."""
    with opened(path) as (container, stream):
        if back is not None:
            if begin < back:
                return
            try:
                at = int((begin - back + zero) / (stream.time_base or 1))
                container.seek(at, stream=stream)
            except av.error.FFmpegError:
                return
        shape: Shape | None = None
        shown: VideoFrame | None = None
        given = 0
        for frame in decoded_frames(container, stream):
            if frame is None or frame.time is None:
                continue
            late = frame.time - zero > begin + 1e-6 or not frame.key_frame
            if shown is None and back is not None and late:
                return  # It landed after the beginning, or where pictures lean on others before.
            shape = shape or Shape(frame, stream.sample_aspect_ratio)
            while shown is not None and begin + given / fps < min(frame.time - zero - 1e-6, end):
                yield shape.picture(shown)
                given += 1
            shown = frame
            if frame.time - zero >= end:
                return
        if shape is not None and shown is not None and begin + given / fps < end:
            yield shape.picture(shown)
