"""One way to read what the product wrote: JSON, npz, safetensors; and what damage means there.

Files may be cut off, altered, made by a newer version or by somebody else. Whatever a reader does
with one happens inside `reading`, so that all of it ends in one sentence and nothing else.
"""

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from lart_core import file_kinds
from lart_core.errors import LartError

DAMAGE = (
    OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
    MemoryError, RecursionError, NotImplementedError, SyntaxError, RuntimeError,
    zipfile.BadZipFile, zlib.error, struct.error, SafetensorError, pa.ArrowException,
)  # fmt: skip
"""What reading a damaged file may raise, in whichever library."""

Entries = Mapping[str, type | tuple[type, ...]]
"""Name -> the types that an entry may have."""

LONGEST = 200
"""Characters of a library's own words on what is wrong that are repeated."""

LARGEST = 8 << 30
"""Bytes that the arrays of one npz may have."""


class OtherFormat(ValueError):
    """A file is of another format than the reader's; the words go on after the file's name."""


@contextmanager
def reading(path: Path, what: str, remedy: str) -> Iterator[None]:
    """A block that reads a file of ours: whatever damage raises there becomes one `LartError`.

    Args:
        what: The file in words that start a sentence: ``"The model file small.safetensors"``.
        remedy: What to do about it: ``"process the video anew"``.

    Raises:
        LartError: There is no such file, it may not be read, it is not that at all, or it is
            damaged. Sentences that the block itself raises are kept, on one line.
    """
    try:
        yield
    except LartError as error:
        raise LartError(one_line(str(error), 2 * LONGEST - 1)) from None
    except OtherFormat as error:
        raise LartError(f"{what} {error}.") from None
    except FileNotFoundError as error:
        missing = Path(error.filename).name if error.filename else path.name
        where = "" if missing in what else f" (no {missing})"
        raise LartError(f"{what} is not there{where}; {remedy}.") from None
    except (PermissionError, IsADirectoryError, NotADirectoryError) as error:
        raise LartError(f"{what} cannot be read ({error.strerror}).") from None
    except DAMAGE as error:
        found = file_kinds.kind(path)
        if found and found[0] in ("empty", "a web page", "a Git-LFS pointer"):
            raise LartError(f"{what} is {found[0]}: {found[1]}, or {remedy}.") from None
        words = one_line(str(error), LONGEST) or type(error).__name__
        words = f"it lacks {words}" if isinstance(error, KeyError) else words
        raise LartError(f"{what} is damaged ({words.rstrip('.')}); {remedy}.") from None


def one_line(text: str, longest: int = LONGEST) -> str:
    """`text` on one line of printable characters, shortened in its middle."""
    text = re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in text)).strip()
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[:half]}…{text[len(text) - half :]}"


def expect_format(found: Any, wanted: str) -> None:
    """Refuse a file that does not say that it is of the format `wanted` (``lart-lens run 1``).

    For use within `reading`.

    Raises:
        OtherFormat: It is of a newer version, or of another kind.
    """
    if found == wanted:
        return
    kind, _, number = wanted.rpartition(" ")
    given = re.fullmatch(re.escape(kind) + r" (\d{1,6})", found) if isinstance(found, str) else None
    if given and int(given[1]) > int(number):
        raise OtherFormat(
            f"is of the format {found!r}, which a newer version of LART Lens wrote; update LART "
            f"Lens to read it"
        )
    raise OtherFormat(f"is not of the format {wanted!r}, but says {one_line(repr(found), 80)}")


def read_json(path: Path, required: Entries) -> dict[str, Any]:
    """A JSON object that has at least these entries of these types. For use within `reading`."""
    value = json.loads(path.read_text(encoding="utf-8"))
    return checked_entries(value, required)


def checked_entries(value: Any, required: Entries) -> dict[str, Any]:
    """`value`, if it is a dict with at least these entries of these types; else a `ValueError`."""
    if not isinstance(value, dict):
        raise ValueError(f"it holds a {type(value).__name__}, not an object")
    for name, kinds in required.items():
        if name not in value:
            raise ValueError(f"it lacks {name!r}")
        if not isinstance(value[name], kinds):
            raise ValueError(f"{name!r} is a {type(value[name]).__name__}")
    return value


def read_npz(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of an npz, none of them of objects. For use within `reading`."""
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST:
            raise ValueError("it says that it holds more than memory does")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@contextmanager
def open_safetensors(path: Path, wanted: str) -> Iterator[tuple[Any, dict[str, str]]]:
    """An open safetensors file of the format `wanted`, and its header's texts.

    For use within `reading`.
    """
    with safe_open(path, "np") as file:
        header = file.metadata() or {}
        expect_format(header.get("format"), wanted)
        yield file, header
