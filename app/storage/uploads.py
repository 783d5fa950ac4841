"""Videos that people add: probed first, capped, kept under a name of ours."""

import json
import re
import secrets
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import IO

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
COMMON = ", ".join(ENDINGS[:6])


def limits_text() -> str:
    """The limits in words, for the page."""
    return (
        f"At most {MEGABYTES} MB, {LIMITS.minutes:g} minutes and {LIMITS.megapixels:g} megapixels "
        f"a frame; {COMMON} or another kind of video. It stays on this machine."
    )


def accept(name: str, content: IO[bytes]) -> str:
    """Keep a video if it can be used, and give its upload id.

    Args:
        name: The file name that the browser sent; its letters and digits, of any script, are kept.

    Raises:
        LartError: It is too large, not a video, or more than the limits allow.
    """
    stem = re.sub(r"[^a-z0-9]+", "-", Path(name).stem.lower()).strip("-")[:40].strip("-") or "video"
    ending = Path(name).suffix.lower().lstrip(".")
    if ending not in ENDINGS:
        raise LartError(f"Expected a video ({COMMON}, ...), but got a file ending {ending!r}.")
    upload = f"{stem}-{secrets.token_hex(4)}"
    with replacing(UPLOADS.path(upload)) as made:
        made.mkdir()
        path = made / f"{kept_name(Path(name).stem)}.{ending}"
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
        if path.stat().st_size > MEGABYTES * 1_000_000:
            raise LartError(f"Expected at most {MEGABYTES} MB, but {name!r} is larger.")
        check(path)
    return upload


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
    command = [sys.executable, "-m", "app.storage.probe", str(path)]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
        verdict = json.loads(answer.stdout or b"{}")
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        verdict = {}
    if verdict.get("error"):
        raise LartError(verdict["error"])
    if "frames" not in verdict:
        raise LartError(f"Expected a video, but {path.name} could not be read within the limits.")
