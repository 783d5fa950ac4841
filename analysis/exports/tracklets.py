"""The people as other tools read them."""

from collections.abc import Callable
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


def _same_film(wish: Wish, file: Path) -> bool:
    """Whether a file is of the run's film.

    Raises:
        LartError: It is of another film, or of somebody else, and called alike.
    """
    try:
        alike = read_name(file.name).video == film_name(wish.run.video)
    except LartError:
        return False
    if alike and (other := film_of(file)) != wish.run.video.name:
        whose = "somebody else's files" if other is None else f"those of {other}"
        raise LartError(
            f"Expected a folder without other films called alike, but {file.parent} has {whose} "
            f"({file.name}); choose another one."
        )
    return alike


FORMATS = (
    Format("npz", "Tracklets (NumPy npz)", ".npz", (), _layout("npz")),
    Format("parquet", "Tracklets, a row a person and frame (Parquet)", ".parquet", (),
           _layout("parquet")),
    Format("phalp", "Tracklets as PHALP writes them (pkl)", ".pkl", (), _layout("phalp")),
    Format("lart", "Tracklets as LART reads them (zip of pkl)", ".zip", (), _lart,
           folder=True, former=_same_film),
)  # fmt: skip
