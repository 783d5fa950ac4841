"""Things of one kind under LART_HOME, found by id."""

import re
from dataclasses import dataclass
from pathlib import Path

from lart_core.errors import LartError
from lart_core.paths import lart_home


@dataclass(frozen=True)
class Shelf:
    """One folder a thing, named by its id, in one folder under LART_HOME.

    An id comes from an address that anybody can type: it becomes a path only if it matches the
    pattern.

    Attributes:
        name: The shelf's folder under LART_HOME.
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
        """Where the things lie."""
        return lart_home() / self.name

    def path(self, id: str) -> Path:
        """The folder of an id, whether it is there or not.

        Raises:
            LartError: It is not an id.
        """
        if not re.fullmatch(self.pattern, id):
            raise LartError(self.missing.format(id=repr(id[:80])))
        return self.folder / id

    def find(self, id: str) -> Path:
        """The file that the folder of an id holds.

        Raises:
            LartError: There is no such thing on this machine.
        """
        found = next(iter(sorted(self.path(id).glob(self.holds))), None)
        if found is None:
            raise LartError(self.missing.format(id=repr(id[:80])))
        return found

    def every(self) -> list[Path]:
        """The files that `find` gives, of everything that is there, by id."""
        found = self.folder.glob(f"*/{self.holds}")
        return sorted(file for file in found if re.fullmatch(self.pattern, file.parent.name))
