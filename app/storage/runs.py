"""The runs of this machine, and what is kept in memory of each until it changes."""

import json
import shutil
import zlib
from collections.abc import Callable, Hashable, Sequence
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


def entries() -> Sequence[Entry]:
    """Every run of this machine, the latest first; those with damaged facts are left out."""
    found = [one for one in map(_entry, RUNS.every()) if isinstance(one, Entry)]
    return sorted(found, key=lambda entry: -entry.changed)


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
    """Where the layer of bodies of a run lies (see `lart_core.rendering.layer`)."""
    return run.path / "layers" / "mesh"


def version(run: Run) -> str:
    """Changes whenever something in the run does; not with spans that people draw."""
    files = [run.path / name for name in ("run.json", "actions", "truth.csv")]
    stamps = [f"{file.stat().st_mtime_ns:x}" for file in files if file.exists()]
    who = run.corrections().record()["people"]
    return "-".join([*stamps, f"{zlib.crc32(json.dumps(who).encode()):x}"] if who else stamps)


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
