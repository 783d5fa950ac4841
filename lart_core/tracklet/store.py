"""Our own tracklet files: safetensors shards beside a Parquet index, free of pickle and chance.

A set is a folder: ``index.parquet`` has one row a tracklet (identity, video, frames, shard), and
each shard holds the arrays of some tracklets under ``<row>/<name>``. Videos of variable rate have
their frames' seconds in ``times.safetensors``, under the numbers that ``facts`` names. The same
tracklets always give the same bytes: arrays are written in a fixed order and a shard's header has
one entry only (safetensors shuffles several).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import lru_cache
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from safetensors.numpy import save

from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.stored_files import expect_format, open_safetensors, reading
from lart_core.tracklet.data import LAYOUT, WHERE_KNOWN, Tracklet, check_shapes, typed_array
from lart_core.tracklet.sequence import Tracklets
from lart_core.tracklet.times import TIMES, load_times, save_times
from lart_core.tracklet.video_facts import VideoFacts

FORMAT = "lart-lens tracklets 2"
OLDER = "lart-lens tracklets 1"
"""Without `given` and `person`, and with the keyframe among the provenance."""
INDEX = "index.parquet"
SHARD_BYTES = 16 * 1024 * 1024
"""A shard is closed once it is this long: its header stays quick to read (about 1 ms)."""

_SCHEMA = pa.schema(
    [
        ("track_id", pa.int64()),
        ("video", pa.string()),
        ("first", pa.int64()),
        ("last", pa.int64()),
        ("shard", pa.int32()),
        ("facts", pa.string()),
        ("provenance", pa.string()),
        ("keyframe", pa.int64()),
        ("person", pa.int64()),
    ],
    metadata={"format": FORMAT},
)
_LATER = ("given", "regressed", "unseen")
"""Arrays that older sets do not have."""
_OF_WINDOWS = ("keyframe", "person")
"""Columns that may have empty cells, and that older sets do not have."""


class TrackletSet(Tracklets):
    """The tracklets of one set, each read from disk when it is asked for.

    Attributes:
        path: Folder of the set.
        track_ids: Identity of each tracklet, in the order of the set.
        videos: Name of each tracklet's video.
        spans: (N, 2) first and last frame of each tracklet.
        keyframes: Keyframe of each tracklet's window, or None (see `Tracklet`).
        persons: Who each tracklet is: the first `track_id` of that person.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        with self._reading(self.path / INDEX):
            index = _read_index(self.path / INDEX)
            self._index = index
            self._times = load_times(self.path / TIMES)
            self.track_ids = index["track_id"].to_pylist()
            self.videos: list[str] = index["video"].to_pylist()
            self.spans = np.stack([index["first"].to_numpy(), index["last"].to_numpy()], axis=1)
            self.keyframes: list[int | None] = index["keyframe"].to_pylist()
            self.persons: list[int] = [
                own if person is None else person
                for own, person in zip(self.track_ids, index["person"].to_pylist(), strict=True)
            ]
            self._format = (index.schema.metadata or {})[b"format"].decode()

    def __iter__(self) -> Iterator[Tracklet]:
        shards = self._index["shard"].to_pylist()
        for _, rows in groupby(range(len(self)), key=shards.__getitem__):
            first = next(rows)
            with self._shard(first) as file:
                kept = set(file.keys())
                for row in chain([first], rows):
                    yield self._of(file, kept, row)

    def by_id(self, track_id: int) -> Tracklet:
        """The first tracklet of an identity; a `LartError` where there is none."""
        return self._read(self._row(track_id))

    def part(self, track_id: int, first: int, last: int) -> Tracklet:
        """Frames first..last of a tracklet without masks, appearance and regressed joints; no
        others are read.

        Raises:
            LartError: There is no such tracklet, or it has none of these frames.
        """
        row = self._row(track_id)
        start, end = self.spans[row].tolist()
        if first > end or last < start:
            raise LartError(f"Expected frames of {start} to {end}, but got {first} to {last}.")
        frames = slice(max(first, start) - start, min(last, end) + 1 - start)
        names = [name for name, (_, shape) in LAYOUT.items() if shape[0] == "T"]
        with self._shard(row) as file:
            arrays: dict[str, Any] = {
                name: _rows(file, row, name, frames) for name in (*names, "unseen")
            }
            facts = self._index["facts"][row].as_py()
            return Tracklet(track_id=track_id, video=self._video(facts), **arrays)

    def columns(self, track_id: int, *names: str) -> dict[str, NDArray[Any]]:
        """Some arrays of a tracklet as they lie on disk; no others are read, and of what they hold
        only their lengths are checked."""
        row = self._row(track_id)
        with self._shard(row) as file:
            found = {name: _rows(file, row, name) for name in names}
            check_shapes({name: found[name] for name in found if name in LAYOUT})
            return found

    def stretch(self, track_id: int, first: int, last: int, *names: str) -> dict[str, NDArray[Any]]:
        """As `columns`, of the frames first..last (as far as the tracklet has them) alone."""
        row = self._row(track_id)
        start, end = self.spans[row].tolist()
        rows = slice(max(first, start) - start, min(last, end) + 1 - start)
        rows = rows if rows.start < rows.stop else slice(0, 0)
        with self._shard(row) as file:
            found = {name: _rows(file, row, name, rows) for name in names}
            check_shapes({name: found[name] for name in found if name in LAYOUT})
            return found

    def masks(
        self, track_id: int, first: int | None = None, last: int | None = None
    ) -> tuple[bytes | None, ...] | None:
        """The masks of a tracklet (see `Tracklet.mask`) in frames first..last; nothing else is
        read."""
        row = self._row(track_id)
        start, end = self.spans[row].tolist()
        since = 0 if first is None else max(first - start, 0)
        until = (end if last is None else min(last, end)) + 1 - start
        with self._shard(row) as file:
            return _masks(file, row, slice(since, max(until, since)))

    def has_masks(self, track_id: int) -> bool:
        """Whether a tracklet has masks in any frame; they are not read."""
        row = self._row(track_id)
        with self._shard(row) as file:
            return bool(file.get_slice(f"{row}/mask").get_shape()[0])

    def provenance(self, track_id: int) -> dict[str, str]:
        """Which backend and weights made what of a tracklet; nothing else is read."""
        notes = json.loads(self._index["provenance"][self._row(track_id)].as_py())
        return {str(key): str(value) for key, value in dict(notes).items()}

    def _video(self, facts: str) -> VideoFacts:
        video, number = _parsed(facts)
        return video if number is None else replace(video, times=self._times[str(number)])

    def _row(self, track_id: int) -> int:
        if track_id not in self.track_ids:
            raise LartError(f"Expected a track id of {self.path.name}, but there is no {track_id}.")
        return self.track_ids.index(track_id)

    @contextmanager
    def _shard(self, row: int) -> Iterator[Any]:
        shard = self.path / _shard_name(self._index["shard"][row].as_py())
        with self._reading(shard), open_safetensors(shard, self._format) as (file, _):
            yield file

    def _read(self, row: int) -> Tracklet:
        with self._shard(row) as file:
            return self._of(file, set(file.keys()), row)

    def _of(self, file: Any, kept: set[str], row: int) -> Tracklet:
        provenance = json.loads(self._index["provenance"][row].as_py())
        names = [name for name in LAYOUT if name not in _LATER or f"{row}/{name}" in kept]
        return Tracklet(
            track_id=self.track_ids[row],
            video=self._video(self._index["facts"][row].as_py()),
            mask=_masks(file, row),
            provenance={str(key): str(value) for key, value in dict(provenance).items()},
            keyframe=self.keyframes[row],
            person=self._index["person"][row].as_py(),
            **{name: file.get_tensor(f"{row}/{name}") for name in names},
        )

    def _reading(self, path: Path) -> AbstractContextManager[None]:
        what = f"The file {path.name} of the tracklets in {self.path}"
        return reading(path, what, "make these tracklets anew")


