"""A folder of videos, tracked one after the other, with a manifest of what became of each."""

import csv
import io
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from lart_core import pipeline, presets
from lart_core.atomic_files import remove_leftovers, write_bytes
from lart_core.errors import LartError
from lart_core.settings import Settings
from lart_core.video import ENDINGS


@dataclass(frozen=True)
class Line:
    """One video of a manifest.

    Attributes:
        video: Path within the folder; its run has the same path within the output folder.
        state: Empty (to do), ``tracked`` or ``refused``.
        people, frames: Number of tracklets and of frames.
        reason: Why it was refused.
    """

    video: str
    state: str = ""
    people: str = ""
    frames: str = ""
    reason: str = ""


COLUMNS = [field.name for field in fields(Line)]


def track_dataset(
    folder: Path,
    out: Path,
    *,
    manifest: Path | None = None,
    preset: str = "light",
    settings: Settings | None = None,
    protocol: pipeline.Protocol | None = None,
    progress: Callable[[Line, int, int], None] | None = None,
) -> list[Line]:
    """Track every video of a folder into a run of its own (`lart run` goes on from there).

    May be killed at any moment: the same call goes on with the first video, and within it the
    first stage, that is not finished, and the files are the same, byte for byte, as without the
    break. A video that cannot be used is noted in the manifest and passed over; it is tried again
    next time.

    Args:
        folder: Videos, at any depth.
        out: Where the runs go.
        manifest: CSV with a column `video` that lists the videos to track; where there is none
            yet it is made of all videos in the folder. Default: ``manifest.csv`` in `out`.
        protocol: Given boxes are looked up by each video's name.
        progress: Called after each video with its line, the number done and the number of all.

    Returns:
        The manifest's lines.

    Raises:
        LartError: There are no videos, the manifest lists one that does not exist, or a file of
            the preset is missing.
    """
    presets.require(preset)
    manifest = manifest or out / "manifest.csv"
    remove_leftovers(manifest.parent)
    lines = _read(manifest, folder) if manifest.is_file() else _found(folder)
    for number, line in enumerate(lines):
        if line.state != "tracked":
            lines[number] = _tracked(line.video, folder, out, preset, settings, protocol)
            write_bytes(manifest, _csv(lines))
        if progress is not None:
            progress(lines[number], number + 1, len(lines))
    return lines


def _tracked(
    video: str,
    folder: Path,
    out: Path,
    preset: str,
    settings: Settings | None,
    protocol: pipeline.Protocol | None,
) -> Line:
    try:
        run = pipeline.run(
            folder / video,
            out / video,
            preset=preset,
            settings=settings,
            protocol=protocol,
            tracks_only=True,
        )
    except LartError as error:
        return Line(video, "refused", reason=str(error))
    return Line(video, "tracked", str(len(run.tracklets())), str(run.video.frames))


def _found(folder: Path) -> list[Line]:
    videos = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix.lower().lstrip(".") in ENDINGS and path.is_file()
    )
    if not videos:
        raise LartError(f"Expected videos ({', '.join(ENDINGS)}) in {folder}, found none.")
    return [Line(video) for video in videos]


def _read(manifest: Path, folder: Path) -> list[Line]:
    with manifest.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    if "video" not in (reader.fieldnames or ()) or not rows:
        raise LartError(f"Expected a column 'video' with at least one video in {manifest.name}.")
    lines = [Line(**{name: row.get(name) or "" for name in COLUMNS}) for row in rows]
    root = folder.resolve()
    for line in lines:
        path = (root / line.video).resolve()
        if not path.is_file() or not path.is_relative_to(root):
            raise LartError(f"Expected videos within {folder}, but there is no {line.video!r}.")
    return lines


def _csv(lines: list[Line]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(line) for line in lines)
    return text.getvalue().encode()
