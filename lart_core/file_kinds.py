"""Says what a file really is, where it is not what its name promises; only its start is read."""

import io
import zipfile
from pathlib import Path
from typing import IO

NPY = "a NumPy array (.npy)"
NPZ = "a NumPy archive (.npz)"
TORCH = "a PyTorch checkpoint"
SAFETENSORS = "a safetensors file"

_START = 512
_AT_START: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"version https://git-lfs.github.com", "a Git-LFS pointer", "fetch it with `git lfs pull`"),
    (0, b"\x93NUMPY", NPY, ""),
    (0, b"PAR1", "a Parquet table", ""),
    (0, b"\x89HDF", "an HDF5 file", ""),
    (0, b"\x89PNG", "a picture (PNG)", ""),
    (0, b"\xff\xd8\xff", "a picture (JPEG)", ""),
    (0, b"%PDF", "a PDF", ""),
    (0, b"\x1a\x45\xdf\xa3", "a video (Matroska)", ""),
    (0, b"RIFF", "a video (AVI) or sound", ""),
    (4, b"ftyp", "a video (MP4)", ""),
    (0, b"7z\xbc\xaf", "a 7z archive", "unpack it first"),
    (0, b"Rar!", "a RAR archive", "unpack it first"),
    (257, b"ustar", "a tar archive", "unpack it first"),
)
_PAGES = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<script")


def kind(file: Path | bytes) -> tuple[str, str] | None:
    """What a file is by its first bytes, and what to do about it.

    Args:
        file: Its path, or all that is in it.

    Returns:
        For example ``("a Git-LFS pointer", "fetch it with `git lfs pull`")``; None for what is not
        recognised: pickles, plain text, or a file that cannot be read.
    """
    try:
        with _opened(file) as stream:
            start = stream.read(_START)
            size = stream.seek(0, io.SEEK_END)
    except OSError:
        return None
    if not start:
        return "empty", "the download or the copy failed; get it again"
    page = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if page.startswith(_PAGES):
        return "a web page", "the download failed (perhaps it asks for a login); get it again"
    for offset, magic, name, advice in _AT_START:
        if start[offset:].startswith(magic):
            return name, advice
    if start.startswith(b"PK\x03\x04"):
        return _zip(file)
    if start[8:10] == b'{"' and int.from_bytes(start[:8], "little") < size:
        return SAFETENSORS, ""
    return None


def mistaken(file: Path | bytes, expected: str, but: tuple[str, ...] = ()) -> str | None:
    """One sentence on a file that is not at all what was expected; None where it may be it.

    Args:
        file: Its path, or all that is in it.
        expected: What was expected, in words: ``"an SMPL body (.pkl)"``.
        but: Kinds (see `kind`) that are right here.
    """
    found = kind(file)
    if found is None or found[0] in but:
        return None
    name, advice = found
    given = file.name if isinstance(file, Path) else "it"
    return f"Expected {expected}, but {given} is {name}" + (f": {advice}." if advice else ".")


def _opened(file: Path | bytes) -> IO[bytes]:
    return io.BytesIO(file) if isinstance(file, bytes) else file.open("rb")


def _zip(file: Path | bytes) -> tuple[str, str] | None:
    try:
        with _opened(file) as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    if any(name.endswith("/data.pkl") or name == "data.pkl" for name in names):
        return TORCH, ""
    if names and all(name.endswith(".npy") for name in names):
        return NPZ, ""
    return "a zip archive", "unpack it first"
