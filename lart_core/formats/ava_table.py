"""AVA's tables as tools write them: every variant of the layout becomes one Arrow table.

The layout is that of https://research.google.com/ava/download.html: video, timestamp, x1, y1, x2,
y2, action id, and a score or a person id; plain or gzip. Tools differ, and all of this is one:

- a header that names the columns, in any order, or none;
- video ids with the ending of a file; seconds as ``902``, ``0902`` or ``902.0``;
- class ids as pandas writes them where a column held NaN: ``12.0``;
- keyframes without boxes as rows of two columns, or padded with empty cells.
"""

import csv
import gzip
import io
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from lart_core.errors import LartError
from lart_core.file_kinds import mistaken
from lart_core.formats.spreadsheet import verbatim
from lart_core.stored_files import one_line
from lart_core.video import ENDINGS

Source = str | Path | bytes
"""A path to a CSV (plain or .gz), or the bytes of one."""

BOX = ["x1", "y1", "x2", "y2"]
LAYOUT = ["video", "timestamp", *BOX, "action_id"]
NO_ACTION = 0
"""Action id of a box of which no action is said."""
LARGEST_CLASS = 32_767
"""The largest id that a class may have: what judges them counts in tables as long as that."""

_SYNONYMS = {
    "video": "video video_id video_name movie",
    "timestamp": "timestamp time frame_timestamp middle_frame_timestamp second seconds",
    "x1": "x1 xmin left entity_box_x1",
    "y1": "y1 ymin top entity_box_y1",
    "x2": "x2 xmax right entity_box_x2",
    "y2": "y2 ymax bottom entity_box_y2",
    "action_id": "action_id action class_id class label_id label",
    "score": "score confidence probability",
    "person_id": "person_id person entity_id track_id",
}
_NUMBERS = [*BOX, "action_id", "score", "person_id"]
_CLASS = f"a whole number of {NO_ACTION} to {LARGEST_CLASS:,}"


@dataclass(frozen=True)
class AvaTable:
    """A table that was read.

    Attributes:
        boxes: One row a box: video (dictionary), timestamp (seconds), x1, y1, x2, y2, action_id
            (int32), and score or person_id where the file has it (float64).
        empty: Video and seconds of the keyframes without boxes.
        named: Whether a header names the columns.
    """

    boxes: pa.Table
    empty: list[tuple[str, float]]
    named: bool


def read_table(
    source: Source, last: str, name: str | None = None, *, boxes_only: bool = False
) -> AvaTable:
    """Read an AVA table.

    Args:
        last: What an eighth column without a header is: ``"score"`` or ``"person_id"``.
        name: The file's name for messages, where `source` is bytes.
        boxes_only: Whether actions do not matter: they may be left out or empty.

    Raises:
        LartError: It is not such a table; the message gives the row.
    """
    return _Reading(source, last, name, boxes_only).table()


def read_moments(source: Source, name: str | None = None) -> list[tuple[str, float]]:
    """Video and seconds of each row of a table of two columns (AVA's excluded timestamps)."""
    reading = _Reading(source, "score", name, False)
    found = []
    for number, row in reading.rows():
        if number == 1 and _is_header(row):
            continue
        if len(row) != 2:
            raise LartError(
                f"Expected video and timestamp in row {number} of the excluded timestamps "
                f"{reading.label}, got {len(row)} columns."
            )
        found.append((video_id(verbatim(row[0])), reading.seconds(row[1], number)))
    return found


