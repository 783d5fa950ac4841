"""The runs of this machine: found by id, never by a path that came from outside."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lart_core.errors import LartError
from lart_core.paths import lart_home
from lart_core.runs.run import Run

RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")
SAMPLE = "sample"
"""The id of the sample's run."""

STAGES = ("tracking", "player")


def folder() -> Path:
    """Folder in which the runs lie, one folder a run."""
    return lart_home() / "runs"


@dataclass(frozen=True)
class Entry:
    """One run in the list: its id, its facts (`Run.facts`) and when it last changed."""

    id: str
    facts: dict[str, Any]
    changed: float

    @property
    def name(self) -> str:
        """What people call it: the file name of the video."""
        return "The sample" if self.id == SAMPLE else str(self.facts["video"]["name"])

    @property
    def ready(self) -> bool:
        """Whether there is something to watch: people and a video."""
        return all(stage in self.facts["stages"] for stage in STAGES)


def entries() -> Sequence[Entry]:
    """Every run of this machine, the latest first; those with damaged facts are left out."""
    found = [one for one in map(_entry, _ids()) if isinstance(one, Entry)]
    return sorted(found, key=lambda entry: -entry.changed)


def damaged() -> dict[str, str]:
    """The runs whose facts cannot be read: id -> the sentence that says why."""
    found = {run_id: _entry(run_id) for run_id in sorted(_ids())}
    return {run_id: why for run_id, why in found.items() if isinstance(why, str)}


def remove(run_id: str) -> None:
    """Delete a run's folder; the video that it was made of stays where it is.

    Raises:
        LartError: It cannot be deleted.
    """
    if not RUN_ID.fullmatch(run_id):
        return
    try:
        shutil.rmtree(folder() / run_id)
    except FileNotFoundError:
        return
    except OSError as error:
        raise LartError(f"Could not remove the run {run_id!r}: {error.strerror}.") from None


def _ids() -> list[str]:
    names = [path.parent.name for path in folder().glob("*/run.json")]
    return [name for name in names if RUN_ID.fullmatch(name)]


def _entry(run_id: str) -> Entry | str:
    """A run's line in the list, or why it cannot be read."""
    path = folder() / run_id
    try:
        return Entry(run_id, Run.open(path).facts, (path / "run.json").stat().st_mtime)
    except LartError as error:
        return str(error)
    except OSError as error:
        return f"The run {run_id!r} cannot be read: {error.strerror}."


def ready() -> Sequence[Entry]:
    """The runs that can be watched, the latest first."""
    return [entry for entry in entries() if entry.ready]


def find(run_id: str) -> Run:
    """The run of an id.

    Raises:
        LartError: There is no such run on this machine.
    """
    path = folder() / run_id
    if not RUN_ID.fullmatch(run_id) or not (path / "run.json").is_file():
        raise LartError(f"There is no run {run_id[:80]!r} on this machine; choose one on Home.")
    return Run.open(path)


def mesh_layer(run: Run) -> Path:
    """Where the layer of bodies of a run lies (see `lart_core.rendering.layer`)."""
    return run.path / "layers" / "mesh"


def version(run: Run) -> str:
    """Changes whenever something in the run does."""
    files = [run.path / name for name in ("run.json", "actions", "truth.csv")]
    return "-".join(f"{file.stat().st_mtime_ns:x}" for file in files if file.exists())
