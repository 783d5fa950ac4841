"""The people of a run as somebody corrected them: made of pieces of what was tracked."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.runs.actions import Actions, PersonActions
from lart_core.runs.corrections import Piece
from lart_core.series import between
from lart_core.tracklet import Tracklet, TrackletSet
from lart_core.tracklet.data import LAYOUT, WHERE_KNOWN
from lart_core.tracklet.sequence import Tracklets

Arrays = dict[str, NDArray[Any]]
PER_FRAME = tuple(name for name, (_, shape) in LAYOUT.items() if shape[0] == "T")


class CorrectedPeople(Tracklets):
    """Everyone as corrected, each read from disk when asked for; the same questions as a
    `TrackletSet` answers.

    Between two pieces of one person nobody was seen: the box moves evenly, the body stays as it
    was, `detected` is False and `score` 0, as in a tracker's own gaps.

    Attributes:
        track_ids: Everyone, ascending. spans: (N, 2) first and last frame of each.
        videos, keyframes, persons: As of a `TrackletSet`.
    """

    def __init__(self, tracked: TrackletSet, people: Mapping[int, tuple[Piece, ...]]) -> None:
        self._tracked, self._people = tracked, dict(sorted(people.items()))
        self.path = tracked.path
        self.track_ids = list(self._people)
        self.spans = np.array(
            [[own[0].first, own[-1].last] for own in self._people.values()], np.int64
        ).reshape(-1, 2)
        self.videos = [tracked.videos[0]] * len(self) if len(tracked) else []
        self.keyframes: list[int | None] = [None] * len(self)
        self.persons = self.track_ids

    def _read(self, row: int) -> Tracklet:
        return self.by_id(self.track_ids[row])

    def by_id(self, track_id: int) -> Tracklet:
        """A person; a `LartError` where there is none of this number."""
        own = self._pieces(track_id)
        read = {piece.track: self._tracked.by_id(piece.track) for piece in own}
        parts = [read[piece.track].between(piece.first, piece.last) for piece in own]
        return parts[0] if self._as_tracked(track_id) else _joined(parts, track_id)

    def part(self, track_id: int, first: int, last: int) -> Tracklet:
        """As `TrackletSet.part`."""
        own = self._pieces(track_id)
        if first > own[-1].last or last < own[0].first:
            raise LartError(
                f"Expected frames of {own[0].first} to {own[-1].last}, but got {first} to {last}."
            )
        inside = [p for p in own if p.last >= first and p.first <= last]
        before = [Piece(p.track, p.last, p.last) for p in own if p.last < first][-1:]
        after = [Piece(p.track, p.first, p.first) for p in own if p.first > last][:1]
        wanted = [Piece(p.track, max(p.first, first), min(p.last, last)) for p in inside]
        parts = [
            self._tracked.part(piece.track, piece.first, piece.last)
            for piece in (*before, *wanted, *after)
        ]
        return _joined(parts, track_id).between(first, last)

    def columns(self, track_id: int, *names: str) -> Arrays:
        """As `TrackletSet.columns`, for arrays with a row a frame."""
        own = self._pieces(track_id)
        if self._as_tracked(track_id):
            return self._tracked.columns(track_id, *names)
        wanted = dict.fromkeys(("frame", *names))
        read = {p.track: self._tracked.columns(p.track, *wanted) for p in own}
        parts = [_cut(read[p.track], p) for p in own]
        found = _filled(parts)
        return {name: found[name] for name in names}

    def stretch(self, track_id: int, first: int, last: int, *names: str) -> Arrays:
        """As `TrackletSet.stretch`."""
        own = self._pieces(track_id)
        if first > own[-1].last or last < own[0].first:
            return {name: values[:0] for name, values in self.columns(track_id, *names).items()}
        part = self.part(track_id, first, last)
        return {name: getattr(part, name) for name in names}

    def masks(
        self, track_id: int, first: int | None = None, last: int | None = None
    ) -> tuple[bytes | None, ...] | None:
        """As `TrackletSet.masks`."""
        own = self._pieces(track_id)
        start = own[0].first if first is None else max(first, own[0].first)
        end = own[-1].last if last is None else min(last, own[-1].last)
        found: list[bytes | None] = [None] * max(end + 1 - start, 0)
        for piece in own:
            low, high = max(piece.first, start), min(piece.last, end)
            masks = self._tracked.masks(piece.track, low, high) if low <= high else None
            if masks is not None:
                found[low - start : high + 1 - start] = masks
        return tuple(found) if self.has_masks(track_id) else None

    def has_masks(self, track_id: int) -> bool:
        """As `TrackletSet.has_masks`."""
        return any(self._tracked.has_masks(piece.track) for piece in self._pieces(track_id))

    def provenance(self, track_id: int) -> dict[str, str]:
        """As `TrackletSet.provenance`, of the first track that the person is made of."""
        return self._tracked.provenance(self._pieces(track_id)[0].track)

    def _pieces(self, track_id: int) -> tuple[Piece, ...]:
        if track_id not in self._people:
            raise LartError(f"Expected a person of this run, but there is no {track_id}.")
        return self._people[track_id]

    def _as_tracked(self, person: int) -> bool:
        """Whether a person is a track of the same number, from its first to its last frame."""
        own = self._people[person]
        if len(own) > 1 or own[0].track != person:
            return False
        span = self._tracked.spans[self._tracked.track_ids.index(person)].tolist()
        return span == [own[0].first, own[0].last]


def corrected_actions(said: Actions, people: Mapping[int, tuple[Piece, ...]]) -> Actions:
    """What a model says of everyone as tracked -> of everyone as corrected, piece by piece."""
    found = {}
    for person, pieces in people.items():
        parts: list[Arrays] = []
        for piece in pieces:
            own = said.people.get(piece.track)
            if own is not None:
                here = (own.frame >= piece.first) & (own.frame <= piece.last)
                part: Arrays = {"frame": own.frame[here], "probability": own.probability[here]}
                parts += [part] if len(part["frame"]) else []
        if parts:
            both = _filled(parts)
            found[person] = PersonActions(both["frame"], both["probability"].astype(np.float32))
    return replace(said, people=found)


def _joined(parts: Sequence[Tracklet], person: int) -> Tracklet:
    """Pieces of tracklets as one tracklet."""
    known = [name for name in WHERE_KNOWN if all(len(getattr(part, name)) for part in parts)]
    names = (*PER_FRAME, *known)
    arrays = _filled([{name: getattr(part, name) for name in names} for part in parts])
    for name in set(WHERE_KNOWN).difference(known):
        arrays[name] = getattr(parts[0], name)[:0]
    sizes = {part.appearance.shape[1] for part in parts if len(part.appearance)}
    with_vectors = [part for part in parts if len(part.appearance)] if len(sizes) == 1 else []
    vectors: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in with_vectors])
        if with_vectors
        else getattr(parts[0], name)[:0]
        for name in ("appearance", "appearance_frame")
    }
    vectors["given"] = np.concatenate([part.given for part in parts])
    mask = _masks(parts, int(arrays["frame"][0]), len(arrays["frame"]))
    kept = {f.name: getattr(parts[0], f.name) for f in fields(Tracklet)}
    plain = {"track_id": person, "mask": mask, "keyframe": None, "person": None}
    return Tracklet(**kept | arrays | vectors | plain)


def _masks(parts: Sequence[Tracklet], first: int, frames: int) -> tuple[bytes | None, ...] | None:
    if all(part.mask is None for part in parts):
        return None
    found: list[bytes | None] = [None] * frames
    for part in parts:
        if part.mask is not None:
            found[part.first - first : part.last + 1 - first] = part.mask
    return tuple(found)


def _cut(columns: Arrays, piece: Piece) -> Arrays:
    rows = slice(*np.searchsorted(columns["frame"], [piece.first, piece.last + 1]))
    return {name: values[rows] for name, values in columns.items()}


def _filled(parts: Sequence[Arrays]) -> Arrays:
    """Arrays of pieces in the order of frames -> of all frames, with what is made up between."""
    pieces = [parts[0]]
    for part in parts[1:]:
        before, after = pieces[-1], part
        missing = np.arange(before["frame"][-1] + 1, after["frame"][0])
        if len(missing):
            pieces.append({name: _gap(name, before, after, missing) for name in part})
        pieces.append(part)
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in parts[0]}


def _gap(
    name: str,
    before: Arrays,
    after: Arrays,
    missing: NDArray[np.int64],
) -> NDArray[Any]:
    """(G, ...) of one array in the G frames between two pieces."""
    if name == "frame":
        return missing
    last, first = before[name][-1:], after[name][:1]
    if name in ("detected", "score"):
        return np.zeros(len(missing), last.dtype)
    if name == "unseen":
        return np.repeat(np.ones_like(last), len(missing), axis=0)
    if name in ("box", "camera", "probability"):
        share = np.arange(1, len(missing) + 1) / (len(missing) + 1)
        return between(np.concatenate([last, first]), share)
    return np.repeat(last, len(missing), axis=0)
