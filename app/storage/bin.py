"""The bin: runs that were deleted, with the videos that they were made of, until it is emptied."""

import os
import secrets
import shutil
import time
from collections.abc import Sequence
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
    source = runs.RUNS.path(run_id)
    if not source.exists():
        raise LartError(f"There is no run {run_id!r} to delete.")
    place.mkdir(parents=True)
    try:
        os.replace(source, place / "run")
        upload = _upload(run_id)
        if upload is not None and upload.exists():
            os.replace(upload, place / "upload")
    except OSError as error:
        raise LartError(f"Could not delete {name!r}: {error.strerror}.") from None
    write_json(place / "deleted.json", {"run": run_id, "name": name, "when": time.time()})
    return bin_id


def restore(bin_id: str) -> str:
    """Take a run out of the bin again, and give its id.

    Raises:
        LartError: It is no longer there, or another run has taken its place.
    """
    place = BIN.find(bin_id).parent
    deleted = _read(bin_id)
    if deleted is None:
        raise LartError("What was deleted is damaged; it cannot be taken back.")
    target = runs.RUNS.path(deleted.run)
    if target.exists():
        raise LartError(f"{deleted.name!r} cannot be taken back: there is such a run again.")
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(place / "run", target)
    upload = _upload(deleted.run)
    if (place / "upload").exists() and upload is not None and not upload.exists():
        upload.parent.mkdir(parents=True, exist_ok=True)
        os.replace(place / "upload", upload)
    shutil.rmtree(place, ignore_errors=True)
    return deleted.run


def every() -> Sequence[Deleted]:
    """What is in the bin, the latest first."""
    found = [one for file in BIN.every() if (one := _read(file.parent.name))]
    return sorted(found, key=lambda one: -one.when)


def empty(older: float = 0.0) -> None:
    """Delete for good what has been in the bin for more than so many seconds."""
    for one in every():
        if time.time() - one.when >= older:
            shutil.rmtree(BIN.path(one.id), ignore_errors=True)


def space() -> tuple[int, int]:
    """Bytes that lie in the runs, uploads and bin of this home, and bytes that are free."""
    home = runs.RUNS.folder.parent
    used = sum(quota.used(home / name) for name in ("runs", "uploads", "bin"))
    home.mkdir(parents=True, exist_ok=True)
    return used, shutil.disk_usage(home).free


def _upload(run_id: str) -> Path | None:
    """Where the upload that a run was made of lies; None where it was made of none."""
    try:
        return uploads.UPLOADS.path(run_id)
    except LartError:
        return None


def _read(bin_id: str) -> Deleted | None:
    try:
        facts = read_json(BIN.find(bin_id), {"run": str, "name": str, "when": (int, float)})
    except (LartError, *DAMAGE):
        return None
    return Deleted(bin_id, facts["run"], facts["name"], float(facts["when"]))
