"""Model files in one ZIP, so that a machine without the network can start."""

import shutil
import zipfile
import zlib
from pathlib import Path

from lart_core.atomic_files import replacing, sha256
from lart_core.errors import LartError
from lart_core.weights.record import Record, UserFile
from lart_core.weights.register import REGISTER
from lart_core.weights.store import State, local_path, state


def write_bundle(path: Path, records: list[Record] | None = None) -> list[Record]:
    """Write the model files that are here into a ZIP, for `add_bundle` on another machine.

    Args:
        path: The ZIP to write; it appears whole or not at all.
        records: Which files; None: whatever is here, verified, and may be handed on. Files whose
            licence asks each user to sign up, or that have no published sha256, stay out.

    Returns:
        What the bundle holds.

    Raises:
        LartError: A named file is missing, damaged or may not be handed on, or none is here.
    """
    if records is None:
        bundled = [r for r in REGISTER.values() if _portable(r) and state(r) is State.PRESENT]
        if not bundled:
            raise LartError(
                "Expected model files to bundle, but none is here; "
                "'lart weights fetch NAME' brings them."
            )
    else:
        bundled = records
        for record in bundled:
            if not _portable(record):
                raise LartError(
                    f"The file '{record.name}' cannot go into a bundle: its licence asks each user "
                    f"to get it, or its owners publish no sha256 to check it by."
                )
            if (found := state(record)) is not State.PRESENT:
                raise LartError(
                    f"The file '{record.name}' is {found.value}; "
                    f"'lart weights fetch {record.name}' brings it."
                )
    with replacing(path) as made, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for record in bundled:
            archive.write(local_path(record), _member(record))
    return bundled


def add_bundle(path: Path) -> list[Record]:
    """Take the model files of a bundle into the cache, each checked against the register.

    What the ZIP holds besides files of the register is not looked at, and no path in it is used.

    Returns:
        The files that are here now.

    Raises:
        LartError: It is no bundle, or a file in it has another size or sha256. Files before that
            one have been added; they are whole.
    """
    added = []
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist()}
            for record in filter(_portable, REGISTER.values()):
                info = members.get(_member(record))
                if info is not None:
                    _add(record, archive, info)
                    added.append(record)
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise LartError(
            f"Expected a bundle of model files (a ZIP by 'lart weights bundle'), but {path} cannot "
            f"be read as one: {error}."
        ) from None
    if not added:
        raise LartError(f"Expected model files in {path}, but it holds none of the register.")
    return added


def _add(record: Record, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    file = local_path(record)
    with replacing(file) as made:
        if info.file_size == record.size:
            with archive.open(info) as stream, made.open("wb") as out:
                shutil.copyfileobj(stream, out)
        if info.file_size != record.size or sha256(made) != record.sha256:
            raise LartError(
                f"The bundle's '{record.name}' is not the file that the register knows: it has "
                f"another size or sha256. Nothing of it was kept."
            )


def _portable(record: Record) -> bool:
    """Whether a file can be checked after it was handed on, and may be."""
    own = any(isinstance(source, UserFile) for source in record.sources)
    return record.sha256 is not None and record.size is not None and not own


def _member(record: Record) -> str:
    return f"{record.name}/{record.filename}"
