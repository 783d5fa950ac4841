"""What a visitor may take: checked before anything of theirs is begun. The home has no limits."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.spaces.doors import address, granted, public, spaces_folder
from app.spaces.rates import Rate
from lart_core.errors import LartError
from lart_core.paths import lart_home, workspace

GB = 1_000_000_000
REMEMBERED = 10.0
"""Seconds for which the disk of all visitors together is taken to be what it was."""

turnstile = threading.RLock()
"""Held from asking whether something may be begun until it is there to be counted."""


class Refused(LartError):
    """A visitor asked for more than they are granted."""


class _Counts:
    """What is counted of all visitors of this process."""

    def __init__(self) -> None:
        self.uploads, self.jobs = Rate(), Rate()
        self.going_on = 0
        self.total = 0
        self.measured = float("-inf")


_counts = _Counts()


def limited() -> bool:
    """Whether a visitor is served: what this process and its keeper do has no limits."""
    return public() and workspace().folder != lart_home()


def used(folder: Path) -> int:
    """Bytes of all files in a folder."""
    total = 0
    for each, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(each, name)).st_size
            except OSError:
                continue
    return total


def room() -> float:
    """Bytes that the one who is served may still write; no end of them without limits.

    Raises:
        Refused: None are left, or the disk for all visitors is full.
    """
    if not limited():
        return float("inf")
    left = granted().gigabytes * GB - used(workspace().folder)
    if left <= 0:
        raise Refused(
            f"Your {granted().gigabytes:g} GB on this server are full: remove a video, or delete "
            "your data, on “Your data”."
        )
    if _all_used() >= granted().total_gigabytes * GB:
        raise Refused("This server's disk for visitors is full; try again in some hours.")
    return left


def overdrawn(folder: Path) -> str:
    """Why a visitor's jobs are stopped: their folder has outgrown what is granted. Else nothing."""
    if used(folder) <= granted().gigabytes * GB:
        return ""
    return (
        f"It was stopped, since your {granted().gigabytes:g} GB on this server are full: remove a "
        "video on “Your data”, then resume it."
    )


@contextmanager
def uploading() -> Iterator[None]:
    """A block that receives an upload.

    Raises:
        Refused: Too many were sent from this address, or are being sent by everybody.
    """
    if not limited():
        yield
        return
    with turnstile:
        if _counts.going_on >= granted().uploads_at_once:
            raise Refused("Others are uploading right now; try again in a minute.")
        upload_rate()
        _counts.going_on += 1
    try:
        yield
    finally:
        with turnstile:
            _counts.going_on -= 1


def upload_rate() -> None:
    """Count one upload.

    Raises:
        Refused: It is one too many of this address in an hour.
    """
    if not _counts.uploads.allows(address(), most := granted().uploads_an_hour):
        raise Refused(f"At most {most} uploads an hour are taken from one address; try later.")


def one_more_video(kept: int) -> None:
    """Refuse a video where as many are kept as a visitor may keep.

    Raises:
        Refused: They are.
    """
    if limited() and kept >= (most := granted().videos):
        raise Refused(
            f"You keep {kept} videos, and at most {most} can be kept: remove one on “Your data”."
        )


def one_more_job(going_on: int) -> None:
    """Refuse a job where as many wait or run as a visitor may have, or too many were begun.

    Raises:
        Refused: It is so, or the disk is full.
    """
    if not limited():
        return
    if going_on >= (most := granted().jobs):
        raise Refused(
            f"{going_on} jobs of yours wait or run, and at most {most} can: wait for one to end, "
            "or cancel one on “Jobs”."
        )
    room()
    if not _counts.jobs.allows(address(), most := granted().jobs_an_hour):
        raise Refused(f"At most {most} jobs an hour are begun for one address; try later.")


def _all_used() -> int:
    now = time.monotonic()
    if now - _counts.measured > REMEMBERED:
        _counts.total, _counts.measured = used(spaces_folder()), now
    return _counts.total
