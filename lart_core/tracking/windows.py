"""AVA's protocol: people are followed in a window around each keyframe, not through a film."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lart_core.errors import LartError
from lart_core.perception.protocols import Bodies, Detections
from lart_core.tracking.video_tracks import track
from lart_core.tracklet import Tracklet, VideoFacts


@dataclass(frozen=True)
class Window:
    """Frames first..last (both included) around a keyframe."""

    keyframe: int
    first: int
    last: int


def windows(keyframes: Iterable[int], video: VideoFacts, seconds: float = 4.0) -> list[Window]:
    """A window centred on each keyframe, cut at the ends of the video. Source: supplement B.1."""
    half = round(seconds * video.fps / 2)
    if half < 1:
        raise LartError(f"Expected windows of at least two frames, but got {seconds} s.")
    last = video.frames - 1
    return [Window(k, max(k - half, 0), min(k + half, last)) for k in sorted(set(keyframes))]


def keyframes(video: VideoFacts, hz: float = 1.0) -> list[int]:
    """Frames at whole ticks of `hz`, from the video's start."""
    if not 0 < hz <= video.fps:
        raise LartError(f"Expected keyframes at up to {video.fps} Hz, but got {hz}.")
    count = int((video.frames - 1) / video.fps * hz) + 1
    return [round(i * video.fps / hz) for i in range(count)]


def track_windows(
    detections: Sequence[Detections],
    bodies: Sequence[Bodies],
    video: VideoFacts,
    around: Sequence[Window],
    **options: Any,
) -> list[Tracklet]:
    """Follow the people of each window by itself.

    Windows overlap, and nothing is merged: a person has a tracklet in each window, with an
    identity of its own. `provenance["keyframe"]` says which window a tracklet is from; what is
    predicted at a keyframe comes from its own window's tracklets. Those that do not reach the
    keyframe are left out.

    Args:
        detections, bodies: Of the whole video.
        options: See `track`.
    """
    people: list[Tracklet] = []
    for window in around:
        part = slice(window.first, window.last + 1)
        found = track(detections[part], bodies[part], video, first=window.first, **options)
        here = [t for t in found if t.first <= window.keyframe <= t.last]
        for tracklet in here:
            marked = {**tracklet.provenance, "keyframe": str(window.keyframe)}
            people.append(replace(tracklet, track_id=len(people) + 1, provenance=marked))
    return people
