"""The list of this machine's runs, from an index that is kept beside them (`analysis.search`)."""

from collections.abc import Callable
from pathlib import Path

from analysis.search import Index, RunRow
from app.storage import runs

WAIT = 0.5
"""Seconds that a page waits for runs that are not in the index yet."""
STAMPED = ("run.json", "tracklets", "actions", "corrections.json")


def index() -> Index:
    """The index of the runs that are here, as it was when it was last made fresh."""
    return Index(runs.RUNS.folder.parent / "index.sqlite")


def fresh(
    seconds: float | None = None, progress: Callable[[int, int], object] | None = None
) -> tuple[Index, int]:
    """The index, with what is new or has changed.

    Args:
        seconds: How long it may take; None for as long as it needs.
        progress: Told how many of how many runs were read.

    Returns:
        It, and how many runs it does not know yet.
    """
    found = index()
    there = {file.parent: _stamp(file.parent) for file in runs.RUNS.every()}
    return found, found.refresh(there, seconds, progress)


def rows(seconds: float | None = WAIT) -> tuple[list[RunRow], int]:
    """What is known of every run, the latest first, and of how many nothing is known yet."""
    found, left = fresh(seconds)
    return found.rows(), left


def _stamp(path: Path) -> str:
    """Changes whenever something in a run does."""
    times = ((path / name).stat().st_mtime_ns for name in STAMPED if (path / name).exists())
    return "-".join(f"{time:x}" for time in times)
