"""`VideoSet`: the folder of a set. `Shard`: its part that one process at a time works on."""

import itertools
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from lart_core.atomic_files import locked, remove_leftovers, sha256, write_json
from lart_core.dataset import index, older
from lart_core.dataset.manifest import Line, add_to_manifest, read_manifest
from lart_core.errors import LartError, NotNow
from lart_core.runs.run import Run
from lart_core.settings import comparable_of_set, differing
from lart_core.stored_files import Entries, checked_entries, expect_format, read_json, reading

SET = "set.json"
FORMAT = "lart-lens set 1"
TRUTH = "ground_truth.csv"
"""The annotations that `lart dataset label` took, of the set's videos, in AVA's layout."""
TOLD = "ground_truth.json"
"""What it was told of their seconds, and of which classes it took them."""
_TOLD: Entries = {"begins_at": (int, float), "classes": list}

PATIENCE = 10
"""Tenths of a second to wait for a shard: `status` looks at each for a moment."""


class ShardBusy(NotNow):
    """Another process works on the shard."""


@dataclass(frozen=True)
class Shard:
    """The videos of a set whose ids have one hash.

    Attributes:
        folder: Where its manifest, given boxes and runs are.
        videos: Ids, sorted.
    """

    number: int
    folder: Path
    videos: tuple[str, ...]

    def run_folder(self, video: str) -> Path:
        """Where the run of a video is."""
        return self.folder / "runs" / video

    def boxes(self, video: str) -> Path:
        """Where the boxes that were given for a video are."""
        return self.folder / "boxes" / f"{video}.csv"

    def lines(self) -> dict[str, Line]:
        """Video id -> what became of it."""
        return read_manifest(self.folder)

    def left(self) -> list[str]:
        """Videos that are not tracked: not begun, or refused."""
        done = self.tracked()
        return [video for video in self.videos if video not in done]

    def tracked(self) -> set[str]:
        """Videos that are tracked."""
        known = self.lines()
        return {v for v in self.videos if v in known and known[v].state == "tracked"}

    def add(self, line: Line) -> None:
        """Note what became of a video; at the same cost however many are done."""
        add_to_manifest(self.folder, line)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the shard for this process; it is let go when the process ends, however it does.

        Raises:
            ShardBusy: Another process holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        busy = f"Another process works on shard {self.folder.name} of {self.folder.parent.parent}."
        with (self.folder / "lock").open("w") as file:
            if not locked(file, PATIENCE):
                raise ShardBusy(busy)
            yield


