"""People of a video that was followed window by window, each as one: for whoever looks at it whole.

A person has a tracklet in each window (`lart_core.tracking.windows`). Every frame of the person is
taken from the tracklet whose keyframe is nearest to it; the method itself never sees such a whole.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from lart_core.tracklet.data import LAYOUT, WHERE_KNOWN, Tracklet
from lart_core.tracklet.store import TrackletSet

Part = tuple[int, int, int]
"""Row of a set, first and last frame that is taken from it."""


def in_windows(tracklets: TrackletSet) -> bool:
    """Whether the people were followed window by window."""
    return any(keyframe is not None for keyframe in tracklets.keyframes)


def parts(tracklets: TrackletSet) -> dict[int, list[Part]]:
    """Person -> what is taken from each of the person's tracklets, in the order of frames."""
    rows: dict[int, list[int]] = {}
    for row, person in enumerate(tracklets.persons):
        rows.setdefault(person, []).append(row)
    return {person: _shared(own, tracklets) for person, own in sorted(rows.items())}


def stitched(tracklets: TrackletSet) -> Iterator[Tracklet]:
    """One tracklet a person, under the person's number and without a keyframe."""
    for person, own in parts(tracklets).items():
        pieces = [tracklets[row].between(first, last) for row, first, last in own]
        yield _joined(pieces, person)


def _shared(rows: list[int], tracklets: TrackletSet) -> list[Part]:
    spans = tracklets.spans[rows]
    start = int(spans[:, 0].min())
    owner = np.full(int(spans[:, 1].max()) + 1 - start, -1)
    nearest = np.full(len(owner), np.inf)
    for row, (first, last) in zip(rows, spans.tolist(), strict=True):
        keyframe = tracklets.keyframes[row]
        frames = np.arange(first, last + 1)
        distance = np.abs(frames - (first if keyframe is None else keyframe))
        better = distance < nearest[frames - start]
        nearest[frames[better] - start] = distance[better]
        owner[frames[better] - start] = row
    edges = np.flatnonzero(np.diff(owner, prepend=-2, append=-2))
    return [
        (int(owner[a]), start + int(a), start + int(b) - 1)
        for a, b in pairwise(edges)
        if owner[a] >= 0
    ]


def _joined(pieces: list[Tracklet], person: int) -> Tracklet:
    masked = any(piece.mask is not None for piece in pieces)
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(piece, name) for piece in pieces])
        for name in LAYOUT
        if name not in ("appearance", *WHERE_KNOWN)
    }
    for name in WHERE_KNOWN:
        rows = [getattr(piece, name) for piece in pieces]
        arrays[name] = np.concatenate(rows) if all(map(len, rows)) else rows[0][:0]
    vectors = [piece.appearance for piece in pieces if len(piece.appearance)]
    arrays["appearance"] = np.concatenate(vectors) if vectors else pieces[0].appearance
    masks = tuple(m for piece in pieces for m in (piece.mask or (None,) * len(piece)))
    return replace(
        pieces[0],
        track_id=person,
        mask=masks if masked else None,
        keyframe=None,
        person=None,
        **arrays,
    )
