"""Moments of runs, cut out as videos, in one ZIP with their table."""

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.exports import files
from app.exports.files import EXPORTS
from app.storage import runs
from lart_core import video
from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.formats.spreadsheet import inert
from lart_core.progress import OnProgress, Progress

AROUND = 0.5
"""Seconds that a clip shows before and after its moment."""


def write(
    export_id: str, name: str, found: Sequence[Mapping[str, Any]], report: OnProgress
) -> Path:
    """Cut out moments.

    Args:
        found: Rows with ``run``, ``video``, ``person``, ``first_second``, ``last_second`` and
            whatever else the table is to hold.

    Raises:
        LartError: There is nothing to cut out.
    """
    if not found:
        raise LartError("Expected moments to cut out, but nothing was found.")
    stem = re.sub(r"[^\w%.-]+", "-", name).strip("-.")[:60] or "moments"
    out = EXPORTS.path(export_id) / f"{stem}-clips.zip"
    with replacing(out) as made, zipfile.ZipFile(made, "w") as archive:
        rows = []
        for number, row in enumerate(found, 1):
            clip = f"{number:03d}-{_plain(str(row['video']))}-{row['first_second']:.1f}s.mp4"
            cut = made.with_name("cut.mp4")
            rows.append({"clip": clip if _cut(row, cut) else "", **row})
            if rows[-1]["clip"]:
                archive.write(cut, clip)
                cut.unlink()
            report(Progress("export", number, len(found)))
        text = io.StringIO()
        table = csv.DictWriter(text, rows[0].keys())
        table.writeheader()
        table.writerows(
            {k: inert(v) if isinstance(v, str) else v for k, v in row.items()} for row in rows
        )
        archive.writestr("moments.csv", text.getvalue())
    return out


def _cut(row: Mapping[str, Any], out: Path) -> bool:
    """Write one clip; False where its video is gone."""
    try:
        player = runs.find(str(row["run"])).player
        if player is None:
            return False
        first = max(float(row["first_second"]) - AROUND, 0.0)
        pictures = video.stretch(player, first, float(row["last_second"]) + AROUND)
        video.write_player(out, pictures, video.STRETCH_RATE)
    except LartError:
        return False
    return True


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", files.without_ending(name)).strip("-.")[:40] or "video"
