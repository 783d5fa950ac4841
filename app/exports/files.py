"""Files that were made of runs (`analysis.exports`), each under an id that nobody can guess."""

import re
import secrets
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis import exports
from app.exports import formats
from app.storage import notes, runs
from lart_core import video
from lart_core.progress import OnProgress, Progress
from lart_core.shelf import Shelf

EXPORTS = Shelf("exports", "[0-9a-f]{16}", "[!.]*", "This export is not there; make it again.")


def new_id() -> str:
    """An id for an export that nobody can guess."""
    return secrets.token_hex(8)


def find(export_id: str) -> Path:
    """The file of an export.

    Raises:
        LartError: There is none.
    """
    return EXPORTS.find(export_id)


def remove(export_id: str) -> None:
    """Delete an export; nothing where there is none.

    Raises:
        LartError: It is no export's id.
    """
    shutil.rmtree(EXPORTS.path(export_id), ignore_errors=True)


def file_name(name: str, wish: exports.Wish) -> str:
    """What a file of a format is called: the run, the format, and the frame or person if any."""
    made = formats.find(name)
    named = [getattr(wish, each) for each in ("frame", "person") if each in made.options]
    which = [str(each) for each in named if each is not None]
    ending = made.suffix.removeprefix(".")
    word = "" if made.name == ending else made.name.removesuffix(f"-{ending}")
    return "-".join(filter(None, [_called(wish), word, *which])) + made.suffix


def _called(wish: exports.Wish) -> str:
    """What a run's files are called: as people call it, without what harms a file's name."""
    run = wish.run
    name = notes.name_of(run.path.name) or runs.title(run.path.name, run.video.name)
    plain = re.sub(r"[^\w.()-]+", "-", without_ending(name)).strip("-.")[:60]
    return plain or run.path.name


def without_ending(name: str) -> str:
    """What a video is called, without the ending of a video file: "Scene 1.2" has none."""
    path = Path(name)
    return path.stem if path.suffix.lower().removeprefix(".") in video.ENDINGS else name


def make(name: str, wish: exports.Wish, export_id: str, report: OnProgress) -> Path:
    """Make a file, whole or not at all.

    Raises:
        LartError: There is no such format, or nothing to write.
    """
    out = EXPORTS.path(export_id) / file_name(name, wish)
    report(Progress("export", 0, 1))
    exports.write(
        formats.find(name), wish, out, lambda done, total: report(Progress("export", done, total))
    )
    return out


def content(name: str, wish: exports.Wish) -> bytes:
    """A file that is made at once and kept nowhere.

    Raises:
        LartError: As in `make`.
    """
    with TemporaryDirectory() as scratch:
        out = Path(scratch) / file_name(name, wish)
        exports.write(formats.find(name), wish, out)
        return out.read_bytes()
