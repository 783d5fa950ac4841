"""Reader of video sets: real clips of people with one label a clip, or labels by the second.

A set is a folder of videos beside ``index.tsv``, whose rows name each file, label and group.
gmdcsa24 has tables with intervals of seconds besides: ``Sitting[0 to 3.3]; Standing[3.3 to 5]``.
UCF101 and HMDB51 are read as their makers lay them out:
``UCF-101/<label>/v_<label>_g<group>_c<clip>.avi`` and
``hmdb51/<label>/<film>_<label>_<view>_<camera>_np<people>_<side>_<quality>_<clip>.avi``.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lart_core.errors import LartError

UCF101 = "ucf101"
UCF101_LABELS = ("PlayingGuitar", "ShavingBeard")
"""Those of its labels that are read."""

HMDB51 = "hmdb51"
HMDB51_LABELS = ("run", "jump", "fall_floor", "walk", "kick_ball", "catch", "shoot_ball", "push")
"""Those of its labels that are read. Its "hit" is of things, faces and drums."""
A_FILM = 2
"""At most so many clips of one label are taken from one film, that no film outweighs others."""

VIDEO_SOURCES = ("arid6", "gmdcsa24", "yoga6", "ut_interaction", HMDB51, UCF101)
"""The sets that models learn from. survfight is left out: one label for all people of a clip."""

LOOKS_ONLY = (UCF101,)
"""Sets that teach what people look like, and not how they move: a pose model that learnt the guitar
from them took other people who are filmed from near for guitarists. It is judged on them."""
ACTED = tuple(source for source in VIDEO_SOURCES if source not in LOOKS_ONLY)
"""Sets that teach how people move."""

ELSEWHERE = ("weizmann", "urfd")
"""Sets of other people and places that no model learns from: to judge by
(`benchmarks.study_elsewhere`), laid out like those with an ``index.tsv``."""

PAIRED = "ut_interaction"
"""The set of two people who do something to each other. Its negatives are left out: they have
another frame rate than its actions, which would tell them apart."""

FOLDERS = {PAIRED: "films2", UCF101: "UCF-101", HMDB51: HMDB51}
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
    if source == HMDB51:
        yield from _hmdb51(folder)
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


def _hmdb51(folder: Path) -> Iterator[VideoClip]:
    """Clips that show one person; whoever comes from one film is one group."""
    taken: Counter[tuple[str, str]] = Counter()
    for label in HMDB51_LABELS:
        for path in sorted((folder / label).glob("*.avi")):
            named = re.fullmatch(rf"(?P<film>.+)_{label}_[a-z]+_[cn]m_np1_\w\w_\w+_\d+", path.stem)
            if not named:
                continue
            film = named["film"].rstrip("_0123456789") or named["film"]
            if taken[label, film] == A_FILM:
                continue
            taken[label, film] += 1
            name = f"{HMDB51}/{label}/{path.name}"
            yield VideoClip(HMDB51, name, path, film, ((label, 0.0, float("inf")),))
    if not taken:
        raise LartError(f"Expected clips of HMDB51 in {folder}, as {HMDB51_LABELS[0]}/*.avi.")


def _used(row: dict[str, str]) -> bool:
    if not row["file"].endswith((".mp4", ".avi")):
        return False
    return not row["file"].startswith(f"{PAIRED}/") or bool(row.get("ava_ids"))


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