def open_tracklets(path: Path) -> TrackletSet:
    """Open a set that `save_tracklets` wrote; a tracklet is read when it is indexed.

    Raises:
        LartError: The folder is no such set or is damaged.
    """
    return TrackletSet(path)


def save_tracklets(path: Path, tracklets: Iterable[Tracklet]) -> None:
    """Write tracklets as a folder at `path`, whole or not at all; an older set there is replaced.

    Tracklets are taken one by one and a shard leaves memory once it is written, so a generator of
    any length will do. The same tracklets give the same bytes.
    """
    with replacing(Path(path)) as folder:
        folder.mkdir()
        rows: list[dict[str, Any]] = []
        pending: dict[str, NDArray[Any]] = {}
        shards = 0
        times: dict[str, NDArray[np.float64]] = {}
        numbers: dict[VideoFacts, int] = {}
        for row, tracklet in enumerate(tracklets):
            pending |= _arrays(row, tracklet)
            number = None
            if tracklet.video.times is not None:
                number = numbers.setdefault(tracklet.video, len(numbers))
                times[str(number)] = tracklet.video.times
            rows.append(_index_row(tracklet, shards, number))
            if sum(array.nbytes for array in pending.values()) >= SHARD_BYTES:
                (folder / _shard_name(shards)).write_bytes(save(pending, {"format": FORMAT}))
                pending, shards = {}, shards + 1
        if pending:
            (folder / _shard_name(shards)).write_bytes(save(pending, {"format": FORMAT}))
        if times:
            save_times(folder / TIMES, times)
        pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), folder / INDEX, compression="zstd")


