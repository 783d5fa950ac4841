"""Videos that people add: probed first, capped, kept under a name of ours."""

import json
import re
import secrets
import shutil
import subprocess
import sys
import unicodedata
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Protocol

from app import spaces
from app.spaces import quota
from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.shelf import Shelf
from lart_core.video import ENDINGS, Limits

LIMITS = Limits(minutes=30, megapixels=9)
MEGABYTES = 500
LONGEST_NAME = 200
"""Bytes of a file's name that are kept; file systems take 255."""
UPLOADS = Shelf(
    "uploads",
    "[a-z0-9-]{1,40}-[0-9a-f]{8}",
    "*.*",
    "The uploaded video is no longer there; upload it again.",
)
PATIENCE = 120
CHUNK = 1 << 20
COMMON = ", ".join(ENDINGS[:6])


class Content(Protocol):
    """Where the bytes of an upload are read from."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


def limits() -> Limits:
    """What a video may be, here and for whoever is served."""
    if not spaces.public():
        return LIMITS
    granted = spaces.granted()
    return Limits(min(LIMITS.minutes, granted.minutes), min(LIMITS.megapixels, granted.megapixels))


def megabytes() -> int:
    """How large an upload may be."""
    return min(MEGABYTES, spaces.granted().upload_megabytes) if spaces.public() else MEGABYTES


def limits_text() -> str:
    """The limits in words, for the page."""
    may_be = limits()
    return (
        f"At most {megabytes()} MB, {may_be.minutes:g} minutes and {may_be.megapixels:g} "
        f"megapixels a frame; {COMMON} or another kind of video. {_whereabouts()}"
    )


def _whereabouts() -> str:
    if not spaces.public():
        return "It stays on this machine."
    hours = spaces.granted().expire_hours
    return f"Only you see it; it is deleted {hours:g} hours after your last visit."


def accept(name: str, content: Content) -> str:
    """Keep a video if it can be used, and give its upload id.

    Args:
        name: The file name that the browser sent; its letters and digits, of any script, are kept.

    Raises:
        LartError: It is too large, not a video, or more than the limits or a visitor's quota allow.
    """
    ending = Path(name).suffix.lower().lstrip(".")
    if ending not in ENDINGS:
        raise LartError(f"Expected a video ({COMMON}, ...), but got a file ending {ending[:20]!r}.")
    # Addresses are logged by proxies: those of a public server do not carry visitors' names.
    upload = new_id("video" if spaces.public() else Path(name).stem)
    with ExitStack() as stack:
        stack.enter_context(quota.uploading())
        with quota.turnstile:
            quota.one_more_video(count())
            room = quota.room()
            made = stack.enter_context(replacing(UPLOADS.path(upload)))
        made.mkdir()
        path = made / f"{kept_name(Path(name).stem)}.{ending}"
        _copy(content, path, name, room)
        check(path)
    return upload


def new_id(name: str) -> str:
    """An id that begins like a name, for addresses and folders: a-z, 0-9 and dashes."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or "video"
    return f"{stem}-{secrets.token_hex(4)}"


def kept_name(stem: str) -> str:
    """What a file may be called: its own name, in any script, without what harms a path.

    AVA's ids begin with dashes and underscores and tell capitals apart: all of that stays.

    Example:
        >>> kept_name("-5KQ66BBWC4"), kept_name("a/b"), kept_name("हिन्दी")
        ('-5KQ66BBWC4', 'a_b', 'हिन्दी')
    """
    joiners = "\u200c\u200d"
    clean = "".join(
        c if (c.isprintable() or c in joiners) and c not in '/\\<>:"|?*' else "_"
        for c in unicodedata.normalize("NFC", stem)
    )
    short = clean.encode()[:LONGEST_NAME].decode(errors="ignore")
    return short.strip(" .") or "video"


def remove(upload: str) -> None:
    """Delete an uploaded video; its run stays. Nothing where there is none of that id."""
    with suppress(LartError):
        shutil.rmtree(UPLOADS.path(upload), ignore_errors=True)


def kept() -> dict[str, str]:
    """Upload id -> file name of every video that was added."""
    return {file.parent.name: file.name for file in UPLOADS.every()}


def count() -> int:
    """How many videos are kept or being received."""
    return sum(1 for _ in UPLOADS.folder.iterdir()) if UPLOADS.folder.is_dir() else 0


def _copy(content: Content, path: Path, name: str, room: float) -> None:
    """Write what comes, and no more of it than may come."""
    size = 0
    with path.open("wb") as file:
        while chunk := content.read(CHUNK):
            size += len(chunk)
            if size > megabytes() * 1_000_000:
                raise LartError(f"Expected at most {megabytes()} MB, but {name[:80]!r} is larger.")
            if size > room:
                raise quota.Refused(
                    f"{name[:80]!r} does not fit: of your space only {room / 1e6:.0f} MB were left."
                )
            file.write(chunk)


def find(upload: str) -> Path:
    """The video file of an upload id.

    Raises:
        LartError: There is none.
    """
    return UPLOADS.find(upload)


def check(path: Path) -> None:
    """Probe a video in a process of its own, with limits on time and memory.

    Raises:
        LartError: It cannot be used; the message says why.
    """
    may_be = limits()
    command = [sys.executable, "-m", "app.storage.probe", str(path), str(may_be.minutes),
               str(may_be.megapixels)]  # fmt: skip
    try:
        answer = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
        verdict = json.loads(answer.stdout or b"{}")
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        verdict = {}
    if verdict.get("error"):
        raise LartError(verdict["error"])
    if "frames" not in verdict:
        raise LartError(f"Expected a video, but {path.name} could not be read within the limits.")