class _Reading:
    """One table while it is read."""

    def __init__(self, source: Source, last: str, name: str | None, boxes_only: bool) -> None:
        path = None if isinstance(source, bytes) else Path(source)
        self.label = name or (path.name or str(path) if path else "the uploaded file")
        self.last, self.boxes_only = last, boxes_only
        self.needed = [c for c in LAYOUT if not (boxes_only and c == "action_id")]
        try:
            regular = path is not None and (path.is_file() or path.is_dir())
            self.source: Path | bytes = (
                path if path and regular else source if isinstance(source, bytes)
                else Path(source).read_bytes()
            )  # fmt: skip
            with self.opened() as stream:
                self.start = stream.peek(2)[:2]  # type: ignore[attr-defined]
        except OSError as error:
            raise LartError(f"Could not open {self.label}: {error.strerror}.") from None
        if said := mistaken(self.source, f"an AVA table (CSV) in {self.label}", ("empty",)):
            raise LartError(said)

    def opened(self) -> IO[bytes]:
        """The file as it lies there."""
        if isinstance(self.source, bytes):
            return io.BufferedReader(io.BytesIO(self.source))
        return self.source.open("rb")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that are not blank, with their numbers; slowly."""
        with self.opened() as raw:
            stream = gzip.GzipFile(fileobj=raw) if self.start == b"\x1f\x8b" else raw
            text = io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="")
            try:
                yield from ((i, row) for i, row in enumerate(csv.reader(text), 1) if row)
            except (OSError, EOFError, zlib.error, csv.Error) as error:
                raise LartError(
                    f"Expected an AVA table in {self.label}, but it is damaged: "
                    f"{one_line(str(error))}."
                ) from None

    def table(self) -> AvaTable:
        """Everything that is in it."""
        columns, header = self._columns()
        try:
            read, short = self._parsed(columns, header, pa.int32())
        except (pa.ArrowException, OSError):
            try:
                read, short = self._parsed(columns, header, pa.float64())
            except (pa.ArrowException, OSError) as error:
                raise self._misfit(columns, header, one_line(str(error))) from None
            read, padded = self._padded_apart(read, header)
            short += padded
        for column in read.column_names:
            self._check(read, column, header)
        if "action_id" not in read.column_names:
            actions = np.full(len(read), NO_ACTION, np.int32)
            read = read.append_column("action_id", pa.array(actions))
        order = [*LAYOUT, *[c for c in read.column_names if c == self.last]]
        empty = [(video_id(verbatim(v)), self.seconds(t, 0)) for v, t in short]
        return AvaTable(self._keyed(read.select(order)), empty, bool(header))

    def _parsed(
        self, columns: list[str], header: int, whole: pa.DataType
    ) -> tuple[pa.Table, list[tuple[str, str]]]:
        """Arrow's own reading; and the rows of two columns. With floats cells may be empty."""
        short: list[tuple[str, str]] = []

        def keep_short(row: pacsv.InvalidRow) -> str:
            if row.actual_columns != 2:
                return "error"
            video, seconds = next(csv.reader([row.text]))
            short.append((video, seconds))
            return "skip"

        text = pa.dictionary(pa.int32(), pa.string())
        types = dict.fromkeys(_NUMBERS, pa.float64()) | {"video": text, "timestamp": text}
        with self._native() as stream:
            read = pacsv.read_csv(
                stream,
                pacsv.ReadOptions(column_names=columns, skip_rows=header, block_size=1 << 24),
                pacsv.ParseOptions(invalid_row_handler=keep_short),
                pacsv.ConvertOptions(
                    column_types=types | {"action_id": whole},
                    null_values=[] if pa.types.is_integer(whole) else [""],
                    include_columns=[c for c in columns if not c.startswith("_")],
                ),
            )
        return read, short

    def _native(self) -> pa.NativeFile:
        """The file as Arrow reads it itself.

        Not through Python: a thread of Arrow that still holds a Python file when the interpreter
        ends makes the process abort.
        """
        if isinstance(self.source, bytes):
            raw: pa.NativeFile = pa.BufferReader(self.source)
        else:
            raw = pa.OSFile(str(self.source))
        return pa.CompressedInputStream(raw, "gzip") if self.start == b"\x1f\x8b" else raw

    def _columns(self) -> tuple[list[str], int]:
        """Column names, and how many rows of header to skip."""
        last = self.last
        for number, row in self.rows():
            if number == 1 and _is_header(row):
                return _named(row, {*self.needed, "action_id", last}, self.needed, self.label), 1
            if len(self.needed) <= len(row) <= 8:
                return [*LAYOUT, last][: len(row)], 0
            if len(row) != 2:
                between = next((c for c in (";", "\t", "|") if row[0].count(c) >= 5), None)
                raise LartError(
                    f"Expected 7 or 8 columns (video, timestamp, x1, y1, x2, y2, action id and "
                    f"{last}) in row {number} of {self.label}, got {len(row)}"
                    + (f"; put commas in place of {between!r}." if between else ".")
                )
        raise LartError(f"Expected boxes in {self.label}, found no row with a box.")

    def _padded_apart(self, read: pa.Table, header: int) -> tuple[pa.Table, list[tuple[str, str]]]:
        """The rows with a box; and those that are a keyframe and empty cells."""
        values = {c: read[c].to_numpy() for c in read.column_names if c in _NUMBERS}
        padded = np.all([np.isnan(values[c]) for c in BOX], axis=0)
        if "action_id" in values:
            padded &= np.nan_to_num(values["action_id"], nan=NO_ACTION) == NO_ACTION
        if "action_id" in values:
            unknown = np.isnan(values["action_id"]) & ~padded
            wrong = ~padded & (values["action_id"] != np.rint(values["action_id"]))
            wrong = wrong & ~unknown if self.boxes_only else wrong
            wrong |= ~padded & (np.abs(values["action_id"]) >= 1 << 31)
            if wrong.any():
                row = int(np.flatnonzero(wrong)[0])
                cell = "" if unknown[row] else f"{values['action_id'][row]:.10g}"
                raise self._unfit(_CLASS, "action_id", row, header, cell)
            whole = np.nan_to_num(np.where(padded, NO_ACTION, values["action_id"]), nan=NO_ACTION)
            at = read.column_names.index("action_id")
            read = read.set_column(at, "action_id", pa.array(whole.astype(np.int32)))
        if not padded.any():
            return read, []
        apart = read.select(["video", "timestamp"]).filter(pa.array(padded)).to_pydict()
        pairs = zip(apart["video"], apart["timestamp"], strict=True)
        self.skipped = np.flatnonzero(padded)
        return read.filter(pa.array(~padded)), list(pairs)

    skipped = np.zeros(0, np.int64)
    """Rows that Arrow read and that are keyframes without boxes."""

    def _check(self, read: pa.Table, column: str, header: int) -> None:
        """Refuse what is no finite number, and ids that no class has."""
        if column not in _NUMBERS or (self.boxes_only and column == "action_id"):
            return
        values = read[column].to_numpy()
        fit, kind = np.isfinite(values), "a finite number"
        if column == "action_id":
            fit, kind = (values >= NO_ACTION) & (values <= LARGEST_CLASS), _CLASS
        bad = np.flatnonzero(~fit)
        if bad.size:
            row = int(bad[0])
            before = row
            for skipped in self.skipped.tolist():
                row += skipped <= row
            empty = read[column][before].as_py() is None
            cell = "" if empty else f"{values[before]:.10g}"
            raise self._unfit(kind, column, row, header, cell)

    def _unfit(self, kind: str, column: str, row: int, header: int, cell: str) -> LartError:
        """What is wrong in one of the rows that Arrow read."""
        lines = (number for number, cells in self.rows() if number > header and len(cells) != 2)
        number = next((n for i, n in enumerate(lines) if i == row), row + 1)
        return LartError(
            f"Expected {kind} as {column} in row {number} of {self.label}, got {cell!r}."
        )

    def _misfit(self, columns: list[str], header: int, fallback: str) -> LartError:
        """The first row that does not fit, found by reading slowly."""
        for number, row in self.rows():
            if number <= header or len(row) == 2:
                continue
            if len(row) != len(columns):
                return LartError(
                    f"Expected {len(columns)} columns in row {number} of {self.label}, got "
                    f"{len(row)}."
                )
            for column, cell in zip(columns, row, strict=True):
                if column in _NUMBERS and cell.strip() and not _is_number(cell):
                    kind = _CLASS if column == "action_id" else "a number"
                    return LartError(
                        f"Expected {kind} as {column} in row {number} of {self.label}, got "
                        f"{cell!r:.60}."
                    )
        return LartError(f"Could not read {self.label} as an AVA CSV: {fallback}.")

    def _keyed(self, read: pa.Table) -> pa.Table:
        """The table with bare names of videos, and seconds as numbers."""
        read = read.unify_dictionaries()
        video, stamp = (read[c].combine_chunks() for c in ("video", "timestamp"))
        names = video.dictionary.to_pylist() if len(read) else []
        bare = [video_id(verbatim(each)) for each in names]
        if len(set(bare)) < len(set(map(str.strip, names))):
            bare = [verbatim(each).strip() for each in names]
        codes = video.indices.to_numpy() if len(read) else np.zeros(0, np.int32)
        if bare != names:
            place = {each: i for i, each in enumerate(dict.fromkeys(bare))}
            codes = np.array([place[each] for each in bare], np.int32)[codes]
            names = list(place)
        column = pa.DictionaryArray.from_arrays(
            pa.array(codes, pa.int32()), pa.array(names, pa.string())
        )
        stamps = stamp.dictionary.to_pylist() if len(read) else []
        seconds = np.array([self.seconds(each, 0) for each in stamps], float)
        moments = seconds[stamp.indices.to_numpy()] if len(read) else np.zeros(0)
        return read.set_column(0, "video", column).set_column(1, "timestamp", pa.array(moments))

    def seconds(self, cell: str, row: int) -> float:
        """Seconds to the microsecond: what the official evaluator tells keyframes apart by."""
        try:
            seconds = float(f"{float(cell):.6f}")
        except (TypeError, ValueError):
            seconds = math.nan
        if not math.isfinite(seconds):
            where = f"row {row} of " if row else ""
            raise LartError(
                f"Expected seconds as timestamp in {where}{self.label}, got {cell!r:.60}."
            )
        return seconds


def _is_header(row: list[str]) -> bool:
    """Whether a first row names columns: no cell is a number, and some are known names."""
    words = {cell.strip().lower() for cell in row}
    known = {word for words in _SYNONYMS.values() for word in words.split()}
    return not any(_is_number(cell) for cell in row) and bool(words & known)


def _named(row: list[str], wanted: set[str], needed: list[str], label: str) -> list[str]:
    """The column of each cell of a header; of columns that could be one the best named."""
    words = [cell.strip().lower() for cell in row]
    names = [f"_{i}" for i in range(len(row))]
    for column in wanted:
        best = next((word for word in _SYNONYMS[column].split() if word in words), None)
        if best is not None:
            names[words.index(best)] = column
    if missing := [c for c in needed if c not in names]:
        raise LartError(
            f"Expected numbers or a header naming {', '.join(needed)} in row 1 of {label}, "
            f"got {','.join(row)[:80]!r} (missing: {', '.join(missing)})."
        )
    return names


def video_id(video: str) -> str:
    """A video's id without blanks around it and without the ending of a file."""
    stem, dot, ending = video.strip().rpartition(".")
    return stem if dot and stem and ending.lower() in ENDINGS else video.strip()


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
