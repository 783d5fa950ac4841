"""Files that were made of runs (`analysis.exports`), each under an id that nobody can guess."""

import re
import secrets
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis import exports
from lart_core.errors import LartError
from lart_core.paths import lart_home

Report = Callable[[str, int, int, float | None], None]

EXPORT_ID = re.compile(r"[0-9a-f]{16}")


def new_id() -> str:
    """An id for an export that nobody can guess."""
    return secrets.token_hex(8)


def find(export_id: str) -> Path:
    """The file of an export.

    Raises:
        LartError: There is none.
    """
    files = list(_folder(export_id).glob("[!.]*")) if EXPORT_ID.fullmatch(export_id) else []
    if not files:
        raise LartError("This export is not there; make it again.")
    return files[0]


def file_name(name: str, wish: exports.Wish) -> str:
    """What a file of a format is called: the run, the format, and the frame or person if any."""
    made = exports.find(name)
    which = [str(getattr(wish, each)) for each in ("frame", "person") if each in made.options]
    return "-".join([wish.run.path.name, made.name, *which]) + made.suffix


def make(name: str, wish: exports.Wish, export_id: str, report: Report) -> Path:
    """Make a file, whole or not at all.

    Raises:
        LartError: There is no such format, or nothing to write.
    """
    out = _folder(export_id) / file_name(name, wish)
    report("export", 0, 1, None)
    exports.write(name, wish, out, lambda done, total: report("export", done, total, None))
    return out


def content(name: str, wish: exports.Wish) -> bytes:
    """A file that is made at once and kept nowhere.

    Raises:
        LartError: As in `make`.
    """
    with TemporaryDirectory() as scratch:
        out = Path(scratch) / file_name(name, wish)
        exports.write(name, wish, out)
        return out.read_bytes()


def _folder(export_id: str) -> Path:
    return lart_home() / "exports" / export_id
