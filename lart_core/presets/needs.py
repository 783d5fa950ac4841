"""What a preset needs and what is wrong with it: the page that `lart weights doctor` prints."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lart_core import weights
from lart_core.errors import LartError

WRONG_VERSION = "wrong version"
"""A file that can be read but belongs to another network; the other states are `weights.State`."""


@dataclass(frozen=True)
class Need:
    """A model file that a preset needs.

    Attributes:
        name: Its name in the register.
        read: Opens the file; its LartError means that the file is damaged.
        fits: Builds what the file is for; its LartError means another version.
        replaced_by: A path that stands in for the register's file, if there is one.
        instead: What serves where the file is missing; empty where nothing can.
    """

    name: str
    read: Callable[[Path], Any]
    fits: Callable[[Path], Any]
    replaced_by: Callable[[], Path | None] = lambda: None
    instead: str = ""


@dataclass(frozen=True)
class Finding:
    """One file as it was found.

    Attributes:
        problem: One sentence, empty where all is well.
        instead: See `Need`.
    """

    record: weights.Record
    state: str
    path: Path
    problem: str = ""
    instead: str = ""

    @property
    def good(self) -> bool:
        """Whether it is there and nothing is wrong with it."""
        return self.state == weights.State.PRESENT.value

    @property
    def elsewhere(self) -> list[Path]:
        """Where other projects keep the file on this machine."""
        return weights.elsewhere(self.record)

    @property
    def spared(self) -> bool:
        """Whether it is missing and something else serves."""
        return bool(self.instead) and self.state == weights.State.MISSING.value

    @property
    def fetches_itself(self) -> bool:
        """Whether it is missing or spoilt, and will be fetched when it is first needed."""
        return self.record.fetched_unasked and not self.good

    def text(self) -> str:
        """One line for a good file, four or five for another."""
        record = self.record
        first = f"{self.state:14} {record.name:22} {record.purpose}"
        if self.good:
            return first
        lines = [f"{first}; not needed: without it {self.instead}" if self.spared else first]
        if self.problem:
            lines.append(f"what is wrong: {self.problem}")
        lines += [
            f"{record.readable_size}; licence: {record.licence}, {record.licence_url}",
            f"from: {' or '.join(map(str, record.sources))}",
            f"save as: {self.path}",
        ]
        if self.state == weights.State.MISSING.value:
            lines += [f"another project's is here: {place}" for place in self.elsewhere]
        return f"\n{'':15}".join(lines)


@dataclass(frozen=True)
class Report:
    """Whether a preset can run here.

    Attributes:
        notes: Sentences about what is no file: packages that are missing, and the GPU.
        missing_packages: Whether one of the packages is missing.
    """

    preset: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    missing_packages: bool = False

    @property
    def ready(self) -> bool:
        """Whether nothing that is needed is missing, and nothing wrong."""
        good = all(found.good or found.spared for found in self.findings)
        return good and not self.missing_packages

    @property
    def runnable(self) -> bool:
        """Whether a run would find everything: it is ready, or fetches the rest by itself."""
        found = (f.good or f.spared or f.fetches_itself for f in self.findings)
        return all(found) and not self.missing_packages

    def text(self) -> str:
        """The whole page."""
        needed = [f for f in self.findings if not f.spared]
        wrong = [f for f in needed if not f.good]
        total = len(needed)
        head = f"The preset '{self.preset}' is ready: all {total} files are there."
        if not self.ready:
            package = "a package is missing, " * self.missing_packages
            head = (
                f"The preset '{self.preset}' cannot run yet: {package}{len(wrong)} of its {total} "
                f"files are missing or wrong. Nothing was downloaded."
            )
        lines = [head, "", *(found.text() for found in needed)]
        spared = [f for f in self.findings if f.spared]
        fetched = []
        for kind, findings in (("is needed", wrong), ("is not", spared)):
            names = [f.record.name for f in findings if _fetchable(f.record)]
            if names:
                said = f"What {kind} and has a public address comes with: lart weights fetch"
                fetched.append(f"{said} {' '.join(names)}")
        missing = (f for f in self.findings if f.state == weights.State.MISSING.value)
        if any(f.elsewhere for f in missing):
            how = f"lart weights adopt --preset {self.preset}"
            fetched.append(f"What other projects have here already is checked and linked by: {how}")
        for part in ([found.text() for found in spared], self.notes, fetched):
            lines += ["", *part] if part else []
        return "\n".join(lines)


def examine(preset: str, needs: list[Need], notes: tuple[str, ...], *, thorough: bool) -> Report:
    """Look at every file that a preset needs.

    Args:
        thorough: Also read every file and see whether it fits; takes about as long as a start.
    """
    return Report(preset, tuple(_look(need, thorough) for need in needs), notes)


def adopt(needs: list[Need]) -> list[str]:
    """Link what is missing here and other projects have on this machine, if it is what is needed.

    Returns:
        One sentence for each such file: where it is linked, or why it is not.
    """
    said = []
    for need in needs:
        record = weights.find(need.name)
        if need.replaced_by() or weights.state(record) is not weights.State.MISSING:
            continue
        for place in weights.elsewhere(record):
            made = weights.link(record, place)
            found = _look(need, thorough=True)
            if found.good:
                said.append(f"{need.name}: {made} is a link to {place}.")
                break
            made.unlink()
            said.append(
                f"{need.name}: {place} was not linked, it is {found.state}: {found.problem}"
            )
    return said


def _look(need: Need, thorough: bool) -> Finding:
    record = weights.find(need.name)
    path = need.replaced_by() or weights.local_path(record)
    state = weights.state(record)
    if need.replaced_by():
        state = weights.State.PRESENT if path.is_file() else weights.State.MISSING

    def found(as_it_is: str, problem: str = "") -> Finding:
        return Finding(record, as_it_is, path, problem, need.instead)

    if state is weights.State.DAMAGED:
        return found(state.value, "its size or sha256 is not the published one.")
    if state is weights.State.MISSING or not thorough:
        return found(state.value)
    try:
        need.read(path)
    except LartError as error:
        return found(weights.State.DAMAGED.value, str(error))
    try:
        need.fits(path)
    except LartError as error:
        return found(WRONG_VERSION, str(error))
    return found(state.value)


def _fetchable(record: weights.Record) -> bool:
    return any(not isinstance(source, weights.UserFile) for source in record.sources)


def gpu() -> str:
    """One sentence about the GPU."""
    if not torch.cuda.is_available():
        return "No GPU was found."
    memory = torch.cuda.get_device_properties(0).total_memory / 1e9
    return f"GPU: {torch.cuda.get_device_name(0)}, {memory:.0f} GB."
