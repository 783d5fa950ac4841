"""AVA's protocol: people are followed in a window around each keyframe, not through a film."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from lart_core.boxes import iou
from lart_core.errors import LartError
from lart_core.perception.protocols import Bodies, Detections
from lart_core.tracking.video_tracks import track
from lart_core.tracklet import Tracklet, VideoFacts

SAME = 0.5
"""Share of the frames that two windows see two tracklets in, in which their boxes must overlap by
as much, for the two to be one person."""


@dataclass(frozen=True)
class Window:
    """Frames first..last (both included) around a keyframe."""

    keyframe: int
    first: int
    last: int


def windows(keyframes: Iterable[int], video: VideoFacts, seconds: float = 4.0) -> list[Window]:
    """A window centred on each keyframe, cut at the ends of the video. Source: supplement B.1."""
    if round(seconds * video.fps / 2) < 1:
        raise LartError(f"Expected windows of at least two frames, but got {seconds} s.")
    at = np.array(sorted(set(keyframes)), np.int64)
    half, last = seconds / 2 - 1e-6, video.frames - 1
    first = np.maximum(video.frame_at(video.second_of(at) - half), 0)
    end = np.minimum(video.frame_at(video.second_of(at) + half), last)
    return [Window(*row) for row in zip(at.tolist(), first.tolist(), end.tolist(), strict=True)]


def keyframes(video: VideoFacts, hz: float | None = None, begins_at: float = 0.0) -> list[int]:
    """The frames on the screen at whole ticks of `hz` (by default 1) of the film's clock.

    A picture that stands for several ticks is there once.

    Args:
        begins_at: Second of the film at which the video begins.
    """
    return np.unique(ticks(video, hz, begins_at)[0]).tolist()


def ticks(
    video: VideoFacts, hz: float | None = None, begins_at: float = 0.0
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Those frames, one a tick, and the second of each tick since the first frame."""
    hz = 1.0 if hz is None else hz
    if not 0 < hz <= video.fps:
        raise LartError(f"Expected keyframes at up to {video.fps} Hz, but got {hz}.")
    end = begins_at + float(video.second_of(video.frames - 1))
    film = np.arange(np.ceil(begins_at * hz - 1e-6), np.floor(end * hz + 1e-6) + 1) / hz
    return video.frame_at(film - begins_at), film - begins_at


def track_windows(
    detections: Sequence[Detections],
    bodies: Sequence[Bodies],
    video: VideoFacts,
    around: Sequence[Window],
    **options: Any,
) -> list[Tracklet]:
    """Follow the people of each window by itself.

    Windows overlap, and nothing is merged: a person has a tracklet in each window, with a
    `track_id` of its own. `keyframe` says which window a tracklet is from; what is predicted at a
    keyframe comes from its own window's tracklets. Those that do not reach the keyframe are left
    out. `person` says which tracklets are one person, for whoever looks at the video as a whole:
    the boxes of two windows lie on each other in the frames that both see.

    Args:
        detections, bodies: Of the whole video.
        options: See `track`.
    """
    people: list[Tracklet] = []
    latest: dict[int, Tracklet] = {}
    for window in around:
        part = slice(window.first, window.last + 1)
        found = track(detections[part], bodies[part], video, first=window.first, **options)
        here = [t for t in found if t.first <= window.keyframe <= t.last]
        known = _who(here, latest)
        for tracklet, person in zip(here, known, strict=True):
            track_id = len(people) + 1
            who = track_id if person is None else person
            marked = replace(tracklet, track_id=track_id, keyframe=window.keyframe, person=who)
            latest[who] = marked
            people.append(marked)
    return people


def _who(here: Sequence[Tracklet], latest: dict[int, Tracklet]) -> list[int | None]:
    """Which of the people, by their tracklets in the latest windows, each of these is."""
    persons = [who for who, last in latest.items() if any(last.last >= t.first for t in here)]
    found: list[int | None] = [None] * len(here)
    if not persons:
        return found
    alike = np.array([[_alike(latest[who], t) for t in here] for who in persons])
    for row, column in zip(*linear_sum_assignment(-alike), strict=True):
        if alike[row, column] >= SAME:
            found[column] = persons[row]
    return found


def _alike(a: Tracklet, b: Tracklet) -> float:
    """Share of the frames in which both are seen that have them in one place."""
    first, last = max(a.first, b.first), min(a.last, b.last)
    if first > last:
        return 0.0
    parts = [slice(first - t.first, last + 1 - t.first) for t in (a, b)]
    seen = (a.score[parts[0]] > 0) & (b.score[parts[1]] > 0)
    near = iou(a.box[parts[0]], b.box[parts[1]]) >= SAME
    return float(near[seen].mean()) if seen.any() else 0.0
