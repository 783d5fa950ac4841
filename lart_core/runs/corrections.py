"""What people corrected in a run: a layer of its own beside what the models say.

Two things can be corrected: *who is who* (`Corrections.people`) and *who does what when*
(`Corrections.spans`). Neither changes what was tracked or what a model said; `Run.people` and
`Run.actions_of_people` show the first, `lart_core.training.corrected_labels` teaches the second.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from lart_core.atomic_files import alone, write_json
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError
from lart_core.series import joined
from lart_core.stored_files import checked_entries, expect_format, reading

FORMAT = "lart-lens corrections 1"
FILE = "corrections.json"
MOST_SPANS = 20_000
"""Spans of one run at the most; far more than a person draws."""

_SPAN = {"person": int, "action": int, "first": int, "last": int}
_PIECE = {"track": int, "first": int, "last": int}


@dataclass(frozen=True, order=True)
class Span:
    """Somebody does something: `person` does `action` (an AVA id) in frames first..last."""

    person: int
    action: int
    first: int
    last: int


@dataclass(frozen=True)
class Piece:
    """Frames first..last of somebody as tracked (`track`, an id of `Run.tracked_people`)."""

    track: int
    first: int
    last: int


@dataclass(frozen=True)
class Deleted:
    """Somebody who was deleted, as they come back.

    Attributes:
        pieces: As in `Corrections.people`; none: as tracked.
        spans: What was drawn of them.
    """

    pieces: tuple[Piece, ...] = ()
    spans: tuple[Span, ...] = ()

    def record(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "pieces": [asdict(piece) for piece in self.pieces],
            "spans": [asdict(span) for span in sorted(self.spans)],
        }


@dataclass(frozen=True)
class Corrections:
    """The corrections of one run.

    Attributes:
        spans: What people do. In a frame in which a person has any, all other actions are known
            not to be; in a frame without any, nothing is known (as with AVA's annotations).
        people: Person -> the pieces that the person is made of, in the order of frames; no pieces
            for one who was deleted or merged into another. Whoever is not named is as tracked.
        revision: Counts the savings.
        deleted: Whoever was deleted, as they come back: nothing of them counts until then.
    """

    spans: tuple[Span, ...] = ()
    people: Mapping[int, tuple[Piece, ...]] = field(default_factory=dict)
    revision: int = 0
    deleted: Mapping[int, Deleted] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything was corrected."""
        return bool(self.spans or self.people)

    def actions(self) -> list[int]:
        """AVA ids of the actions that occur, ascending."""
        return sorted({span.action for span in self.spans})

    def of(self, person: int) -> dict[int, list[list[int]]]:
        """What a person does: AVA id -> stretches [first, last] that neither touch nor overlap."""
        found: dict[int, list[list[int]]] = {}
        for span in self.spans:
            if span.person == person:
                found.setdefault(span.action, []).append([span.first, span.last])
        return {action: joined(spans) for action, spans in sorted(found.items())}

    def pieces(self, tracked: Mapping[int, tuple[int, int]]) -> dict[int, tuple[Piece, ...]]:
        """Everyone who is there, by person.

        Args:
            tracked: Track -> first and last frame.

        Raises:
            LartError: A piece is none of these tracks, two people share a frame of a track, or
                somebody does something who is not there then.
        """
        whole = {i: (Piece(i, *span),) for i, span in tracked.items() if i not in self.people}
        found = whole | {person: pieces for person, pieces in self.people.items() if pieces}
        _check_pieces(found.values(), tracked)
        for span in self.spans:
            own = found.get(span.person)
            if own is None or span.first < own[0].first or span.last > own[-1].last:
                raise LartError(
                    f"Expected the corrections to be of this run's people, but person "
                    f"{span.person} is not there in frames {span.first} to {span.last}; were its "
                    f"people tracked anew? Remove or rename {FILE} of the run."
                )
        return dict(sorted(found.items()))

    def record(self) -> dict[str, Any]:
        """As JSON holds it (docs/reference/run_folder.md)."""
        return {
            "format": FORMAT,
            "revision": self.revision,
            "spans": [asdict(span) for span in sorted(self.spans)],
            "people": {
                str(person): [asdict(piece) for piece in pieces]
                for person, pieces in sorted(self.people.items())
            },
            "deleted": {str(who): each.record() for who, each in sorted(self.deleted.items())},
        }

    @classmethod
    def from_record(cls, record: Any) -> "Corrections":
        """The way back from `record`.

        Raises:
            LartError: It is none, or frames or actions in it cannot be. Whether they are of a run
                says `pieces`.
        """
        try:
            checked_entries(record, {"revision": int, "spans": list, "people": dict})
            spans = _spans(record["spans"])
            people = {int(who): _pieces(pieces) for who, pieces in record["people"].items()}
            deleted = _deleted(record["deleted"]) if "deleted" in record else _gone(people)
        except (ValueError, TypeError) as error:
            raise LartError(f"Expected corrections of a run, but {error}.") from None
        every = [*spans, *(span for each in deleted.values() for span in each.spans)]
        if len(every) > MOST_SPANS:
            raise LartError(f"Expected at most {MOST_SPANS} spans, but got {len(every)}.")
        for action in {span.action for span in every} - ava_actions().keys():
            raise LartError(f"Expected AVA's actions (1 to 80), but got {action}.")
        for who in deleted:
            if people.get(who) != ():
                raise LartError(f"Expected deleted people to be gone, but person {who} is not.")
        return cls(spans, people, record["revision"], deleted)


NOTHING = Corrections()
"""Where nobody corrected anything."""


def load_corrections(run: Path) -> Corrections:
    """The corrections of a run's folder; none where it has no such file.

    Raises:
        LartError: The file is damaged, or of another format.
    """
    path = run / FILE
    what = f"The file {FILE} of the run {run.name}"
    with reading(path, what, "restore it from a copy, or remove it to see what was tracked"):
        try:
            stamp = path.stat()
        except FileNotFoundError:
            return NOTHING
        return _read(path, stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)


def save_corrections(
    run: Path, corrections: Corrections, tracked: Mapping[int, tuple[int, int]]
) -> Corrections:
    """Keep corrections in a run's folder, whole or not at all, as its next revision.

    Args:
        corrections: `revision` is the one that they were made on.
        tracked: As in `Corrections.pieces`.

    Returns:
        What was written, with its revision.

    Raises:
        LartError: Somebody else has saved since, or they do not fit the run.
    """
    corrections.pieces(tracked)
    with alone(run / "tracklets"):
        present = load_corrections(run).revision
        if corrections.revision != present:
            raise LartError(
                f"Expected corrections of revision {present}, but these were made on revision "
                f"{corrections.revision}: another window has saved since. Load the page anew."
            )
        kept = replace(corrections, revision=present + 1)
        write_json(run / FILE, kept.record())
    return kept


@lru_cache(maxsize=64)
def _read(path: Path, *_stamp: int) -> Corrections:
    record = json.loads(path.read_text(encoding="utf-8"))
    checked_entries(record, {"format": str})
    expect_format(record["format"], FORMAT)
    return Corrections.from_record(record)


def _spans(given: Iterable[Any]) -> tuple[Span, ...]:
    return tuple(Span(**_numbers(each, _SPAN)) for each in given)


def _pieces(given: Iterable[Any]) -> tuple[Piece, ...]:
    return tuple(Piece(**_numbers(each, _PIECE)) for each in given)


def _deleted(given: Any) -> dict[int, Deleted]:
    """Whoever was deleted, as `Corrections.record` holds them."""
    found = {}
    for who, kept in checked_entries(given, {}).items():
        checked_entries(kept, {"pieces": list, "spans": list})
        found[int(who)] = Deleted(_pieces(kept["pieces"]), _spans(kept["spans"]))
        if any(span.person != int(who) for span in found[int(who)].spans):
            raise ValueError(f"deleted person {who} has another's spans")
    return found


def _gone(people: Mapping[int, tuple[Piece, ...]]) -> dict[int, Deleted]:
    """Whoever was deleted by a version that did not keep of whom: their spans are lost, and they
    come back as tracked. One whose track is in somebody else was merged, not deleted."""
    taken = {piece.track for pieces in people.values() for piece in pieces}
    return {who: Deleted() for who, pieces in people.items() if not pieces and who not in taken}


def _numbers(value: Any, entries: Mapping[str, type]) -> dict[str, int]:
    """The entries of a span or piece, whose frames must ascend."""
    checked_entries(value, entries)
    found = {name: value[name] for name in entries}
    if any(isinstance(number, bool) or number < 0 for number in found.values()):
        raise ValueError(f"{found} has numbers that cannot be")
    if found["first"] > found["last"]:
        raise ValueError(f"{found} ends before it begins")
    return found


def _check_pieces(
    people: Iterable[Sequence[Piece]], tracked: Mapping[int, tuple[int, int]]
) -> None:
    taken: dict[int, list[Piece]] = {}
    for pieces in people:
        for before, piece in zip((None, *pieces), pieces, strict=False):
            first, last = tracked.get(piece.track, (0, -1))
            if piece.first < first or piece.last > last:
                raise LartError(
                    f"Expected pieces of this run's tracks, but track {piece.track} has no frames "
                    f"{piece.first} to {piece.last}; were its people tracked anew? Remove or "
                    f"rename {FILE} of the run."
                )
            if before is not None and piece.first <= before.last:
                raise LartError("Expected the pieces of a person in the order of frames.")
            taken.setdefault(piece.track, []).append(piece)
    for track, pieces in taken.items():
        own = sorted(pieces, key=lambda piece: piece.first)
        for one, other in pairwise(own):
            if other.first <= one.last:
                raise LartError(
                    f"Expected each frame of track {track} to be one person's, but frame "
                    f"{other.first} is two people's."
                )
