"""Whom each person is with, for models that see people together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lart_core.model.inputs import Inputs
from lart_core.tracklet import Tracklet
from lart_core.tracklet.sight import seen

NEAR = 2.5
"""Heights of people from the middle of one to that of another, within which they are together."""


def with_company(
    tracks: Sequence[Inputs],
    tracklets: Sequence[Tracklet],
    windows: Sequence[int | None],
    begins: Sequence[int],
    frames: int,
) -> list[Inputs]:
    """The inputs of people with those of the nearest other person beside them.

    Who is nearest is decided anew for every `frames` frames, by the median distance while both are
    in sight; whoever is farther away than 2.5 heights is not there. Nor is whoever is of another
    keyframe's window, which shows the same people again.

    Args:
        tracks: (T, size) arrays a person, `has_detection` among them.
        tracklets: The same people, all at one frame rate.
        windows: The keyframe of each one's window, or None (`Tracklet.keyframe`; another frame rate
            has none).
        begins: The frame of the video, at that rate, in which each of them begins.
        frames: Longest sequence of the network.

    Returns:
        (T, 2, size) arrays a person who has company somewhere, and the others' as they are.
    """
    together = []
    for who, inputs in enumerate(tracks):
        other, row = _nearest(who, tracklets, windows, begins, frames)
        if (other < 0).all():
            together.append(inputs)
            continue
        both = {}
        for name, value in inputs.items():
            beside = np.zeros_like(value)
            for each in np.unique(other[other >= 0]).tolist():
                there = other == each
                beside[there] = tracks[each][name][row[there]]
            both[name] = np.stack([value, beside], axis=1)
        together.append(both)
    return together


def _nearest(
    who: int,
    tracklets: Sequence[Tracklet],
    windows: Sequence[int | None],
    begins: Sequence[int],
    frames: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(T,) who is nearest to a person in each frame (-1: nobody), and the row of that tracklet."""
    ego = tracklets[who]
    other, row = np.full(len(ego), -1), np.zeros(len(ego), np.int64)
    for start in range(0, len(ego), frames):
        mine = np.arange(start, min(start + frames, len(ego)))
        best = NEAR
        for number, tracklet in enumerate(tracklets):
            theirs = mine + begins[who] - begins[number]
            inside = (theirs >= 0) & (theirs < len(tracklet))
            if number == who or windows[number] != windows[who] or not inside.any():
                continue
            distance = _distance(ego, mine[inside], tracklet, theirs[inside])
            if distance < best:
                best = distance
                other[mine] = np.where(inside, number, -1)
                row[mine] = np.where(inside, theirs, 0)
    return other, row


def _distance(
    one: Tracklet, rows: NDArray[np.int64], two: Tracklet, others: NDArray[np.int64]
) -> float:
    """Median distance in heights of two people while both are seen; infinite where never."""
    both = seen(one)[rows] & seen(two)[others]
    if not both.any():
        return float("inf")
    a, b = one.box[rows[both]], two.box[others[both]]
    apart = np.linalg.norm((a[:, :2] + a[:, 2:] - b[:, :2] - b[:, 2:]) / 2, axis=1)
    height = (a[:, 3] - a[:, 1] + b[:, 3] - b[:, 1]) / 2
    return float(np.median(apart / np.maximum(height, 1)))
