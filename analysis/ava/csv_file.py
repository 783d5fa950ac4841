"""AVA's CSV layout, read fast and checked: video, timestamp, x1, y1, x2, y2, action, score|person.

The layout is that of https://research.google.com/ava/download.html and of the results that
SlowFast (`write_results`) and MMAction2 (`results2csv`) write. A header may name the columns in
another order. A row of two columns is a keyframe without boxes.
"""

import csv
import gzip
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from lart_core.errors import LartError

Source = str | Path | bytes
"""A path to a CSV (plain or .gz), or the bytes of one."""

NO_ACTION = 0
"""Action id of a row that only says that a keyframe exists; its box is NaN."""

BOX = ["x1", "y1", "x2", "y2"]
LAYOUT = ["video", "timestamp", *BOX, "action_id"]

_SYNONYMS = {
    "video": "video video_id video_name movie",
    "timestamp": "timestamp time frame_timestamp middle_frame_timestamp second",
    "x1": "x1 xmin left entity_box_x1",
    "y1": "y1 ymin top entity_box_y1",
    "x2": "x2 xmax right entity_box_x2",
    "y2": "y2 ymax bottom entity_box_y2",
    "action_id": "action_id action class class_id label label_id",
    "score": "score confidence probability",
    "person_id": "person_id person entity_id track_id",
}
_COLUMN_OF = {word: column for column, words in _SYNONYMS.items() for word in words.split()}


def read_predictions(source: Source, name: str | None = None) -> pd.DataFrame:
    """Read predictions.

    Returns:
        Columns video (category), timestamp (float, seconds), x1, y1, x2, y2 (float, fractions of
        the picture), action_id (int32) and score (float; 1.0 where the file has no score column).

    Raises:
        LartError: A row is not of that layout; the message gives its number.
    """
    table = _read(source, "score", name)
    if "score" not in table:
        table["score"] = 1.0
    return table


def read_ground_truth(source: Source, name: str | None = None) -> pd.DataFrame:
    """Read ground truth.

    Returns:
        As `read_predictions`, with person_id (int64) in place of score if the file has it.

    Raises:
        LartError: As `read_predictions`; also an inside-out box, and person ids that are fractions
            (then the file holds scores: ground truth and predictions were swapped).
    """
    table = _read(source, "person_id", name)
    label = _label(source, name)
    if "person_id" in table:
        ids = table["person_id"].to_numpy()
        if np.any(ids != np.floor(ids)):
            raise LartError(
                f"Expected whole person ids in column 8 of the ground truth {label}, got "
                f"{ids[ids != np.floor(ids)][0]}: these look like scores. Were ground truth and "
                "predictions swapped?"
            )
        table["person_id"] = ids.astype(np.int64)
    inverted = np.flatnonzero((table["x2"] < table["x1"]) | (table["y2"] < table["y1"]))
    if inverted.size:
        row = table.iloc[inverted[0]]
        box = ", ".join(f"{row[c]:g}" for c in BOX)
        raise LartError(
            f"Expected x1 <= x2 and y1 <= y2 in the ground truth {label}, got box ({box}) at "
            f"{row['video']} {row['timestamp']:g} s."
        )
    return table


def read_exclusions(source: Source, name: str | None = None) -> pd.DataFrame:
    """Read AVA's list of excluded timestamps: columns video (str) and timestamp (float)."""
    rows = []
    for number, row in _rows(source):
        if len(row) != 2:
            raise LartError(
                f"Expected video and timestamp in row {number} of the excluded timestamps "
                f"{_label(source, name)}, got {len(row)} columns."
            )
        rows.append((row[0], _seconds(row[1], number, _label(source, name))))
    return pd.DataFrame(rows, columns=["video", "timestamp"])


def to_csv(predictions: pd.DataFrame) -> bytes:
    """Predictions in AVA's layout, without a header, as every AVA tool reads them."""
    table = predictions[[*LAYOUT, "score"]].copy()
    table["timestamp"] = [f"{t:04.0f}" if t == int(t) else f"{t:.6f}" for t in table["timestamp"]]
    return table.to_csv(header=False, index=False, lineterminator="\n").encode()


