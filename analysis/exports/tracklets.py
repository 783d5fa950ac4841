"""The people as other tools read them."""

import shutil
from collections.abc import Callable
from pathlib import Path

from analysis.exports.format import Format, Report, Wish
from lart_core.atomic_files import replacing
from lart_core.formats.writer import export_tracklets
from lart_core.pipeline.import_lart import export_lart


def _layout(layout: str) -> Callable[[Wish, Path, Report], None]:
    def make(wish: Wish, path: Path, report: Report) -> None:
        export_tracklets(wish.tracklets(), layout, path)

    return make


def _lart(wish: Wish, path: Path, report: Report) -> None:
    """A folder with a pickle a person, or that folder as a zip."""
    folder = path.with_name("lart") if path.suffix == ".zip" else path
    with replacing(folder) as made:
        export_lart(wish.run, made)
    if path.suffix == ".zip":
        shutil.make_archive(str(path.with_suffix("")), "zip", folder)


FORMATS = (
    Format("npz", "Tracklets (NumPy npz)", ".npz", (), _layout("npz")),
    Format("parquet", "Tracklets, a row a person and frame (Parquet)", ".parquet", (),
           _layout("parquet")),
    Format("phalp", "Tracklets as PHALP writes them (pkl)", ".pkl", (), _layout("phalp")),
    Format("lart", "Tracklets as LART reads them (zip of pkl)", ".zip", (), _lart),
)  # fmt: skip
