"""How visitors' data go: asked for by them, or some hours after their last visit."""

import logging
import os
import secrets
import shutil
import time
from pathlib import Path

from app.spaces.doors import Visitor, everybody, granted, spaces_folder

log = logging.getLogger("lart.spaces")
GRACE = 1.0
"""Seconds that answers which were being made have to end before their folder goes."""
GOING = ".going-"
"""How the name of a folder begins that is being deleted; nobody's id does."""


def ask(someone: Visitor) -> None:
    """Let the jobs' supervisor delete everything of a visitor; nobody works in it from now on."""
    if someone.folder.is_dir():
        someone.leaving.touch()
        shutil.rmtree(someone.folder / "links", ignore_errors=True)


def due(now: float | None = None) -> list[Visitor]:
    """Who asked to be deleted, or was not here for too long."""
    now = time.time() if now is None else now
    return [each for each in everybody() if _asked(each, now) or _expired(each, now)]


def remove(someone: Visitor) -> None:
    """Delete everything of a visitor, once none of their jobs runs.

    The folder leaves its place in one step; what cannot be deleted then goes at the next sweep.
    """
    going = spaces_folder() / f"{GOING}{secrets.token_hex(8)}"
    try:
        someone.folder.rename(going)
    except FileNotFoundError:
        return
    _delete(going)
    log.info("The data of a visitor were deleted.")


def sweep() -> None:
    """Delete what an earlier deletion left behind, as where the server was killed meanwhile."""
    for folder in spaces_folder().glob(f"{GOING}*"):
        _delete(folder)


def _delete(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        log.error("Some of a visitor's data could not be deleted yet; trying again in a minute.")


def _asked(someone: Visitor, now: float) -> bool:
    """Whether it was asked for, and what was going on then had time to end."""
    try:
        return abs(now - someone.leaving.stat().st_mtime) > GRACE
    except OSError:
        return False


def _expired(someone: Visitor, now: float) -> bool:
    """Whether the last visit is too long ago; one in the future (a clock was set back) is now."""
    try:
        last = someone.folder.stat().st_mtime
    except OSError:
        return False
    if last > now + 60:
        os.utime(someone.folder, (now, now))
        return False
    return now - last > granted().expire_hours * 3600
