"""Sets that `lart track-dataset` made before there was an index: manifest.csv beside the runs."""

import csv
import os
from pathlib import Path
from typing import Any

from lart_core.atomic_files import write_json
from lart_core.dataset.index import UNKNOWN, shard_of, table_of, write
from lart_core.dataset.manifest import Line, add_to_manifest, read_manifest
from lart_core.stored_files import reading

FORMAT = "lart-lens set 0"
MANIFEST = "manifest.csv"


def is_older(path: Path) -> bool:
    """Whether a folder is such a set."""
    return (path / MANIFEST).is_file() and not (path / "index.parquet").is_file()


def lines(path: Path) -> list[Line]:
    """What became of the videos that were begun."""
    table = path / MANIFEST
    with reading(table, f"The manifest {table}", "track the set anew"):
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        return [
            Line(
                row["video"],
                "tracked" if row["state"] == "tracked" else "refused",
                int(row["people"] or 0),
                int(row["frames"] or 0),
                row["reason"] or "",
            )
            for row in rows
            if row["state"]
        ]


def adopt(path: Path, facts: dict[str, Any], found: dict[str, int]) -> None:
    """Make such a set one of today's: its runs are moved, and nothing is tracked again.

    May be broken off at any moment and called again.
    """
    known = lines(path)
    for line in known:
        folder = path / "shards" / f"{shard_of(line.video):03x}"
        target = folder / "runs" / line.video
        target.parent.mkdir(parents=True, exist_ok=True)
        if (path / line.video).is_dir():
            os.replace(path / line.video, target)
        if read_manifest(folder).get(line.video) != line:
            add_to_manifest(folder, line)
    write_json(path / "set.json", facts)
    videos = {line.video: found.get(line.video, UNKNOWN) for line in known}
    write(path, table_of((videos | found).items()))
