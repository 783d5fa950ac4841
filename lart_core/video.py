"""Video files: facts, frames, and a copy that a browser can seek in to the frame. By PyAV.

Frames are numbered from 0 in the order in which they are shown. A variable frame rate is kept as
it is, frame by frame; times are then frame number over average rate.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from lart_core.atomic_files import replacing, sha256
from lart_core.errors import LartError
from lart_core.tracklet import VideoFacts

ENDINGS = ("mp4", "mov", "m4v", "webm", "mkv", "avi", "mpg", "mpeg")
"""How names of video files end, wherever a file is taken for a video by its name."""

PLAYER_SIDE = 1280
"""Longer side of the player copy, in pixels, at most."""

PLAYER_GOP = 8
"""Frames between key frames in the player copy: short, so that seeking is quick and exact."""

STRETCH_RATE = 25.0
"""Frames a second of a `stretch`."""


@dataclass(frozen=True)
class Limits:
    """What a video may be at most; the defaults suit a laptop."""

    minutes: float = 30.0
    megapixels: float = 9.0


def probe(path: Path, limits: Limits | None = None) -> VideoFacts:
    """Facts of a video file, without decoding more than its first frame.

    Raises:
        LartError: No such file, no video in it, no frame, or more than `limits` allow.
    """
    limits = limits or Limits()
    with _opened(path) as container:
        stream = container.streams.video[0]
        first = next(_decoded(container, stream, path), None)
        if first is None:
            raise LartError(
                f"Expected a video, but {path.name} holds no frame that can be decoded."
            )
        width, height = _shown_size(first)
        rate = stream.average_rate or stream.guessed_rate or Fraction(30)
    with _opened(path) as container:
        packets = container.demux(container.streams.video[0])
        frames = sum(packet.size > 0 for packet in packets)
    if width * height > limits.megapixels * 1e6:
        raise LartError(
            f"Expected at most {limits.megapixels:g} megapixels a frame, but {path.name} has "
            f"{width}x{height}; scale it down first."
        )
    if frames / rate > limits.minutes * 60:
        raise LartError(
            f"Expected at most {limits.minutes:g} minutes, but {path.name} lasts "
            f"{float(frames / rate) / 60:.1f}; cut it first."
        )
    return VideoFacts(path.name, width, height, float(rate), frames, sha256(path))


def frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Every frame as RGB uint8 (H, W, 3), turned upright if the file says that it lies.

    A file that breaks off ends the frames where it does.

    Raises:
        LartError: No such file, or no video in it.
    """
    with _opened(path) as container:
        for frame in _decoded(container, container.streams.video[0], path):
            yield _upright(frame)


def player_frame(path: Path, number: int) -> NDArray[np.uint8]:
    """One frame of a player copy (see `write_player`) without decoding those long before it.

    Raises:
        LartError: No such file, no video in it, or no such frame.
    """
    with _opened(path) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or Fraction(30)
        container.seek(int(number / rate / stream.time_base), stream=stream)
        for frame in _decoded(container, stream, path):
            if frame.time is not None and round(frame.time * rate) == number:
                return _upright(frame)
    raise LartError(f"Expected a frame of {path.name}, but it has no frame {number}.")


def seconds(path: Path) -> float:
    """How long a video lasts, as its file says.

    Raises:
        LartError: No such file, or no video in it.
    """
    with _opened(path) as container:
        stream = container.streams.video[0]
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
    with _opened(path) as container:
        stream = container.streams.video[0]
        zero = float((stream.start_time or 0) * (stream.time_base or 0))
        if begin > 0:
            with suppress(av.error.FFmpegError):
                container.seek(int((begin + zero) / (stream.time_base or 1)), stream=stream)
        shown: VideoFrame | None = None
        given = 0
        for frame in _decoded(container, stream, path):
            if frame.time is None:
                continue
            while shown is not None and begin + given / fps < min(frame.time - zero - 1e-6, end):
                yield _upright(shown)
                given += 1
            shown = frame
            if frame.time - zero >= end:
                return
        if shown is not None and begin + given / fps < end:
            yield _upright(shown)


def write_player(path: Path, pictures: Iterable[NDArray[np.uint8]], fps: float) -> None:
    """Write pictures as H.264 that every browser plays and seeks to the frame.

    Constant rate, key frame every `PLAYER_GOP` frames, no B-frames, even sizes, at most
    `PLAYER_SIDE` pixels wide or high. Frame n is shown from n / fps on.
    """
    with (
        replacing(path) as made,
        av.open(str(made), "w", options={"movflags": "+faststart"}) as container,
    ):
        stream: VideoStream | None = None
        for picture in pictures:
            if stream is None:
                stream = _player_stream(container, picture.shape, fps)
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame = frame.reformat(stream.width, stream.height, "yuv420p")
            container.mux(stream.encode(frame))
        if stream is None:
            raise LartError("Expected at least one picture to make a video of, but got none.")
        container.mux(stream.encode(None))


def _player_stream(container, shape: tuple[int, ...], fps: float) -> VideoStream:
    height, width = shape[:2]
    scale = min(1.0, PLAYER_SIDE / max(width, height))
    stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(100_000))
    stream.width, stream.height = (max(2, round(side * scale / 2) * 2) for side in (width, height))
    stream.pix_fmt = "yuv420p"
    stream.gop_size = PLAYER_GOP
    stream.max_b_frames = 0
    stream.options = {"crf": "23", "preset": "veryfast"}
    return stream


def _opened(path: Path):
    if not path.is_file():
        raise LartError(f"Expected a video file, but there is no file {path}.")
    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, ValueError) as error:
        raise LartError(
            f"Expected a video file (mp4, mov, webm, avi, mkv, ...), but {path.name} could not be "
            f"read as one ({_reason(error)})."
        ) from None
    if not container.streams.video:
        container.close()
        raise LartError(f"Expected a video, but {path.name} has no video stream.")
    container.streams.video[0].thread_type = "AUTO"
    return container


def _decoded(container, stream: VideoStream, path: Path) -> Iterator[VideoFrame]:
    try:
        yield from container.decode(stream)
    except (av.error.FFmpegError, ValueError):
        return


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _shown_size(frame: VideoFrame) -> tuple[int, int]:
    quarter_turns = round(frame.rotation / 90) % 2
    return (frame.height, frame.width) if quarter_turns else (frame.width, frame.height)


def _upright(frame: VideoFrame) -> NDArray[np.uint8]:
    picture = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    quarter_turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(picture, quarter_turns)) if quarter_turns else picture