def _read_index(path: Path) -> pa.Table:
    index = pq.read_table(path)
    metadata = index.schema.metadata or {}
    if metadata.get(b"format") == OLDER.encode():
        index = _with_windows(index)
    else:
        expect_format(metadata.get(b"format", b"").decode(), FORMAT)
    if not index.schema.equals(_SCHEMA):
        raise ValueError("its columns are others")
    filled = [name for name in _SCHEMA.names if name not in _OF_WINDOWS]
    if any(index[name].null_count for name in filled):
        raise ValueError("it has empty cells")
    return index


def _with_windows(older: pa.Table) -> pa.Table:
    """The index of an older set with the columns of now."""
    notes = [json.loads(text) for text in older["provenance"].to_pylist()]
    keyframe = [int(note.pop("keyframe")) if "keyframe" in note else None for note in notes]
    place = older.schema.get_field_index("provenance")
    index = older.set_column(place, "provenance", pa.array(map(_json, notes), pa.string()))
    index = index.append_column("keyframe", pa.array(keyframe, pa.int64()))
    return index.append_column("person", pa.nulls(len(index), pa.int64()))


def _shard_name(number: int) -> str:
    return f"{number:06d}.safetensors"


def _index_row(tracklet: Tracklet, shard: int, times: int | None) -> dict[str, Any]:
    facts = replace(tracklet.video, times=None).record()
    if times is not None:
        facts["times"] = times
    return {
        "track_id": tracklet.track_id,
        "video": tracklet.video.name,
        "first": tracklet.first,
        "last": tracklet.last,
        "shard": shard,
        "facts": _json(facts),
        "provenance": _json(tracklet.provenance),
        "keyframe": tracklet.keyframe,
        "person": tracklet.person,
    }


def _arrays(row: int, tracklet: Tracklet) -> dict[str, NDArray[Any]]:
    masks = tracklet.mask or ()
    joined = b"".join(mask for mask in masks if mask is not None)
    own = {f"{row}/{name}": getattr(tracklet, name) for name in LAYOUT}
    return own | {
        f"{row}/mask": np.frombuffer(joined, np.uint8),
        f"{row}/mask_length": np.array([-1 if m is None else len(m) for m in masks], np.int64),
    }


def _rows(file: Any, row: int, name: str, rows: slice = slice(None)) -> NDArray[Any]:
    """Some rows of an array of a tracklet in an open shard; none of what is not known of it."""
    key = f"{row}/{name}"
    if name in WHERE_KNOWN and key not in file.keys():  # noqa: SIM118
        dtype, (_, *shape) = LAYOUT[name]
        return np.zeros((0, *map(int, shape)), dtype)
    part = file.get_slice(key)
    found: NDArray[Any] = part[rows] if part.get_shape()[0] else file.get_tensor(key)
    return found


def _masks(file: Any, row: int, rows: slice = slice(None)) -> tuple[bytes | None, ...] | None:
    """The masks of a row of an open shard, of some of its frames."""
    lengths = typed_array("mask_length", file.get_tensor(f"{row}/mask_length"), "int64")
    if lengths.shape == (0,):
        return None
    joined = file.get_slice(f"{row}/mask")
    ends = np.cumsum(np.maximum(lengths, 0))
    size = joined.get_shape()[0]
    if ends[-1] != size or (lengths < -1).any():
        raise LartError(f"Expected {ends[-1]} bytes of masks, but got {size}.")
    wanted = np.maximum(lengths, 0)[rows]
    begin = int(ends[rows][0] - wanted[0]) if len(wanted) else 0
    total = int(wanted.sum())
    found = joined[begin : begin + total].tobytes() if total else b""
    places = np.cumsum(wanted)
    return tuple(
        None if length < 0 else found[end - length : end]
        for end, length in zip(places.tolist(), lengths[rows].tolist(), strict=True)
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), sort_keys=True, allow_nan=False)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> tuple[VideoFacts, int | None]:
    """A video without its times, and the number under which they lie."""
    facts = json.loads(text)
    number = facts.pop("times", None)
    return VideoFacts(**facts), number
