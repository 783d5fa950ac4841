"""The cache of model files (``LART_HOME/weights``, ``$LART_WEIGHTS``): look up, fetch, verify."""

import os
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from lart_core.atomic_files import replacing, sha256
from lart_core.errors import MissingFile
from lart_core.paths import lart_home
from lart_core.weights import sources
from lart_core.weights.record import Record, UserFile
from lart_core.weights.register import find


class State(Enum):
    """Whether a model file is at hand."""

    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"


def weights_folder() -> Path:
    """Where model files lie: ``$LART_WEIGHTS``, else ``weights`` in the home."""
    return Path(os.environ.get("LART_WEIGHTS") or lart_home() / "weights").expanduser()


def local_path(record: Record) -> Path:
    """Where the file lies once it is here; of an archive, its content if only that is."""
    file = weights_folder() / record.name / record.filename
    if record.unpacked and not file.is_file() and file.with_name(record.unpacked).is_file():
        return file.with_name(record.unpacked)
    return file


def state(record: Record) -> State:
    """Look at the cached file, and check it against size and sha256 where these are known."""
    file = local_path(record)
    if not file.is_file():
        return State.MISSING
    return State.PRESENT if _matches(record, file) else State.DAMAGED


def path(name: str) -> Path:
    """Path of a model file, fetched first if it may be and is not here yet.

    Raises:
        LartError: It is not here and cannot be fetched; the message says what to do.
    """
    record = find(name)
    file = local_path(record)
    if file.is_file() and (record.size is None or file.stat().st_size == record.size):
        return file
    if not record.fetched_unasked:
        raise _missing(record, "It is not fetched without being asked for.")
    return fetch(name)


def fetch(name: str, progress: Callable[[int, int | None], None] | None = None) -> Path:
    """Bring a model file into the cache, unless a good copy is there; atomic and checked.

    Args:
        name: Its name in the register.
        progress: Called now and then while a file comes from an https address, with the bytes that
            are here and, where the server says it, all.

    Raises:
        LartError: No source could be reached, or what came is not the file.
    """
    record = find(name)
    file = local_path(record)
    if state(record) is State.PRESENT:
        return file
    problems = []
    for source in record.sources:
        if isinstance(source, UserFile):
            problems.append("Its licence asks you to get it yourself.")
            continue
        try:
            with replacing(file) as made:
                found = sources.download(source, made.parent, progress)
                if not _matches(record, found):
                    raise sources.Unreachable(
                        f"What came from {source} has another size or sha256."
                    )
                os.replace(found, made)
            return file
        except sources.Unreachable as problem:
            problems.append(str(problem))
    raise _missing(record, " ".join(problems))


def _matches(record: Record, file: Path) -> bool:
    if record.size is not None and file.stat().st_size != record.size:
        return False
    return record.sha256 is None or sha256(file) == record.sha256


def _missing(record: Record, why: str) -> MissingFile:
    origin = " or ".join(map(str, record.sources))
    checksum = f" (sha256 {record.sha256})" if record.sha256 else ""
    return MissingFile(
        f"The file '{record.name}' is missing: {record.purpose}, {record.readable_size}. {why} "
        f"It comes from: {origin}. To put it there by hand, save it as "
        f"{local_path(record)}{checksum}.",
        to_strangers=f"This server lacks the model file '{record.name}': tell who keeps it.",
    )
