"""The people as other tools read them."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from analysis.exports.format import Format, Report, Wish, folder_or_zip
from lart_core.errors import LartError
from lart_core.formats.lart_names import film_name, read_name
from lart_core.formats.writer import export_tracklets
from lart_core.pipeline.import_lart import export_lart, film_of


def _layout(layout: str) -> Callable[[Wish, Path, Report], None]:
    def make(wish: Wish, path: Path, report: Report) -> None:
        export_tracklets(wish.tracklets(), layout, path)

    return make


def _lart(wish: Wish, path: Path, report: Report) -> None:
    """A folder with a pickle a person, or that folder as a zip."""
    folder_or_zip(path, partial(export_lart, wish.run))


def _of_this_film(wish: Wish, files: Sequence[Path]) -> list[Path]:
    """The files of the run's film.

    Raises:
        LartError: They are of another film, or of somebody else, and called alike.
    """
    alike = [file for file in files if _film_named(file) == film_name(wish.run.video)]
    if not alike:
        return []
    one = alike[0]  # It tells of all: others called alike are refused each time.
    try:
        film = film_of(one)
    except LartError:
        film = None
    if film != wish.run.video.name:
        whose = "somebody else's files" if film is None else f"those of {film}"
        raise LartError(
            f"Expected a folder without other films called alike, but {one.parent} has {whose} "
            f"({one.name}); choose another one."
        )
    return alike


def _film_named(file: Path) -> str | None:
    try:
        return read_name(file.name).video
    except LartError:
        return None


FORMATS = (
    Format("npz", "Tracklets (NumPy npz)", ".npz", (), _layout("npz")),
    Format("parquet", "Tracklets, a row a person and frame (Parquet)", ".parquet", (),
           _layout("parquet")),
    Format("phalp", "Tracklets as PHALP writes them (pkl)", ".pkl", (), _layout("phalp")),
    Format("lart", "Tracklets as LART reads them (zip of pkl)", ".zip", (), _lart,
           folder=True, former=_of_this_film),
)  # fmt: skip