@dataclass(frozen=True, eq=False)
class VideoSet:
    """A set of videos and what was made of them; see docs/scale.md for what lies in the folder."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> "VideoSet":
        """Open an existing set, also one that `lart track-dataset` made before there was an index.

        Raises:
            LartError: There is no set, or it is damaged.
        """
        found = cls(Path(path))
        if not (found.path / SET).is_file() and not older.is_older(found.path):
            raise LartError(
                f"Expected a data set (a folder with a {SET}, which `lart dataset track` makes), "
                f"but {path} is none."
            )
        _ = found.facts
        return found

    @classmethod
    def create(
        cls, path: Path, videos: Path, settings: dict[str, Any], found: dict[str, int]
    ) -> "VideoSet":
        """Make a set, or add videos to one that was made with the same settings.

        Several processes may do so at once.

        Args:
            videos: Their folder. found: Ids and bytes of those that are to be in the set.
            settings: What the outcome depends on, as JSON.

        Raises:
            LartError: The folder holds a set with other settings or of other videos, or other
                files; or a tracked video is another file now.
        """
        path.mkdir(parents=True, exist_ok=True)
        made = cls(path)
        facts = {"format": FORMAT, "videos": str(videos.resolve()), "settings": settings}
        with made._alone():
            remove_leftovers(path)
            if older.is_older(path):
                older.adopt(path, facts, found)
            elif (path / SET).is_file():
                known = made.facts
                if comparable_of_set(known["settings"]) != comparable_of_set(settings):
                    raise LartError(
                        f"The folder {path} holds a set with other settings "
                        f"({differing(known['settings'], settings)}); choose another folder, or "
                        "delete that one first."
                    )
                now = {"options": settings["options"]} if "options" in settings else {}
                facts["settings"] = known["settings"] | now  # Threads may be others.
            elif others := [p.name for p in path.iterdir() if p.name != "lock"]:
                raise LartError(
                    f"Expected an empty folder for the set, but {path} has {others[0]}."
                )
            table, kept = index.table_of(found.items()), None
            if (path / index.INDEX).is_file():
                kept = made._table()
                pairs = zip(kept["video"].to_pylist(), kept["bytes"].to_pylist(), strict=True)
                old = dict(pairs)
                made._expect_same_videos(videos, old, found)
                table = index.table_of((old | found).items())
            if not (path / SET).is_file() or made.facts != facts:
                write_json(path / SET, facts)
            if kept is None or not table.equals(kept):
                index.write(path, table)
        return made

    def _expect_same_videos(
        self, videos: Path, old: Mapping[str, int], found: Mapping[str, int]
    ) -> None:
        """Refuse a folder without videos of the set, and other files in place of tracked ones."""
        former = self.videos
        if videos.resolve() != former:
            away = {video for video in old if video not in found and not (videos / video).exists()}
            needed = sorted(away - {video for _, video in self._tracked(away)})
            if needed:
                raise LartError(
                    f"Expected the folder of the set's videos, {former}, or one that has all that "
                    f"are left, but {videos} has no {needed[0]}; put all videos below one folder, "
                    "or choose another folder for the set."
                )
        both = old.keys() & found.keys()
        changed = {video for video in both if old[video] not in (found[video], index.UNKNOWN)}
        others = [
            video
            for shard, video in self._tracked(changed)
            if _is_another(videos / video, Run.open(shard.run_folder(video)))
        ]
        if others:
            raise LartError(
                f"Expected {others[0]} as it was when it was tracked, but it is another file now"
                + (f" (and so are {len(others) - 1} more)" if others[1:] else "")
                + "; choose another folder for the set, or delete that one first."
            )

    def _tracked(self, videos: Set[str]) -> Iterator[tuple[Shard, str]]:
        """Those of some videos that are tracked."""
        if not videos:
            return
        for shard in self.shards():
            mine = {video for video in shard.videos if video in videos}
            done = mine & shard.tracked() if mine else mine
            yield from ((shard, video) for video in sorted(done))

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The content of set.json: folder of videos and settings."""
        if older.is_older(self.path):
            return {"format": older.FORMAT, "videos": None, "settings": {}}
        with reading(self.path / SET, f"The set {self.path}", "track it anew"):
            facts = read_json(self.path / SET, {"settings": dict, "videos": str})
            expect_format(facts.get("format"), FORMAT)
            return facts

    @property
    def videos(self) -> Path:
        """The folder of the videos."""
        return Path(self.facts["videos"])

    @property
    def begins_at(self) -> float | None:
        """Second of the films at which the set's videos begin, as `lart dataset label` was told;
        None where it was not, and each run knows for itself."""
        second = self._told().get("begins_at")
        return None if second is None else float(second)

    @property
    def classes(self) -> tuple[int, ...] | None:
        """Ids of the classes that `lart dataset label` took; None of a set that was labelled before
        they were kept."""
        ids = self._told().get("classes")
        return None if ids is None else tuple(ids)

    def _told(self) -> dict[str, Any]:
        """What `lart dataset label` was told, as far as it was."""
        file = self.path / TOLD
        if not file.is_file():
            return {}
        with reading(file, f"The file {TOLD} of the set {self.path}", "label the set anew"):
            told = read_json(file, {})
            return checked_entries(told, {name: _TOLD[name] for name in _TOLD if name in told})

    def note_truth(self, classes: Sequence[int], begins_at: float | None) -> None:
        """Keep what it was told."""
        told = {"classes": list(classes)}
        write_json(self.path / TOLD, told | ({} if begins_at is None else {"begins_at": begins_at}))

    def shards(self, only: Sequence[int] | None = None) -> list[Shard]:
        """The shards that have videos, in order."""
        if older.is_older(self.path):
            return []
        table = self._table(only)
        rows = zip(table["shard"].to_pylist(), table["video"].to_pylist(), strict=True)
        return [
            Shard(number, self.path / "shards" / f"{number:03x}", tuple(v for _, v in group))
            for number, group in itertools.groupby(rows, lambda row: row[0])
        ]

    def lines(self) -> Iterator[Line]:
        """What became of each video that was begun."""
        if older.is_older(self.path):
            yield from older.lines(self.path)
        for shard in self.shards():
            known = shard.lines()
            yield from (known[video] for video in shard.videos if video in known)

    def runs(self) -> Iterator[tuple[str, Run]]:
        """Id and run of each tracked video; a run is opened when it is its turn."""
        for video, folder in self.run_folders():
            yield video, Run.open(folder)

    def run_folders(self) -> Iterator[tuple[str, Path]]:
        """Id and folder of the run of each tracked video."""
        if older.is_older(self.path):
            for line in older.lines(self.path):
                if line.state == "tracked":
                    yield line.video, self.path / line.video
        for shard in self.shards():
            known = shard.lines()
            for video in shard.videos:
                if video in known and known[video].state == "tracked":
                    yield video, shard.run_folder(video)

    def _table(self, only: Sequence[int] | None = None) -> pa.Table:
        return index.read(self.path, only)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.path / "lock").open("w") as file:
            locked(file, None)
            self.__dict__.pop("facts", None)
            yield
            self.__dict__.pop("facts", None)


def _is_another(file: Path, run: Run) -> bool:
    """Whether a file of another size is not what a run was made of: it may have grown since the set
    was planned, and before it was tracked. Films that were imported have no such note."""
    return not (run.video.sha256 and file.is_file() and sha256(file) == run.video.sha256)
