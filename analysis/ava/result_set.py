"""Result sets: predictions with their ground truth, kept as Parquet under LART_HOME.

A set is a folder ``$LART_HOME/results/<id>``: set.json, predictions.parquet, ground_truth.parquet
and, where given, excluded.parquet. The id is made of the name and the content, so that the same
files opened twice are one set, and links to it stay true. A set may know a folder of its videos;
they stay where they are.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.csv_file import LAYOUT
from analysis.ava.file_checks import recognise
from analysis.ava.label_map import LabelMap
from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.shelf import Shelf
from lart_core.stored_files import checked_entries, expect_format, read_json, reading
from lart_core.video import ENDINGS

FORMAT = "lart-lens results 1"
_FACTS = {"name": str, "made_up": bool, "truth": str, "notes": list, "classes": dict}
SETS = Shelf(
    "results",
    "[a-z0-9][a-z0-9-]{0,80}",
    "set.json",
    "There is no result set {id} on this machine; open its files on AVA results.",
)


@dataclass(frozen=True, eq=False)
class ResultSet:
    """Predictions and the ground truth that they are judged against.

    Attributes:
        id: What links carry.
        name: What people read.
        predictions, ground_truth, excluded: Tables as `analysis.ava.csv_file` reads them.
        label_map: The classes that count.
        notes: What was found odd when the files were opened.
        made_up: Whether the set is the example that a programme drew.
    """

    id: str
    name: str
    predictions: pd.DataFrame
    ground_truth: pd.DataFrame
    excluded: pd.DataFrame | None
    label_map: LabelMap
    notes: list[str] = field(default_factory=list)
    made_up: bool = False


@dataclass(frozen=True)
class SetFacts:
    """One line of the list of result sets: id, name, made_up, and `truth`, which is the same for
    sets on the same ground truth and classes."""

    id: str
    name: str
    made_up: bool
    truth: str


def add(
    name: str,
    predictions: pd.DataFrame,
    ground_truth: pd.DataFrame,
    label_map: LabelMap,
    excluded: pd.DataFrame | None = None,
    *,
    made_up: bool = False,
    videos: Path | None = None,
    begins_at: float | None = None,
) -> str:
    """Check a set, keep it, and return its id.

    Args:
        videos: Folder of the set's videos, to be played; a video is a file named as in the tables,
            with or without a video's ending.
        begins_at: Second of the film at which each video begins, where somebody told it.

    Raises:
        LartError: The files cannot belong together; the message says which of the usual mistakes
            it looks like. Or the folder holds none of the videos.
    """
    findings = recognise(ground_truth, predictions, label_map)
    for finding in findings:
        if finding.fatal:
            raise LartError(finding.text)
    classes = json.dumps([label_map.names, label_map.groups], sort_keys=True)
    if videos is not None:
        videos = _checked(videos, ground_truth)
    truth = _digest([ground_truth, *([] if excluded is None else [excluded])], classes)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50] or "set"
    set_id = f"{slug}-{_digest([predictions], truth)}"
    if SETS.path(set_id).is_dir():  # What is not told now stays as it was told then.
        with suppress(LartError):
            videos, begins_at = _told_or(set_id, videos, begins_at)
    facts = {
        "format": FORMAT,
        "name": name,
        "made_up": made_up,
        "truth": truth,
        "videos": None if videos is None else str(videos),
        "begins_at": begins_at,
        "notes": [finding.text for finding in findings],
        "classes": {str(i): [n, label_map.groups[i]] for i, n in label_map.names.items()},
    }
    with replacing(SETS.path(set_id)) as made:
        made.mkdir()
        predictions.to_parquet(made / "predictions.parquet", index=False)
        ground_truth.to_parquet(made / "ground_truth.parquet", index=False)
        if excluded is not None:
            excluded.to_parquet(made / "excluded.parquet", index=False)
        (made / "set.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return set_id


def _told_or(
    set_id: str, videos: Path | None, begins: float | None
) -> tuple[Path | None, float | None]:
    """These, or else what a set was told of them."""
    folder = _told(set_id, "videos")
    if videos is None and isinstance(folder, str):
        videos = Path(folder)
    return videos, begins_at(set_id) if begins is None else begins


def open_set(set_id: str) -> ResultSet:
    """Open a set by its id.

    Raises:
        LartError: There is none of that id, or its files are damaged.
    """
    path = SETS.find(set_id).parent
    with _reading(path):
        facts = _facts(path)
        excluded = path / "excluded.parquet"
        return ResultSet(
            set_id,
            facts["name"],
            _table(path / "predictions.parquet", [*LAYOUT, "score"]),
            _table(path / "ground_truth.parquet", LAYOUT),
            _table(excluded, LAYOUT[:2]) if excluded.exists() else None,
            LabelMap(
                {int(i): str(name) for i, (name, _) in facts["classes"].items()},
                {int(i): str(group) for i, (_, group) in facts["classes"].items()},
            ),
            [str(note) for note in facts["notes"]],
            facts["made_up"],
        )


def moments(set_id: str, video: str) -> NDArray[np.float64]:
    """Ascending timestamps of one of a set's videos; empty if its ground truth does not name it."""
    with suppress(LartError):
        path = SETS.find(set_id).parent
        with _reading(path):
            table = path / "ground_truth.parquet"
            facts = table.stat()
            return _moments(table, (facts.st_ino, facts.st_mtime_ns)).get(video, np.zeros(0))
    return np.zeros(0)


