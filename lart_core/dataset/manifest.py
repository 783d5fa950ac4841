"""What became of the videos of a shard: files of lines that are only ever added to.

``manifest.jsonl`` says what became of each video and is the same whoever did the work.
``journal.jsonl`` says when, and how long it took: it never is the same twice. A line that a killed
process left half-written does not count, and is cut off before the next one is added. The last
line of a video counts.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from lart_core.stored_files import checked_entries, reading

MANIFEST = "manifest.jsonl"
JOURNAL = "journal.jsonl"


@dataclass(frozen=True)
class Line:
    """What became of one video.

    Attributes:
        video: Its id, the path within the folder of videos.
        state: Whether its people are tracked, or the video was refused.
        people, frames: Number of tracklets and of frames.
        reason: Why it was refused.
    """

    video: str
    state: Literal["tracked", "refused"]
    people: int = 0
    frames: int = 0
    reason: str = ""


def read_manifest(folder: Path) -> dict[str, Line]:
    """Video id -> what became of it last; empty where nothing was begun.

    Raises:
        LartError: A line, other than an unfinished last one, is damaged.
    """
    types = {"video": str, "state": str, "people": int, "frames": int, "reason": str}
    return {
        row["video"]: Line(**{name: row[name] for name in types})
        for row in _rows(folder / MANIFEST, types)
    }


def add_to_manifest(folder: Path, line: Line) -> None:
    """Add a line; only for the process that holds the shard (`Shard.held`)."""
    _add(folder / MANIFEST, asdict(line))


@dataclass(frozen=True)
class Journal:
    """What a journal says.

    Attributes:
        seconds: How long each finished video took.
        ended: When the latest one was finished, in seconds since 1970; 0 where none is.
        broken: Video id -> how many times it was begun and not ended since its last end.
    """

    seconds: list[float]
    ended: float
    broken: Counter[str]


def read_journal(folder: Path) -> Journal:
    """The journal of a shard."""
    seconds, ended, broken = [], 0.0, Counter[str]()
    for row in _rows(folder / JOURNAL, {"video": str, "at": (int, float)}):
        if "seconds" in row:
            seconds.append(float(row["seconds"]))
            ended = max(ended, row["at"])
            del broken[row["video"]]
        else:
            broken[row["video"]] += 1
    return Journal(seconds, ended, broken)


def add_to_journal(folder: Path, video: str, at: float, seconds: float | None = None) -> None:
    """Note that work on a video begins (`seconds` None) or ended."""
    row: dict[str, Any] = {"video": video, "at": round(at, 3)}
    _add(folder / JOURNAL, row if seconds is None else row | {"seconds": round(seconds, 3)})


def _rows(path: Path, types: dict[str, Any]) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return
    *whole, _unfinished = text.split(b"\n")
    remedy = "delete that line; its video will be tracked again"
    for number, line in enumerate(whole, 1):
        with reading(path, f"Line {number} of {path}", remedy):
            row = checked_entries(json.loads(line), types)
        yield row


def _add(path: Path, row: dict[str, Any]) -> None:
    line = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    with path.open("ab+") as file:
        _cut_unfinished(file)
        file.write(line.encode())


def _cut_unfinished(file: Any) -> None:
    """Cut off what comes after the last line break: a line that was never finished."""
    end = file.seek(0, os.SEEK_END)
    if end == 0:
        return
    file.seek(end - 1)
    if file.read(1) == b"\n":
        return
    file.seek(0)
    file.truncate(file.read().rfind(b"\n") + 1)
