"""The bin: runs that were deleted, with the videos that they were made of, until it is emptied."""

import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.spaces import quota
from app.storage import runs, uploads
from lart_core.atomic_files import write_json
from lart_core.errors import LartError
from lart_core.shelf import Shelf
from lart_core.stored_files import DAMAGE, read_json

KEPT = 7 * 24 * 3600.0
"""Seconds after which a deleted run is gone for good."""
BIN = Shelf("bin", "[0-9a-f]{16}", "deleted.json", "What was deleted is no longer there.")
RUN, UPLOAD = "run", "upload"
"""Names of the two folders of something in the bin."""


@dataclass(frozen=True)
class Deleted:
    """One deleted run: its id in the bin, the run's id and name, and when it was deleted."""

    id: str
    run: str
    name: str
    when: float


def discard(run_id: str, name: str) -> str:
    """Put a run, and the upload that it was made of, into the bin.

    Args:
        name: What people call it.

    Returns:
        Its id in the bin.

    Raises:
        LartError: It cannot be moved, or there is none.
    """
    bin_id = secrets.token_hex(8)
    place = BIN.path(bin_id)
    if not runs.RUNS.path(run_id).exists():
        raise LartError(f"There is no run {run_id!r} to delete.")
    try:
        write_json(place / BIN.holds, {"run": run_id, "name": name, "when": time.time()})
        _move([pair for pair in _pairs(run_id, place) if pair[0].exists()])
    except OSError as error:
        if not (place / RUN).exists():
            shutil.rmtree(place, ignore_errors=True)
        raise LartError(f"Could not delete {name!r}: {error.strerror}.") from None
    return bin_id


def restore(bin_id: str) -> str:
    """Take a run out of the bin again, and give its id.

    Raises:
        LartError: It is no longer there, another run has taken its place, or a visitor has as many
            videos as they may keep.
    """
    place = BIN.find(bin_id).parent
    deleted = _read(bin_id)
    if deleted is None:
        raise LartError("What was deleted is damaged; it cannot be taken back.")
    if runs.RUNS.path(deleted.run).exists():
        raise LartError(f"{deleted.name!r} cannot be taken back: there is such a run again.")
    back = [
        (there, here)
        for here, there in _pairs(deleted.run, place)
        if there.exists() and not here.exists()
    ]
    with quota.turnstile:
        if (place / UPLOAD).exists():
            quota.one_more_video(uploads.count())
        try:
            _move(back)
        except OSError as error:
            raise LartError(f"Could not take {deleted.name!r} back: {error.strerror}.") from None
    shutil.rmtree(place, ignore_errors=True)
    return deleted.run


def every() -> Sequence[Deleted]:
    """What is in the bin, the latest first."""
    found = [one for file in BIN.every() if (one := _read(file.parent.name))]
    return sorted(found, key=lambda one: -one.when)


def due(older: float) -> Sequence[str]:
    """Ids of what has been in the bin for so many seconds or more, also where it is damaged."""
    known = {one.id: one.when for one in every()}
    there = [folder for folder in BIN.folder.glob("*/") if re.fullmatch(BIN.pattern, folder.name)]
    since = {folder.name: folder.stat().st_mtime for folder in there} | known
    return [bin_id for bin_id, when in since.items() if time.time() - when >= older]


def remove(bin_id: str) -> str | None:
    """Delete something for good; gives the id of its run, as far as that is known.

    Raises:
        LartError: It is no id of the bin's.
    """
    deleted = _read(bin_id)
    shutil.rmtree(BIN.path(bin_id), ignore_errors=True)
    return deleted.run if deleted else None


def space() -> tuple[int, int]:
    """Bytes that lie in the runs, uploads and bin of this home, and bytes that are free."""
    home = runs.RUNS.folder.parent
    used = sum(quota.used(home / name) for name in ("runs", "uploads", "bin"))
    home.mkdir(parents=True, exist_ok=True)
    return used, shutil.disk_usage(home).free


def _pairs(run_id: str, place: Path) -> list[tuple[Path, Path]]:
    """Where a run and its upload lie, and where they lie in the bin."""
    pairs = [(runs.RUNS.path(run_id), place / RUN)]
    with suppress(LartError):  # a run that was made of no upload
        pairs.append((uploads.UPLOADS.path(run_id), place / UPLOAD))
    return pairs


def _move(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Move folders, all or none."""
    moved: list[tuple[Path, Path]] = []
    try:
        for source, target in pairs:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(source, target)
            moved.append((source, target))
    except OSError:
        for source, target in reversed(moved):
            os.replace(target, source)
        raise


def _read(bin_id: str) -> Deleted | None:
    """What is deleted under an id; None where that is damaged, or was broken off at its start."""
    try:
        file = BIN.find(bin_id)
        facts = read_json(file, {"run": str, "name": str, "when": (int, float)})
    except (LartError, *DAMAGE):
        return None
    if not (file.parent / RUN).is_dir():
        return None
    return Deleted(bin_id, facts["run"], facts["name"], float(facts["when"]))
