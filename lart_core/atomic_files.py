"""Files that appear whole or not at all."""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from lart_core.errors import LartError

SCRATCH = ".part"
"""How the names of unfinished files' folders end."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; when the block ends well, it takes `path`'s place.

    Works for a file or a folder, whatever the block makes there. On an error nothing remains.

    Raises:
        LartError: There is a device or a pipe at `path`, which would be replaced.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise LartError(f"Expected a file or a folder to write, but {path} is a device or a pipe.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _scratch(path) as made:
        yield made
        if made.is_dir() and path.is_dir():
            os.replace(path, made.parent / "old")
        os.replace(made, path)


@contextmanager
def adding(folder: Path, former: Iterable[Path] = ()) -> Iterator[Path]:
    """Give a temporary path for a folder; when the block ends well, what is in it takes its place
    in `folder`, and the `former` files of that go. Others stay. On an error nothing changes."""
    with _scratch(folder) as made:
        yield made
        for path in former:
            path.unlink()
        for path in made.iterdir():
            os.replace(path, folder / path.name)


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """A path of the same name in a folder of its own beside, which goes with the block."""
    scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=SCRATCH, dir=path.parent))
    try:
        yield scratch / path.name
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Clear away what a killed process was writing in `folder`; what it was replacing comes back.

    Only for the one process that writes there.
    """
    for scratch in folder.glob(f".*{SCRATCH}"):
        target = folder / scratch.name[1:].rsplit(".", 2)[0]
        if (scratch / "old").exists() and not target.exists():
            os.replace(scratch / "old", target)
        shutil.rmtree(scratch, ignore_errors=True)


def locked(file: int | TextIO, tenths: int | None) -> bool:
    """Lock an open file or folder for this process; False where another keeps it.

    Args:
        tenths: How often it is tried, once in a tenth of a second; None: until it can be.

    Raises:
        LartError: The file system has no such locks.
    """
    try:
        for left in reversed(range(1 if tenths is None else tenths)):
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | (0 if tenths is None else fcntl.LOCK_NB))
                return True
            time.sleep(0.1 if left else 0)
    except OSError as error:
        raise LartError(
            f"Expected a file system with file locks (flock), but it says: {error.strerror}."
        ) from None
    return False


@contextmanager
def alone(folder: Path, tenths: int | None = None) -> Iterator[bool]:
    """Hold a folder, which is made if need be, against other threads and processes that do so;
    gives whether nobody else holds it, as far as its file system can tell.

    Args:
        tenths: As of `locked`.
    """
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            free = locked(held, tenths)
        except LartError:  # Some network file systems know no locks of folders.
            free = True
        yield free
    finally:
        os.close(held)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file atomically."""
    with replacing(path) as made:
        made.write_bytes(data)


def write_json(path: Path, value: Any) -> None:
    """Write readable JSON atomically; NaN is refused."""
    write_bytes(path, (json.dumps(value, indent=1, allow_nan=False) + "\n").encode())


def sha256(path: Path) -> str:
    """Hash of a file's content, in hex.

    Raises:
        LartError: There is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise LartError(f"Could not read {path}: {error.strerror}.") from None
