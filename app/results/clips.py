"""The videos of result sets: found, cut around a moment, and copied so that every browser plays.

A video is in the folder that its set was opened with, or it is one that was processed here.
Long videos are never copied whole: a copy is a `Stretch` of a few seconds around a moment.
"""

import hashlib
import shutil
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.ava import result_set
from analysis.runs.ava_predictions import video_id
from app.spaces import quota
from app.storage import runs
from lart_core import video
from lart_core.errors import LartError
from lart_core.paths import workspace
from lart_core.runs.run import Run

SHORT = 30.0
"""A video of at most so many seconds is copied whole."""
STEP, MARGIN = 6.0, 3.0
"""Of a longer one `STEP` seconds and `MARGIN` more on either side."""
KEPT = 2_000_000_000
"""Bytes of copies that are kept; the longest unused go first."""
KEPT_OF_VISITOR = 200_000_000
AVA_BEGIN = 900.0
"""Second of the film at which the 15-minute clips that AVA's tools cut begin."""

_making = threading.Lock()


@dataclass(frozen=True)
class Stretch:
    """Seconds of a video from `begin` to `end`."""

    begin: float
    end: float


@dataclass(frozen=True)
class Film:
    """A video at hand.

    Attributes:
        path: Its file.
        seconds: How long it is.
        begins_at: The timestamp, as in the set's tables, of its first frame.
    """

    path: Path
    seconds: float
    begins_at: float

    def holds(self, timestamp: float) -> bool:
        """Whether the video reaches to a moment."""
        return 0.0 <= timestamp - self.begins_at <= self.seconds

    def stretch(self, timestamp: float) -> Stretch:
        """The part that is copied for a moment, given as in the set's tables."""
        if self.seconds <= SHORT:
            return Stretch(0.0, self.seconds)
        at = min(max(timestamp - self.begins_at, 0.0), self.seconds)
        begin = at // STEP * STEP
        return Stretch(max(begin - MARGIN, 0.0), min(begin + STEP + MARGIN, self.seconds))


def find(set_id: str, name: str) -> Film | None:
    """The video that a set calls by a name; None where it is not at hand."""
    return at_hand(set_id, [name]).get(name)


def at_hand(set_id: str, names: Iterable[str]) -> dict[str, Film]:
    """Those of a set's videos that are at hand, by name.

    Where nobody told when a video begins in its film, and its last keyframe lies beyond its end, it
    is taken for one of AVA's 15-minute clips.
    """
    files = {name: result_set.video_file(set_id, name) for name in names}
    processed = _processed() if None in files.values() else {}
    found = {}
    for name, file in files.items():
        if not result_set.moments(set_id, name).size:
            continue
        if file is not None:
            found[name] = _film(set_id, name, file)
        elif name in processed:
            found[name] = _film_of_run(set_id, name, processed[name])
    return {name: film for name, film in found.items() if film is not None}


def _film_of_run(set_id: str, name: str, run: Run) -> Film | None:
    """A processed video, which may be a part of one, as one of a set's."""
    if run.player is None:
        return None
    return _film(set_id, name, run.player, run.video_begins_at or None, run.begun(0.0))


def _film(
    set_id: str, name: str, path: Path, begins_at: float | None = None, start: float = 0.0
) -> Film | None:
    """A file as one of a set's videos; None where it cannot be played.

    Args:
        begins_at: Second of the film at which the video begins, as far as it is known without
            the set.
        start: Second of the video at which the file begins.
    """
    try:
        seconds = video.seconds(path)
    except LartError:
        return None
    told = result_set.begins_at(set_id)
    begins_at = begins_at if told is None else told
    if begins_at is None:
        begins_at = _guessed(start + seconds, result_set.moments(set_id, name))
    return Film(path, seconds, begins_at + start)


def _guessed(seconds: float, moments: NDArray[np.float64]) -> float:
    """Second of the film at which a video that is so long begins, by its keyframes."""
    clip = moments[0] >= AVA_BEGIN and seconds < moments[-1] <= seconds + AVA_BEGIN
    return AVA_BEGIN if clip else 0.0


def copy(film: Film, stretch: Stretch) -> Path:
    """A stretch as a file that every browser plays and seeks in; made once.

    Raises:
        LartError: Nothing of the video can be decoded there.
    """
    facts = film.path.stat()
    words = f"{film.path}|{facts.st_size}|{facts.st_mtime_ns}|{stretch.begin}|{stretch.end}"
    path = _folder() / f"{hashlib.sha256(words.encode()).hexdigest()[:24]}.mp4"
    with _making:
        if path.is_file():
            path.touch()
            return path
        pictures = video.stretch(film.path, stretch.begin, stretch.end)
        video.write_player(path, pictures, video.STRETCH_RATE)
        _forget()
    return path


def forget_copies() -> None:
    """Delete all copies of stretches; they are made again when somebody plays them."""
    shutil.rmtree(_folder(), ignore_errors=True)


def picture(film: Film, timestamp: float) -> NDArray[np.uint8] | None:
    """The frame of a moment, RGB (H, W, 3); None if the video does not reach so far."""
    if not film.holds(timestamp):
        return None
    at = timestamp - film.begins_at
    return next(video.stretch(film.path, at, at + 1 / video.STRETCH_RATE), None)


def _processed() -> dict[str, Run]:
    """Processed videos by the name that tables have for them; of one name the latest."""
    return {video_id(entry.run): entry.run for entry in reversed(runs.ready())}


def _folder() -> Path:
    return workspace().folder / "films"


def _forget() -> None:
    """Delete the longest unused copies beyond `KEPT` bytes."""
    total = 0
    for path in sorted(_folder().glob("*.mp4"), key=lambda p: -p.stat().st_mtime):
        total += path.stat().st_size
        if total > (KEPT_OF_VISITOR if quota.limited() else KEPT):
            path.unlink(missing_ok=True)
