"""Files that a run gives away: what there is, and how each is made."""

import io
import re
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from lart_core import rendering, video
from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.paths import lart_home
from lart_core.runs.run import Run

Report = Callable[[str, int, int, float | None], None]

EXPORT_ID = re.compile(r"[0-9a-f]{16}")

SHOTS = 4
"""Pictures in the page of one person."""


@dataclass(frozen=True)
class Wish:
    """What is wanted.

    Attributes:
        run: The run. models: One or two of its models. first, last: The span, for meshes.
    """

    run: Run
    models: Sequence[str]
    first: int
    last: int


@dataclass(frozen=True)
class Export:
    """One kind of file: its name for people, how its file ends, and what makes it."""

    title: str
    ending: str
    make: Callable[[Wish, Path, Report], None]


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


def make(kind: str, wish: Wish, export_id: str, report: Report) -> Path:
    """Make a file, whole or not at all.

    Raises:
        LartError: There is no such kind, or nothing to write.
    """
    if kind not in EXPORTS:
        raise LartError(f"Expected an export ({', '.join(EXPORTS)}), but got {kind!r}.")
    export = EXPORTS[kind]
    out = _folder(export_id) / f"{wish.run.path.name}-{kind}.{export.ending}"
    report("export", 0, 1, None)
    with replacing(out) as path:
        export.make(wish, path, report)
    return out


def _folder(export_id: str) -> Path:
    return lart_home() / "exports" / export_id


def frame_png(run: Run, frame: int, model: str | None) -> bytes:
    """A frame with bodies, boxes and labels as PNG."""
    return _encoded(_annotated_frame(run, frame, model), "png")


def person_page(run: Run, track_id: int, models: Sequence[str]) -> bytes:
    """One person as a self-contained HTML page."""
    from analysis.figures.person_page import person_html

    person = next(each for each in run.tracklets() if each.track_id == track_id)
    steps = [person.first + (len(person) - 1) * i // (SHOTS - 1) for i in range(SHOTS)]
    shots = [
        (frame, _encoded(_annotated_frame(run, frame, models[0] if models else None), "jpeg"))
        for frame in dict.fromkeys(steps)
    ]
    return person_html(person, [run.actions(model) for model in models], shots).encode()


def _annotated_frame(run: Run, frame: int, model: str | None):
    from lart_core.rendering.annotated import annotated

    if run.player is None:
        raise LartError("This run has no video to take a picture from.")
    people = list(run.tracklets())
    (bodies,) = rendering.figures(people, [frame])
    actions = run.actions(model) if model else None
    picture = video.player_frame(run.player, frame)
    return annotated(picture, frame, people, bodies, actions, rendering.shared())


def _encoded(picture, kind: str) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, kind)
    return out.getvalue()


def _video(wish: Wish, path: Path, report: Report) -> None:
    from lart_core.rendering.annotated import write_annotated

    actions = wish.run.actions(wish.models[0]) if wish.models else None
    with rendering.Renderer() as renderer:
        write_annotated(
            path,
            wish.run,
            actions,
            renderer,
            progress=lambda done, total: report("export", done, total, None),
        )


def _glb(wish: Wish, path: Path, report: Report) -> None:
    from lart_core.rendering.gltf import write_glb

    write_glb(path, list(wish.run.tracklets()), wish.first, wish.last)


def _obj(wish: Wish, path: Path, report: Report) -> None:
    from lart_core.rendering.obj import write_obj_sequence

    write_obj_sequence(path, list(wish.run.tracklets()), wish.first, wish.last)


def _tracklets(layout: str) -> Callable[[Wish, Path, Report], None]:
    def make(wish: Wish, path: Path, report: Report) -> None:
        from lart_core.pipeline.import_run import export_tracklets

        people = list(wish.run.tracklets())
        if layout != "lart":
            export_tracklets(people, layout, path)
            return
        with TemporaryDirectory() as scratch:
            export_tracklets(people, layout, Path(scratch) / "lart")
            shutil.make_archive(str(path.with_suffix("")), "zip", scratch)

    return make


def _probabilities(layout: str) -> Callable[[Wish, Path, Report], None]:
    def make(wish: Wish, path: Path, report: Report) -> None:
        import pandas as pd

        from analysis.runs.probabilities import table

        if not wish.models:
            raise LartError("Expected a model whose probabilities are written, but none is chosen.")
        fps = wish.run.video.fps
        tables = [table(wish.run.actions(model), fps) for model in wish.models]
        whole = pd.concat(tables, ignore_index=True)
        if layout == "csv":
            whole.to_csv(path, index=False, float_format="%.5g")
        else:
            whole.to_parquet(path, index=False)

    return make


EXPORTS = {
    "video": Export("Video with bodies, boxes and labels (mp4)", "mp4", _video),
    "csv": Export("Probabilities (CSV)", "csv", _probabilities("csv")),
    "parquet": Export("Probabilities (Parquet)", "parquet", _probabilities("parquet")),
    "glb": Export("Bodies of the span, animated (GLB)", "glb", _glb),
    "obj": Export("Bodies of the span, one OBJ a frame (zip)", "zip", _obj),
    "npz": Export("Tracklets (NumPy npz)", "npz", _tracklets("npz")),
    "phalp": Export("Tracklets as PHALP writes them (pkl)", "pkl", _tracklets("phalp")),
    "lart": Export("Tracklets as LART reads them (zip of pkl)", "zip", _tracklets("lart")),
}
"""Name -> what it is."""