@lru_cache(maxsize=8)
def _moments(path: Path, stamp: tuple[int, int]) -> Mapping[str, NDArray[np.float64]]:
    """Video -> ascending timestamps, in a table of ground truth; `stamp` tells its states apart."""
    table = _table(path, LAYOUT[:2])
    seconds = table["timestamp"].astype(float).groupby(table["video"].astype(str))
    return {str(video): np.unique(part.to_numpy()) for video, part in seconds}


def forget() -> None:
    """Drop what is kept in memory of sets."""
    _moments.cache_clear()


def video_file(set_id: str, video: str) -> Path | None:
    """The file of one of a set's videos; None where it is not at hand.

    Only files inside the set's folder of videos, and only videos that its ground truth names.
    """
    if not moments(set_id, video).size:
        return None
    videos = _told(set_id, "videos")
    return _inside(Path(videos), video) if isinstance(videos, str) else None


def begins_at(set_id: str) -> float | None:
    """Second of the film at which each of a set's videos begins; None where nobody told it.

    Raises:
        LartError: There is no set of that id, or its facts are damaged.
    """
    told = _told(set_id, "begins_at")
    return float(told) if isinstance(told, int | float) else None


def _told(set_id: str, name: str) -> Any:
    """One of a set's facts that sets of before do not have; None where it lacks."""
    path = SETS.find(set_id).parent
    with _reading(path):
        return _facts(path).get(name)


def sets() -> list[SetFacts]:
    """Every set of this machine, the latest first; those with damaged facts are left out."""
    return [one for one, why in _all().values() if not why]


def damaged() -> dict[str, str]:
    """The sets whose facts cannot be read: id -> the sentence that says why."""
    return {set_id: why for set_id, (_, why) in _all().items() if why}


def _all() -> dict[str, tuple[SetFacts, str]]:
    """Id -> facts and, where they cannot be read, why; the latest first."""
    found = []
    for path in SETS.every():
        set_id, why = path.parent.name, ""
        one = SetFacts(set_id, set_id, False, "")
        try:
            with _reading(path.parent):
                facts = _facts(path.parent)
                one = SetFacts(set_id, facts["name"], facts["made_up"], facts["truth"])
        except LartError as error:
            why = str(error)
        found.append((path.stat().st_mtime, one, why))
    latest_first = sorted(found, key=lambda row: -row[0])
    return {one.id: (one, why) for _, one, why in latest_first}


def remove(set_id: str) -> None:
    """Delete a set; the files that it was made of stay where they are."""
    with suppress(LartError):
        shutil.rmtree(SETS.path(set_id), ignore_errors=True)


def _reading(path: Path) -> AbstractContextManager[None]:
    what = f"The result set {path.name!r}"
    return reading(path / "set.json", what, "remove it and open its files again")


def _facts(path: Path) -> dict[str, Any]:
    facts = read_json(path / "set.json", {})
    expect_format(facts.get("format"), FORMAT)
    return checked_entries(facts, _FACTS)


def _table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """A table with at least these columns: video as text, the others numbers."""
    table = pd.read_parquet(path)
    if missing := [name for name in columns if name not in table]:
        raise ValueError(f"{path.name} lacks {', '.join(missing)}")
    for name in columns:
        if name == "video":
            known = table["video"].astype("category").cat.categories
            if not all(isinstance(video, str) for video in known):
                raise ValueError(f"{path.name} has videos that are no names")
        elif table[name].dtype.kind not in "iuf":
            raise ValueError(f"{name} in {path.name} is no number")
    return table


def _checked(videos: Path, ground_truth: pd.DataFrame) -> Path:
    """The folder as an absolute path, if at least one of the videos is in it."""
    if not videos.is_dir():
        raise LartError(f"Expected a folder of videos, but {str(videos)!r} is none.")
    names = sorted(set(ground_truth["video"].astype(str)))
    videos = videos.resolve()
    if not any(_inside(videos, name) for name in names):
        raise LartError(
            f"Expected the videos that the ground truth names (such as {names[0]!r}) in the folder "
            f"{str(videos)!r}, but none of the {len(names)} is there."
        )
    return videos


def _inside(videos: Path, name: str) -> Path | None:
    """A video's file, if it lies in the folder (and is no link that leads out of it)."""
    try:
        for ending in ("", *(f".{each}" for each in ENDINGS)):
            path = (videos / f"{name}{ending}").resolve()
            if path.is_relative_to(videos) and path.is_file():
                return path
    except (OSError, ValueError):  # a name that no file can have
        return None
    return None


def _digest(tables: list[pd.DataFrame], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for table in tables:
        plain = table.astype({"video": str})
        digest.update(pd.util.hash_pandas_object(plain, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:10]
