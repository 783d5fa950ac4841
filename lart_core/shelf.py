"""Things of one kind in a workspace (under LART_HOME, where nobody says otherwise), found by id."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lart_core.errors import LartError
from lart_core.paths import lart_home, workspace


@dataclass(frozen=True)
class Shelf:
    """One folder a thing, named by its id, in one folder of the workspace (`lart_core.paths`).

    An id comes from an address that anybody can type: it becomes a path only if it matches the
    pattern. Things of LART_HOME that the workspace shares are found besides its own.

    Attributes:
        name: The shelf's folder in the workspace.
        pattern: A regular expression for the whole of an id; it allows no slash.
        holds: The file (or glob for one) that makes a folder one of these things.
        missing: What is said where there is none; ``{id}`` stands for what was asked for.

    Example:
        >>> runs = Shelf("runs", "[a-z0-9-]+", "run.json", "There is no run {id}.")
        >>> runs.path("walk-1").parts[-2:]
        ('runs', 'walk-1')
        >>> runs.find("../../etc")
        Traceback (most recent call last):
            ...
        lart_core.errors.LartError: There is no run '../../etc'.
    """

    name: str
    pattern: str
    holds: str
    missing: str

    @property
    def folder(self) -> Path:
        """Where one's own things lie."""
        return workspace().folder / self.name

    def path(self, id: str) -> Path:
        """The folder of an id among one's own things, whether it is there or not.

        Raises:
            LartError: It is not an id.
        """
        if not re.fullmatch(self.pattern, id):
            raise LartError(self.missing.format(id=repr(id[:80])))
        return self.folder / id

    def find(self, id: str) -> Path:
        """The file that the folder of an id holds, one's own, shared or lent.

        Raises:
            LartError: There is no such thing on this machine.
        """
        folders = [self.path(id), *(each for each in self._shared() if each.name == id)]
        found = self._held(folders) or self._held([self.lent(id)])
        if found is None:
            raise LartError(self.missing.format(id=repr(id[:80])))
        return found

    def find_own(self, id: str) -> Path:
        """As `find`, of a thing that may be changed.

        Raises:
            LartError: There is no such thing, or it is shared or lent.
        """
        found = self.find(id)
        if found.parent != self.path(id):
            raise LartError(f"{id!r} is shared with you: look at it, but do not change it.")
        return found

    def every(self) -> list[Path]:
        """The files that `find` gives, of everything that is there, by id."""
        own = (file for file in self.folder.glob(f"*/{self.holds}") if self._named(file.parent))
        found = {file: None for each in self._shared() for file in each.glob(self.holds)}
        return sorted(found | dict.fromkeys(own), key=lambda file: file.parent.name)

    def shared(self, id: str) -> bool:
        """Whether an id is of a thing that is not one's own."""
        return id in {each.name for each in self._shared()} and not self.path(id).exists()

    def lent(self, id: str) -> Path | None:
        """The folder of an id that is lent to whoever knows it (`lart_core.paths.Workspace`)."""
        return workspace().lent(self.name, id)

    def _held(self, folders: Iterable[Path | None]) -> Path | None:
        """The first file that one of the folders holds."""
        held = (file for each in folders if each for file in sorted(each.glob(self.holds)))
        return next(held, None)

    def _shared(self) -> list[Path]:
        ids = workspace().shared.get(self.name, ())
        return [lart_home() / self.name / id for id in ids if re.fullmatch(self.pattern, id)]

    def _named(self, folder: Path) -> bool:
        return re.fullmatch(self.pattern, folder.name) is not None
