"""AVA's tables as pandas has them: what `lart_core.formats.ava_table` reads, checked."""

from pathlib import Path

import numpy as np
import pandas as pd

from lart_core.errors import LartError
from lart_core.formats.ava_table import BOX, LAYOUT, NO_ACTION, Source, read_moments, read_table
from lart_core.formats.spreadsheet import inert


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
            f"{row['video']} {row['timestamp']:g} s: are these x y w h?"
        )
    return table


def read_exclusions(source: Source, name: str | None = None) -> pd.DataFrame:
    """Read AVA's list of excluded timestamps: columns video (str) and timestamp (float)."""
    return pd.DataFrame(read_moments(source, name), columns=["video", "timestamp"])


def to_csv(table: pd.DataFrame) -> bytes:
    """Predictions, or ground truth with person ids, in AVA's layout: without a header, as every AVA
    tool reads it."""
    table = table[[*LAYOUT, "score" if "score" in table else "person_id"]].copy()
    table["timestamp"] = [f"{t:04.0f}" if t == int(t) else f"{t:.6f}" for t in table["timestamp"]]
    table["video"] = table["video"].astype(str).map(inert)
    return table.to_csv(header=False, index=False, lineterminator="\n").encode()


def plain_csv(table: pd.DataFrame, *, float_format: str | None = None) -> bytes:
    """A table with a header, for people; text that a spreadsheet would run is made inert."""
    table = table.copy()
    for name in table:
        if not pd.api.types.is_numeric_dtype(table[name]):
            made = {x: inert(x) for x in table[name].unique() if isinstance(x, str)}
            table[name] = table[name].astype(object).map(lambda x, made=made: made.get(x, x))
    return table.to_csv(index=False, float_format=float_format).encode()


def _read(source: Source, last: str, name: str | None) -> pd.DataFrame:
    read = read_table(source, last, name)
    frame = read.boxes.to_pandas(split_blocks=True, self_destruct=True)
    return _with_empty_keyframes(frame, read.empty) if read.empty else frame


def _with_empty_keyframes(frame: pd.DataFrame, empty: list[tuple[str, float]]) -> pd.DataFrame:
    extra = pd.DataFrame(empty, columns=["video", "timestamp"])
    extra["action_id"] = np.full(len(empty), NO_ACTION, np.int32)
    extra = extra.reindex(columns=frame.columns)
    for column in ("score", "person_id"):
        if column in extra:
            extra[column] = 0.0
    both = pd.concat([frame.astype({"video": str}), extra], ignore_index=True)
    return both.astype({"video": "category", "action_id": np.int32})


def _label(source: Source, name: str | None) -> str:
    return name or ("the uploaded file" if isinstance(source, bytes) else Path(source).name)
