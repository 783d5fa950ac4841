"""What is known of a video before it is decoded."""

import warnings
from dataclasses import dataclass
from pathlib import Path

from lart_core.atomic_files import sha256
from lart_core.errors import LartError, LartWarning
from lart_core.tracklet import VideoFacts
from lart_core.tracklet.video_facts import timing
from lart_core.video import folder
from lart_core.video.clip import Clip
from lart_core.video.container import MEGAPIXELS, films, opened
from lart_core.video.decode import decoded_frames, read_index
from lart_core.video.picture import Shape


@dataclass(frozen=True)
class Limits:
    """What a video may be at most; the defaults suit a laptop."""

    minutes: float = 30.0
    megapixels: float = MEGAPIXELS


def probe(path: Path, limits: Limits | None = None, clip: Clip | None = None) -> VideoFacts:
    """Facts of a video, without decoding more than its first frame.

    Times and number of frames are what the packets of the file promise; damage and the oddities of
    some codecs show only when all is decoded.

    Args:
        path: A video file or a folder of numbered pictures.
        clip: The part that is meant; limits hold for it.

    Raises:
        LartError: No such file, no video in it, no frame, or more than `limits` allow.
    """
    limits, clip = limits or Limits(), clip or Clip()
    if clip.fps is not None and path.is_file():
        raise LartError(
            f"Expected a frame rate for a folder of pictures only, but {path.name} is a file, "
            "which has its own."
        )
    facts = _of_folder(path, clip) if path.is_dir() else _of_file(path, clip, limits)
    _check_size(facts.width, facts.height, limits, path)
    if facts.seconds > limits.minutes * 60:
        raise LartError(
            f"Expected at most {limits.minutes:g} minutes, but {path.name} lasts "
            f"{facts.seconds / 60:.1f}; cut it first, or take a part (--start, --end)."
        )
    return facts


def skipped(path: Path, clip: Clip) -> tuple[int, float]:
    """How many frames of a video come before a part of it, and how many seconds these last.

    Raises:
        LartError: No such file, no video in it, or no frame in that part.
    """
    if not clip.start:
        return 0, 0.0
    seconds = folder.listed(path, clip.fps).seconds if path.is_dir() else read_index(path).seconds
    first = clip.rows(seconds, path.name).start
    return first, float(seconds[first] - seconds[0])


def picture_numbers(path: Path, clip: Clip) -> list[int] | None:
    """The numbers in the names of a folder's pictures, in order; None of a file.

    Raises:
        LartError: The folder is no video.
    """
    return folder.listed(path, clip.fps).numbers if path.is_dir() else None


def _of_folder(path: Path, clip: Clip) -> VideoFacts:
    found = folder.listed(path, clip.fps)
    rows = clip.rows(found.seconds, path.name)
    first = next(
        (p for p in (folder.picture(found.files[row], None) for row in rows) if p is not None), None
    )
    if first is None:
        raise _nothing(path)
    height, width = first.shape[:2]
    fps, times = timing(found.seconds[rows.start : rows.stop], (clip.fps or 1.0,))
    return VideoFacts(
        path.resolve().name, width, height, fps, len(rows), folder.fingerprint(found), times
    )


def _of_file(path: Path, clip: Clip, limits: Limits) -> VideoFacts:
    with opened(path) as (container, stream):
        _check_size(stream.width, stream.height, limits, path)
        first = next((f for f in decoded_frames(container, stream) if f is not None), None)
        if first is None:
            raise _nothing(path)
        shape = Shape(first, stream.sample_aspect_ratio)
        several = len(films(container))
        if several > 1:
            said = f"{path.name} holds {several} films; stream {stream.index} of it is taken"
            warnings.warn(f"{said} ({shape.width}x{shape.height}).", LartWarning, stacklevel=4)
    known = read_index(path)
    rows = clip.rows(known.seconds, path.name)
    fps, times = timing(known.seconds[rows.start : rows.stop], known.rates)
    return VideoFacts(path.name, shape.width, shape.height, fps, len(rows), sha256(path), times)


def _check_size(width: int, height: int, limits: Limits, path: Path) -> None:
    if width * height > limits.megapixels * 1e6:
        raise LartError(
            f"Expected at most {limits.megapixels:g} megapixels a frame, but {path.name} has "
            f"{width}x{height}; scale it down first."
        )


def _nothing(path: Path) -> LartError:
    return LartError(f"Expected a video, but {path.name} holds no frame that can be decoded.")
