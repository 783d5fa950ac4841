"""Files that other projects fetched already serve here too, by a link."""

import os
from pathlib import Path

from lart_core.errors import LartError
from lart_core.weights.record import Record
from lart_core.weights.store import local_path


def elsewhere(record: Record) -> list[Path]:
    """Where other projects keep the file on this machine, the best first."""
    places = (Path.home() / os.path.expandvars(place) for place in record.elsewhere)
    return [place for place in places if place.is_file()]


def link(record: Record, place: Path) -> Path:
    """Let the file at `place` serve as the register's, and say by which link.

    Raises:
        LartError: The register's folder cannot be written, or its file is there already.
    """
    name = record.filename
    if record.unpacked and Path(record.unpacked).suffix == place.suffix:
        name = record.unpacked
    made = local_path(record).with_name(name)
    try:
        made.parent.mkdir(parents=True, exist_ok=True)
        if made.is_symlink() and not made.exists():
            made.unlink()
        made.symlink_to(place)
    except OSError as error:
        raise LartError(f"{place} could not be linked as {made}: {error.strerror}.") from None
    return made
