"""Things beside people: what detectors of people and things see on the way, frame by frame.

Kept in a run as ``things.parquet``, a row a thing and frame that was looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import pyarrow as pa
import pyarrow.parquet as pq

from lart_core.atomic_files import replacing

THINGS = "things.parquet"
"""The file's name in a run."""

_SCHEMA = pa.schema(
    [
        ("frame", pa.int64()),
        ("kind", pa.string()),
        ("score", pa.float32()),
        *((side, pa.float32()) for side in ("x1", "y1", "x2", "y2")),
    ],
    metadata={"format": "lart-lens things 1"},
)


@dataclass(frozen=True)
class Thing:
    """One thing in one frame.

    Attributes:
        frame: Number of the frame.
        kind: What it is: "book", "bottle", "cup", "phone", "laptop", "camera" or "chair".
        score: The detectors' confidence in 0..1.
        box: x1 y1 x2 y2 in image pixels.
    """

    frame: int
    kind: str
    score: float
    box: tuple[float, float, float, float]


@runtime_checkable
class SeesThings(Protocol):
    """A detector that notes things, too."""

    things: list[Thing]
    """What was seen since the video began, in the frames that were looked at."""


def save_things(path: Path, things: Sequence[Thing]) -> None:
    """Write things as one Parquet file, atomically."""
    columns = [
        [thing.frame for thing in things],
        [thing.kind for thing in things],
        [thing.score for thing in things],
        *([thing.box[side] for thing in things] for side in range(4)),
    ]
    table = pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)],
        schema=_SCHEMA,
    )
    with replacing(path) as made:
        pq.write_table(table, made, compression="zstd")
