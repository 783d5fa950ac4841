"""Reader of video sets: real clips of people with one label a clip, or labels by the second.

A set is a folder of videos beside ``index.tsv``, whose rows name each file, label and group.
gmdcsa24 has tables with intervals of seconds besides: ``Sitting[0 to 3.3]; Standing[3.3 to 5]``.
UCF101 is read as its makers lay it out: ``UCF-101/<label>/v_<label>_g<group>_c<clip>.avi``.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lart_core.errors import LartError

UCF101 = "ucf101"
UCF101_LABELS = ("PlayingGuitar", "ShavingBeard")
"""Those of its labels that are read."""

VIDEO_SOURCES = ("arid6", "gmdcsa24", "yoga6", "ut_interaction", UCF101)
"""The sets that models learn from. survfight is left out: one label for all people of a clip."""

LOOKS_ONLY = (UCF101,)
"""Sets that teach what people look like, and not how they move: a pose model that learnt the guitar
from them took other people who are filmed from near for guitarists. It is judged on them."""
ACTED = tuple(source for source in VIDEO_SOURCES if source not in LOOKS_ONLY)
"""Sets that teach how people move."""

PAIRED = "ut_interaction"
"""The set of two people who do something to each other. Its negatives are left out: they have
another frame rate than its actions, which would tell them apart."""

FOLDERS = {PAIRED: "films2", UCF101: "UCF-101"}
"""Where a set lies, if not in ``clips``."""

TIMED = "gmdcsa24"
"""The set with labels by the second."""

_INTERVALS = re.compile(r"([A-Za-z]+)\s*(?:\([A-Z]+\)?)?\s*\[((?:[\d.;\s]|to)*)")
_SECONDS = re.compile(r"([\d.]+)\s*(?:to)?\s*([\d.]+)")
_SPELLING = {"Fall": "Falling"}


@dataclass(frozen=True)
class VideoClip:
    """One video of a set.

    Attributes:
        source, name: Data set, and the video's path within the folder of all sets.
        path: The video.
        group: Whom it shows, or what was recorded together.
        labels: (label, from, to) in seconds; to is infinite for labels of the whole clip.
    """

    source: str
    name: str
    path: Path
    group: str
    labels: tuple[tuple[str, float, float], ...]


def folder_of(data: Path, source: str) -> Path:
    """The folder with the index of a set."""
    return data / FOLDERS.get(source, "clips")


def read_clips(folder: Path, source: str) -> Iterator[VideoClip]:
    """The videos of one set, in the order of ``index.tsv`` or of their names.

    Raises:
        LartError: The folder has no such set.
    """
    if source == UCF101:
        yield from _ucf101(folder)
        return
    try:
        with (folder / "index.tsv").open(newline="", encoding="utf-8") as file:
            rows = [r for r in csv.DictReader(file, delimiter="\t") if _used(r)]
    except OSError as error:
        raise LartError(f"Expected video sets in {folder}, but {error}.") from None
    rows = [row for row in rows if row["file"].startswith(f"{source}/")]
    if not rows:
        raise LartError(f"Expected videos of {source!r} in {folder}, but its index has none.")
    for row in rows:
        path = folder / row["file"]
        labels = _timed(path) if source == TIMED else ((row["label"], 0.0, float("inf")),)
        yield VideoClip(source, row["file"], path, row["group"], labels)


def _ucf101(folder: Path) -> Iterator[VideoClip]:
    paths = [p for label in UCF101_LABELS for p in sorted((folder / label).glob("v_*_g*_c*.avi"))]
    if not paths:
        raise LartError(f"Expected videos of UCF101 in {folder}, as {UCF101_LABELS[0]}/v_*.avi.")
    for path in paths:
        label, group, _ = path.stem.removeprefix("v_").rsplit("_", 2)
        name = f"{UCF101}/{label}/{path.name}"
        yield VideoClip(UCF101, name, path, f"{label}_{group}", ((label, 0.0, float("inf")),))


def _used(row: dict[str, str]) -> bool:
    if not row["file"].endswith((".mp4", ".avi")):
        return False
    return not row["file"].startswith(f"{PAIRED}/") or bool(row["ava_ids"])


def parse_intervals(cell: str) -> tuple[tuple[str, float, float], ...]:
    """``Sitting[0 to 3.3; 8 to 9]; Falling (SW)[3.3 to 5]`` -> (label, from, to) in seconds.

    Reads through the tables' slips (missing brackets, ``Fall`` for ``Falling``); an interval that
    ends before it begins is left out.
    """
    found = []
    for label, intervals in _INTERVALS.findall(cell):
        for first, last in _SECONDS.findall(intervals):
            if float(last) > float(first):
                found.append((_SPELLING.get(label, label), float(first), float(last)))
    return tuple(found)


def _timed(path: Path) -> tuple[tuple[str, float, float], ...]:
    subject, kind, number = path.stem.split("_")
    table = path.parent.parent / f"Subject_{subject[1:]}_{kind}.csv"
    return _table(table).get(f"{number}.mp4", ())


@cache
def _table(path: Path) -> dict[str, tuple[tuple[str, float, float], ...]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))[1:]
    # The last column is joined anew: descriptions may hold commas.
    return {row[0].strip(): parse_intervals(",".join(row[5:])) for row in rows if row}
