"""The copy of a video that a browser plays, and seeks in to the frame."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    VideoReformatter,
)
from av.video.stream import VideoStream
from numpy.typing import NDArray

from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.video.container import opened
from lart_core.video.decode import decoded_frames
from lart_core.video.picture import Shape

PLAYER_SIDE = 1280
"""Longer side of the player copy, in pixels, at most."""

PLAYER_GOP = 8
"""Frames between key frames in the player copy: short, so that seeking is quick and exact."""

MP4 = {"movflags": "+faststart+write_colr"}

ENCODER = {"crf": "26", "preset": "ultrafast", "x264-params": "deblock=1,0,0"}
"""As true to the sample as "superfast" at 25 (38.8 dB and 39.0), in under two thirds of the time;
files are a fifth larger."""

MATRIX = Colorspace.ITU601
"""Of the player copy, at any size, and tagged: Chromium without a GPU (libyuv) is true to it within
2 levels; with BT.709 it shows strong blues 10 levels too dark."""

CLOCK = 90_000
"""Ticks a second of a player copy of variable rate."""


def write_player(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    fps: float,
    times: NDArray[np.float64] | None = None,
) -> None:
    """Write pictures as H.264 that every browser plays and seeks to the frame (`player_writer`).

    Args:
        pictures: (H, W, 3) uint8 RGB, all of one size.
        fps: Frames a second; frame n is shown from n / fps on.
        times: Seconds at which the pictures are shown, ascending from 0, where they vary.

    Raises:
        LartError: There is no picture.
    """
    with player_writer(path, fps, variable=times is not None) as add:
        for number, picture in enumerate(pictures):
            add(picture, number / fps if times is None else float(times[number]))


@contextmanager
def player_writer(
    path: Path, fps: float, *, variable: bool = False
) -> Iterator[Callable[[NDArray[np.uint8], float], None]]:
    """Give what takes each picture, (H, W, 3) uint8 RGB, and the second at which it is shown.

    Key frame every `PLAYER_GOP` frames, no B-frames, even sizes, at most `PLAYER_SIDE` pixels wide
    or high, colours tagged. The file is there once the block ends well.

    Args:
        fps: Frames a second.
        variable: Whether the rate varies; else picture n is shown from n / fps on.

    Raises:
        LartError: No picture came.
    """
    with (
        replacing(path) as made,
        av.open(str(made.absolute()), "w", options=MP4) as container,
    ):
        stream: VideoStream | None = None
        converter = VideoReformatter()  # `frame.reformat` sets one up for each, with threads.

        def add(picture: NDArray[np.uint8], second: float) -> None:
            nonlocal stream
            if stream is None:
                stream = _stream(container, picture.shape, fps, variable)
            # Not from_ndarray, which copies: that takes as long as making the copy's picture.
            frame = VideoFrame.from_numpy_buffer(np.ascontiguousarray(picture), format="rgb24")
            frame = converter.reformat(
                frame,
                stream.width,
                stream.height,
                "yuv420p",
                dst_colorspace=MATRIX,
                dst_color_range=ColorRange.MPEG,
                dst_color_trc=ColorTrc.BT709,
                dst_color_primaries=ColorPrimaries.BT709,
                threads=1,
            )
            if variable:
                frame.pts, frame.time_base = round(second * CLOCK), Fraction(1, CLOCK)
            container.mux(stream.encode(frame))

        yield add
        if stream is None:
            raise LartError("Expected at least one picture to make a video of, but got none.")
        container.mux(stream.encode(None))


def player_frame(path: Path, second: float) -> NDArray[np.uint8]:
    """The frame of a player copy that is shown from a second on, without decoding all before it.

    Raises:
        LartError: No such file, no video in it, or no such frame.
    """
    with opened(path) as (container, stream):
        container.seek(int((second + 1e-3) / (stream.time_base or 1)), stream=stream)
        for frame in decoded_frames(container, stream):
            if frame is not None and frame.time is not None and abs(frame.time - second) < 1e-3:
                return Shape(frame, stream.sample_aspect_ratio).picture(frame)
    raise LartError(f"Expected a frame of {path.name}, but it has none at {second:.3f} s.")


def _stream(
    container: OutputContainer, shape: tuple[int, ...], fps: float, variable: bool
) -> VideoStream:
    height, width = shape[:2]
    scale = min(1.0, PLAYER_SIDE / max(width, height))
    stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(100_000))
    stream.width, stream.height = (max(2, round(side * scale / 2) * 2) for side in (width, height))
    stream.pix_fmt = "yuv420p"
    stream.gop_size = PLAYER_GOP
    stream.max_b_frames = 0
    stream.options = dict(ENCODER)
    context = stream.codec_context
    context.colorspace, context.color_range = MATRIX, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    if variable:
        context.time_base = Fraction(1, CLOCK)
    return stream
