"""Which videos a set has, and in which shard each is: one Parquet table, a row a video."""

import csv
import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.stored_files import OtherFormat, reading
from lart_core.video import ENDINGS

INDEX = "index.parquet"
FORMAT = "lart-lens set index 1"
SHARDS = 1024
"""Folders that a set's videos are spread over: 100,000 videos make about 100 in each."""
UNKNOWN = 0
"""Bytes of a video that an older set was made of, and that is not at hand."""

_SCHEMA = pa.schema(
    [("video", pa.string()), ("shard", pa.int32()), ("bytes", pa.int64())],
    metadata={"format": FORMAT},
)


def shard_of(video: str) -> int:
    """The shard of a video: a hash of its id, so that all machines agree without asking.

    >>> shard_of("a/one.mp4")
    659
    """
    return int.from_bytes(hashlib.sha256(video.encode()).digest()[:4], "big") % SHARDS


def found_in(folder: Path) -> dict[str, int]:
    """All videos of a folder, at any depth: id (the path within the folder) -> bytes.

    Raises:
        LartError: There are none, or there is no such folder.
    """
    if not folder.is_dir():
        raise LartError(f"Expected a folder of videos, but {folder} is none.")
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            if path.suffix.lower().lstrip(".") in ENDINGS and path.is_file():
                found[path.relative_to(folder).as_posix()] = path.stat().st_size
    if not found:
        raise LartError(f"Expected videos ({', '.join(ENDINGS)}) in {folder}, found none.")
    return found


def listed_in(table: Path, folder: Path) -> dict[str, int]:
    """The videos that a CSV with a column `video` lists: id -> bytes.

    Raises:
        LartError: There is no such column, or a video that is not within the folder.
    """
    with reading(table, f"The list {table.name}", "choose another list"):
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
        if "video" not in (reader.fieldnames or ()) or not rows:
            raise LartError(f"Expected a column 'video' with at least one video in {table.name}.")
    root, found = Path(os.path.abspath(folder)), {}
    for row in rows:
        video = row["video"] or ""
        # Links are what they are called, as in a folder without a list; only ".." is followed.
        path = Path(os.path.abspath(root / video))
        if not path.is_file() or not path.is_relative_to(root):
            raise LartError(f"Expected videos within {folder}, but there is no {video!r}.")
        found[path.relative_to(root).as_posix()] = path.stat().st_size
    return found


def table_of(videos: Iterable[tuple[str, int]]) -> pa.Table:
    """Ids and bytes as the index has them, sorted by shard and id."""
    rows = sorted((shard_of(video), video, size) for video, size in videos)
    shards, names, sizes = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table([names, shards, sizes], schema=_SCHEMA)


def write(folder: Path, table: pa.Table) -> None:
    """Write the index of the set in `folder`; the same videos give the same bytes."""
    with replacing(folder / INDEX) as made:
        pq.write_table(table, made, compression="zstd")


def read(folder: Path, shards: Sequence[int] | None = None) -> pa.Table:
    """The index of the set in `folder`: columns video, shard and bytes.

    Args:
        shards: Only the videos of these.

    Raises:
        LartError: It is missing, damaged or of another format.
    """
    filters = None if shards is None else [("shard", "in", list(shards))]
    with reading(folder / INDEX, f"The index of the set {folder.name}", "track it anew"):
        table = pq.read_table(folder / INDEX, filters=filters)
        if not table.schema.equals(_SCHEMA, check_metadata=True):
            raise OtherFormat(f"is not of the format {FORMAT!r}")
        return table
