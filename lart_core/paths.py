"""Where the product keeps its files on this machine."""

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

FOLDER, SHARED = "LART_SPACE", "LART_SHARED"
"""Environment variables by which a process is told its `Workspace`."""


def lart_home() -> Path:
    """Folder of cached weights, runs and jobs: ``$LART_HOME``, else ``~/.lart``."""
    return Path(os.environ.get("LART_HOME") or Path.home() / ".lart").expanduser()


def asset(name: str) -> Path:
    """Path of a small file that the product ships, for example ``asset("body/body.npz")``."""
    return Path(str(files("assets"))) / name


def _nothing(shelf: str, id: str) -> None:
    """Nothing is lent."""


@dataclass(frozen=True)
class Workspace:
    """Where runs, uploads, jobs, exports, result sets and studies of somebody lie.

    On a machine of one's own that is `lart_home`; on a public server every visitor has another.

    Attributes:
        folder: The folder.
        shared: Name of a shelf (`lart_core.shelf`) -> ids of things in `lart_home` that may be
            read, and never written, besides one's own.
        lent: Shelf's name, id -> a folder elsewhere that may be read, and never written, by who
            knows its id; None: there is none.
    """

    folder: Path
    shared: Mapping[str, Collection[str]] = field(default_factory=dict, compare=False)
    lent: Callable[[str, str], Path | None] = field(default=_nothing, compare=False)

    def environment(self) -> dict[str, str]:
        """What a process is given in its environment so that it works in this workspace."""
        shared = {name: list(ids) for name, ids in self.shared.items()}
        return {FOLDER: str(self.folder), SHARED: json.dumps(shared)}


def own_workspace() -> Workspace:
    """The workspace of this process: ``$LART_SPACE``, else `lart_home`."""
    given = os.environ.get(FOLDER)
    if not given:
        return Workspace(lart_home())
    return Workspace(Path(given), json.loads(os.environ.get(SHARED) or "{}"))


_entered: ContextVar[Workspace | None] = ContextVar("workspace", default=None)
_otherwise: Callable[[], Workspace] = own_workspace


def workspace() -> Workspace:
    """Where the things of whoever is served right now lie.

    Raises:
        LartError: On a public server, where nobody known is served.
    """
    return _entered.get() or _otherwise()


@contextmanager
def entered(place: Workspace) -> Iterator[None]:
    """Be in a workspace for the length of a block, in this thread or task."""
    token = _entered.set(place)
    try:
        yield
    finally:
        _entered.reset(token)


def decide_workspace(decide: Callable[[], Workspace]) -> None:
    """Let a function say which workspace it is where none was entered."""
    global _otherwise
    _otherwise = decide
