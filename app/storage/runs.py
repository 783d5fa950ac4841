"""The runs of this machine, and what is kept in memory of each until it changes."""

import json
import shutil
import time
import zlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from app.storage import notes
from app.storage.memory import Memory
from lart_core.errors import LartError
from lart_core.runs.run import Run
from lart_core.shelf import Shelf

RUNS = Shelf(
    "runs",
    "[a-z0-9][a-z0-9-]{0,80}",
    "run.json",
    "There is no run {id} on this machine; choose one on Home.",
)
SAMPLE = "sample"
"""The id of the sample's run."""

STAGES = ("tracking", "player")


Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Entry:
    """One run in the list, and when it last changed."""

    run: Run
    changed: float

    @property
    def id(self) -> str:
        """What links carry."""
        return self.run.path.name

    @property
    def name(self) -> str:
        """What people call it; no key, for two runs may be called the same."""
        return notes.name_of(self.id) or title(self.id, self.run.video.name)

    @property
    def ready(self) -> bool:
        """Whether there is something to watch: people and a video."""
        return all(self.run.finished(stage) for stage in STAGES)


def title(run_id: str, file_name: str) -> str:
    """What a run is called where nobody called it anything: the file name of its video."""
    return "The sample" if run_id == SAMPLE else file_name


def names(listed: Iterable[Entry]) -> dict[str, str]:
    """Id -> what each run is called in a list to choose from, no two alike.

    Runs of one name are told apart by the part of the video that they are of, by when they were
    made, and where neither differs by their ids.
    """
    listed = list(listed)
    found = {entry.id: entry.name for entry in listed}
    for mark in (_part, _when, lambda entry: entry.id):
        alike = Counter(found.values())
        marked = {entry.id: mark(entry) for entry in listed if alike[found[entry.id]] > 1}
        said = Counter((found[run_id], word) for run_id, word in marked.items())
        for run_id, word in marked.items():
            name = found[run_id]
            if word and said[name, word] < alike[name]:
                found[run_id] = f"{name} · {word}"
    return found


def _part(entry: Entry) -> str:
    """The seconds of the video that a run is of; nothing where it is of all."""
    start, end = (entry.run.facts["settings"].get(name) for name in ("start", "end"))
    if not start and end is None:
        return ""
    return f"from {start or 0:g} s" if end is None else f"{start or 0:g} to {end:g} s"


def _when(entry: Entry) -> str:
    """When a run was made or last gone on with, like ``1 Dec 2026, 01:04``."""
    then = time.localtime(entry.changed)
    return f"{then.tm_mday} {time.strftime('%b %Y, %H:%M', then)}"


def entries() -> Sequence[Entry]:
    """Every run of this machine, the latest first; those with damaged facts are left out."""
    found = [one for one in map(_entry, RUNS.every()) if isinstance(one, Entry)]
    return sorted(found, key=lambda entry: -entry.changed)


def listed(run_ids: Iterable[str]) -> list[Entry]:
    """The runs of these ids; those that are gone or damaged meanwhile are left out."""
    found = []
    for run_id in run_ids:
        with suppress(LartError):
            found.append(_entry(RUNS.find(run_id)))
    return [one for one in found if isinstance(one, Entry)]


def damaged() -> dict[str, str]:
    """The runs whose facts cannot be read: id -> the sentence that says why."""
    found = {file.parent.name: _entry(file) for file in RUNS.every()}
    return {run_id: why for run_id, why in found.items() if isinstance(why, str)}


def remove(run_id: str) -> None:
    """Delete a run's folder; the video that it was made of stays where it is.

    Raises:
        LartError: It cannot be deleted.
    """
    try:
        shutil.rmtree(RUNS.path(run_id))
    except FileNotFoundError:
        return
    except OSError as error:
        raise LartError(f"Could not remove the run {run_id!r}: {error.strerror}.") from None


def _entry(file: Path) -> Entry | str:
    """The line in the list of a run, by its run.json, or why that cannot be read."""
    try:
        return Entry(Run.open(file.parent), file.stat().st_mtime)
    except LartError as error:
        return str(error)
    except OSError as error:
        return f"The run {file.parent.name!r} cannot be read: {error.strerror}."


def ready() -> Sequence[Entry]:
    """The runs that can be watched, the latest first."""
    return [entry for entry in entries() if entry.ready]


def can_be_watched(run_id: str) -> bool:
    """Whether a run is there that has people and a video; later stages may still be at work."""
    try:
        return Entry(find(run_id), 0.0).ready
    except LartError:
        return False


def find(run_id: str) -> Run:
    """The run of an id.

    Raises:
        LartError: There is no such run on this machine.
    """
    return Run.open(RUNS.find(run_id).parent)


def find_own(run_id: str) -> Run:
    """As `find`, of a run that may be changed.

    Raises:
        LartError: There is no such run, or it is shared.
    """
    return Run.open(RUNS.find_own(run_id).parent)


def own(run: Run) -> bool:
    """Whether a run may be changed: it is neither shared nor lent."""
    return run.path.parent == RUNS.folder


def lent(run_id: str) -> Entry | None:
    """A run of somebody else that a link lends to whoever is served."""
    folder = RUNS.lent(run_id)
    found = _entry(folder / RUNS.holds) if folder else None
    return found if isinstance(found, Entry) and found.ready else None


def mesh_layer(run: Run) -> Path:
    """Where the layer of bodies of a run's people, as they are corrected now, lies or would lie
    (see `lart_core.rendering.layer`)."""
    return run.path / "layers" / "-".join(["mesh", *_corrected(run)])


def mesh_layer_is_stale(run: Run) -> bool:
    """Whether the bodies of a run were drawn, but not since somebody last corrected who is who."""
    return not mesh_layer(run).exists() and any((run.path / "layers").glob("mesh*"))


def forget_stale_layers(run: Run) -> None:
    """Delete the layers of bodies of former corrections; that of the people as tracked stays."""
    for folder in (run.path / "layers").glob("mesh-*"):
        if folder != mesh_layer(run):
            shutil.rmtree(folder, ignore_errors=True)


def version(run: Run) -> str:
    """Changes whenever something in the run does; not with spans that people draw."""
    files = [run.path / name for name in ("run.json", "actions", "truth.csv")]
    stamps = [f"{file.stat().st_mtime_ns:x}" for file in files if file.exists()]
    return "-".join([*stamps, *_corrected(run)])


def _corrected(run: Run) -> list[str]:
    """One word that stands for how somebody corrected who is who; none where nobody did."""
    who = run.corrections().record()["people"]
    return [f"{zlib.crc32(json.dumps(who).encode()):x}"] if who else []


_memory = Memory()


def forget() -> None:
    """Drop what is kept in memory of runs, as where somebody's were deleted."""
    _memory.clear()


def per_run(maxsize: int) -> Callable[[Function], Function]:
    """Keep in memory what a function makes of a run, until something in the run changes.

    Args:
        maxsize: How many answers are kept; the longest unused go first, and of all functions
            together those that memory has no room for (`app.storage.memory`).

    Returns:
        A decorator for functions of a run and other, hashable, arguments.
    """

    def decorate(make: Function) -> Function:
        @wraps(make)
        def remembered(run: Run, *args: Hashable) -> Any:
            key = (run.path, version(run), args)
            return _memory.get(remembered, key, lambda: make(run, *args), maxsize)

        return cast(Function, remembered)

    return decorate