def _read(source: Source, last: str, name: str | None) -> pd.DataFrame:
    label = _label(source, name)
    columns, header = _columns(source, last, label)
    empty: list[str] = []

    def keep_empty_keyframes(row: pacsv.InvalidRow) -> str:
        if row.actual_columns != 2:
            return "error"
        empty.append(row.text)
        return "skip"

    text = pa.dictionary(pa.int32(), pa.string())
    types = dict.fromkeys([*BOX, "score", "person_id"], pa.float64())
    types |= {"video": text, "timestamp": text, "action_id": pa.int32()}
    try:
        with _open(source) as stream:
            table = pacsv.read_csv(
                pa.PythonFile(stream, "r"),
                pacsv.ReadOptions(column_names=columns, skip_rows=header, block_size=1 << 24),
                pacsv.ParseOptions(invalid_row_handler=keep_empty_keyframes),
                pacsv.ConvertOptions(
                    column_types=types,
                    null_values=[],
                    include_columns=[c for c in columns if not c.startswith("_")],
                ),
            )
    except pa.ArrowInvalid as error:
        raise _row_error(source, columns, header, label, str(error)) from None
    frame = table.unify_dictionaries().to_pandas(split_blocks=True, self_destruct=True)
    del table
    stamps = frame["timestamp"].cat
    seconds = np.array([_seconds(s, 0, label) for s in stamps.categories], float)
    frame["timestamp"] = seconds[stamps.codes] if len(frame) else seconds[:0]
    frame = frame[[*LAYOUT, *frame.columns.intersection([last])]]
    for column in frame.columns.difference(["video", "timestamp", "action_id"]):
        bad = np.flatnonzero(~np.isfinite(frame[column].to_numpy()))
        if bad.size:
            raise LartError(
                f"Expected finite numbers in {label}, got {frame[column].iloc[bad[0]]} as "
                f"{column} of box {bad[0] + 1}."
            )
    return _with_empty_keyframes(frame, empty, label) if empty else frame


def _with_empty_keyframes(frame: pd.DataFrame, empty: list[str], label: str) -> pd.DataFrame:
    rows = [next(csv.reader([text])) for text in empty]
    extra = pd.DataFrame(
        {
            "video": [r[0] for r in rows],
            "timestamp": [_seconds(r[1], 0, label) for r in rows],
            "action_id": np.full(len(rows), NO_ACTION, np.int32),
        }
    ).reindex(columns=frame.columns)
    for column in ("score", "person_id"):
        if column in extra:
            extra[column] = 0.0
    both = pd.concat([frame.astype({"video": str}), extra], ignore_index=True)
    return both.astype({"video": "category", "action_id": np.int32})


def _columns(source: Source, last: str, label: str) -> tuple[list[str], int]:
    """Column names, and how many rows of header to skip."""
    for number, row in _rows(source):
        if number == 1 and not _is_number(row[2] if len(row) > 2 else row[-1]):
            found = [_COLUMN_OF.get(cell.strip().lower(), f"_{i}") for i, cell in enumerate(row)]
            if missing := [c for c in LAYOUT if c not in found]:
                raise LartError(
                    f"Expected numbers or a header naming {', '.join(LAYOUT)} in row 1 of {label}, "
                    f"got {','.join(row)[:80]!r} (missing: {', '.join(missing)})."
                )
            wanted = {*LAYOUT, last}
            return [c if c in wanted else f"_{i}" for i, c in enumerate(found)], 1
        if len(row) in (7, 8):
            return [*LAYOUT, last][: len(row)], 0
        if len(row) != 2:
            raise LartError(
                f"Expected 7 or 8 columns (video, timestamp, x1, y1, x2, y2, action id and {last}) "
                f"in row {number} of {label}, got {len(row)}."
            )
    raise LartError(f"Expected boxes in {label}, found no row with a box.")


def _row_error(
    source: Source, columns: list[str], header: int, label: str, fallback: str
) -> LartError:
    """The first row that does not fit, found by reading slowly."""
    for number, row in _rows(source):
        if number <= header or len(row) == 2:
            continue
        if len(row) != len(columns):
            return LartError(
                f"Expected {len(columns)} columns in row {number} of {label}, got {len(row)}."
            )
        for column, cell in zip(columns, row, strict=True):
            whole = column == "action_id"
            if column in ("video", "timestamp") or column.startswith("_"):
                continue
            if not _is_number(cell, whole):
                kind = "a whole number" if whole else "a number"
                return LartError(
                    f"Expected {kind} as {column} in row {number} of {label}, got {cell!r}."
                )
    return LartError(f"Could not read {label} as an AVA CSV: {fallback}.")


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    with _open(source) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
        yield from ((i, row) for i, row in enumerate(csv.reader(text), 1) if row)


def _open(source: Source) -> IO[bytes]:
    if isinstance(source, bytes):
        raw: IO[bytes] = io.BytesIO(source)
    else:
        try:
            raw = Path(source).open("rb")  # noqa: SIM115
        except OSError as error:
            reason = error.strerror or error
            raise LartError(f"Could not open {Path(source).name}: {reason}.") from None
    packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[return-value]


def _label(source: Source, name: str | None) -> str:
    return name or ("the uploaded file" if isinstance(source, bytes) else Path(source).name)


def _is_number(cell: str, whole: bool = False) -> bool:
    try:
        int(cell) if whole else float(cell)
    except ValueError:
        return False
    return True


def _seconds(cell: str, row: int, label: str) -> float:
    """Seconds to the microsecond: what the official evaluator tells keyframes apart by."""
    try:
        seconds = float(f"{float(cell):.6f}")
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        where = f"row {row} of " if row else ""
        raise LartError(f"Expected seconds as timestamp in {where}{label}, got {cell!r}.")
    return seconds
