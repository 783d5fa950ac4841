"""Our tracklets as others read them: PHALP's and LART's pickles, Parquet, NumPy."""

from collections.abc import Callable, Sequence
from pathlib import Path

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.formats.lart import to_lart
from lart_core.formats.lart_names import file_name
from lart_core.formats.phalp import to_phalp
from lart_core.tracklet import Tracklet
from lart_core.tracklet.data import LAYOUT


def export_tracklets(people: Sequence[Tracklet], layout: str, out: Path) -> None:
    """Write the people of a run as others read them, whole or not at all.

    Args:
        layout: ``"phalp"`` (one result pickle), ``"lart"`` (a folder with a pickle a person),
            ``"parquet"`` (a row a person and frame) or ``"npz"`` (arrays named
            ``<track id>/<name>``).

    Raises:
        LartError: There is nobody to write, or `layout` is another.
    """
    if layout not in LAYOUTS:
        raise LartError(f"Expected a layout ({', '.join(LAYOUTS)}), but got {layout!r}.")
    if not people:
        raise LartError("Expected people to export, but nobody was seen in this run.")
    with replacing(out) as made:
        LAYOUTS[layout](list(people), made)


def _phalp(people: Sequence[Tracklet], out: Path) -> None:
    joblib.dump(to_phalp(people), out, compress=3)


def _lart(people: Sequence[Tracklet], out: Path) -> None:
    out.mkdir()
    for person in people:
        joblib.dump(to_lart(person), out / file_name(person))


def _parquet(people: Sequence[Tracklet], out: Path) -> None:
    pq.write_table(pa.concat_tables([_table(person) for person in people]), out)


def _table(person: Tracklet) -> pa.Table:
    rows = len(person)
    columns: dict[str, pa.Array] = {
        "video": pa.array([person.video.name] * rows),
        "track_id": pa.array([person.track_id] * rows, pa.int64()),
    }
    for name, (_, shape) in LAYOUT.items():
        if shape[0] != "T":
            continue
        values = getattr(person, name)
        if values.ndim == 1:
            columns[name] = pa.array(values)
        else:
            width = int(np.prod(values.shape[1:]))
            columns[name] = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), width)
    return pa.table(columns)


def _npz(people: Sequence[Tracklet], out: Path) -> None:
    arrays = {f"{t.track_id}/{name}": getattr(t, name) for t in people for name in LAYOUT}
    with out.open("wb") as file:
        np.savez_compressed(file, **arrays)


LAYOUTS: dict[str, Callable[[Sequence[Tracklet], Path], None]] = {
    "phalp": _phalp,
    "lart": _lart,
    "parquet": _parquet,
    "npz": _npz,
}
