"""Every format by its name, and how a file of one is made."""

from contextlib import AbstractContextManager
from pathlib import Path

from analysis.exports import bodies, corrections, pictures, tables, tracklets
from analysis.exports.format import Format, Report, Wish
from lart_core.atomic_files import adding, replacing
from lart_core.errors import LartError
from lart_core.runs.run import Run

FORMATS: dict[str, Format] = {
    each.name: each
    for part in (pictures, tables, tracklets, bodies, corrections)
    for each in part.FORMATS
}
"""Name -> format."""

ALIASES = {"csv": "ava"}
"""Former names of formats, which the command still takes."""


def find(name: str) -> Format:
    """The format of a name.

    Raises:
        LartError: There is none.
    """
    known = FORMATS.get(ALIASES.get(name, name))
    if known is None:
        raise LartError(f"Expected an export format ({', '.join(FORMATS)}), but got {name!r}.")
    return known


def write(
    name: str | Format, wish: Wish, out: Path, report: Report = lambda done, total: None
) -> None:
    """Write a file of a run, whole or not at all.

    Args:
        name: A name in `FORMATS`, or a format that is none of them.
        wish: Of which run, and what of it.
        out: The file; a folder for ``lart`` and ``labels``, unless the name ends in ``.zip``. In
            that of ``lart`` the files of other films stay.
        report: Called with the number of frames that are done and of all, where that takes long.

    Raises:
        LartError: There is no such format, nothing to write, a folder in the way, or the run itself
            or its video.
    """
    chosen = name if isinstance(name, Format) else find(name)
    wish = wish.checked()
    _refuse_own(wish.run, out)
    if out.is_dir() and not chosen.is_folder(out):
        raise LartError(
            f"Expected the name of a file to write, but {out} is a folder; name a file in it, like "
            f"{out / (wish.run.path.name + chosen.suffix)}."
        )
    with _writing(chosen, wish, out) as path:
        chosen.make(wish, path, report)


def _refuse_own(run: Run, out: Path) -> None:
    """Refuse a path where an export would take the place of what it is made of."""
    target, folder = out.resolve(), run.path.resolve()
    if folder in (target, *target.parents) and target.exists():
        raise LartError(f"Expected a new file, but {out} is one of the run's; choose another.")
    if target == Path(run.facts["source"]).resolve():
        raise LartError(f"Expected a new file, but {out} is the video of this run; choose another.")


def _writing(chosen: Format, wish: Wish, out: Path) -> AbstractContextManager[Path]:
    inside = list(out.iterdir()) if out.is_dir() else []
    if not inside:
        return replacing(out)
    if chosen.former is None:
        raise LartError(
            f"Expected a new folder for the format {chosen.name}, but {out} holds files; name "
            f"another, or remove that one first."
        )
    return adding(out, chosen.former(wish, inside))
