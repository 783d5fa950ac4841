"""A few seconds of a video at a constant rate."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from lart_core.video.container import opened
from lart_core.video.decode import decoded_frames
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
    with opened(path) as (container, stream):
        zero = float((stream.start_time or 0) * (stream.time_base or 0))
        if begin > 0:
            with suppress(av.error.FFmpegError):
                container.seek(int((begin + zero) / (stream.time_base or 1)), stream=stream)
        shape: Shape | None = None
        shown: VideoFrame | None = None
        given = 0
        for frame in decoded_frames(container, stream):
            if frame is None or frame.time is None:
                continue
            shape = shape or Shape(frame, stream.sample_aspect_ratio)
            while shown is not None and begin + given / fps < min(frame.time - zero - 1e-6, end):
                yield shape.picture(shown)
                given += 1
            shown = frame
            if frame.time - zero >= end:
                return
        if shape is not None and shown is not None and begin + given / fps < end:
            yield shape.picture(shown)
