"""Runs come from other people's tracklet files and go out as such."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lart_core import video
from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.formats.lart import file_name, to_lart
from lart_core.formats.phalp import to_phalp
from lart_core.formats.reader import import_tracklets
from lart_core.model import load_checkpoint
from lart_core.model.inference import predict
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet, VideoFacts
from lart_core.tracklet.validate import LAYOUT


def import_run(path: Path, out: Path, *, film: Path | None = None, fps: float = 30.0) -> Run:
    """Make a run of a PHALP result, a LART tracklet or a folder of LART tracklets of one video.

    Args:
        film: The video that they were made from, if it is at hand: then its frame rate is known,
            and the run gets a player copy.
        fps: Frame rate to assume without it, unless the file says one.

    Raises:
        LartError: The file is refused, is of several videos or of another one than `film`, or
            `out` is not empty. Nothing is left at `out` then.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise LartError(f"Expected an empty folder for the run, but {out} has files.")
    with replacing(out) as made, TemporaryDirectory() as scratch:
        people = list(import_tracklets(path, Path(scratch) / "tracklets", fps=fps))
        facts = _one_video(people, film)
        run = Run.create(made, facts, source=str(path), settings={"imported": path.name})
        run.write_tracklets([replace(person, video=facts) for person in people])
        run.finish("perception", None, bodies=f"imported from {path.name}")
        run.finish("tracking", None, tracking=f"imported from {path.name}")
        if film is not None:
            video.write_player(made / "player.mp4", video.frames(film), facts.fps)
            run.finish("player", None)
    return Run.open(out)


def run_published(path: Path, out: Path) -> Run:
    """Import tracklets with PHALP's and MViT's vectors, and let the published LART judge them.

    Args:
        path: As in `import_run`.

    Raises:
        LartError: As in `import_run`; or the published weights are missing, or the tracklets lack
            the appearance vectors that they need.
    """
    from lart_core.presets.full.files import lart_checkpoint

    checkpoint = load_checkpoint(lart_checkpoint())
    run = import_run(path, out)
    start = time.perf_counter()
    run.write_actions(predict(checkpoint, run.tracklets()))
    run.finish("actions", time.perf_counter() - start)
    return run


def _one_video(people: Sequence[Tracklet], film: Path | None) -> VideoFacts:
    kinds = {(t.video.name, t.video.width, t.video.height) for t in people}
    if len(kinds) != 1:
        raise LartError(
            f"Expected the people of one video, but got {len(kinds)} videos; import each by itself."
        )
    longest = max((t.video for t in people), key=lambda facts: facts.frames)
    if film is None:
        return longest
    facts = video.probe(film)
    known = (longest.width, longest.height)
    if (facts.width, facts.height) != known or facts.frames < max(t.last for t in people) + 1:
        raise LartError(
            f"Expected the video of these tracks, {known[0]}x{known[1]} pixels and at least "
            f"{max(t.last for t in people) + 1} frames, but {film.name} has {facts.width}x"
            f"{facts.height} pixels and {facts.frames} frames."
        )
    return facts


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
