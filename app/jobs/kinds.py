"""What a job can be. Each kind is a function of plain values; heavy imports are inside."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.exports import Wish
from app.exports import clips, files
from app.storage import catalogue, imports, models, runs, uploads
from lart_core.allowance import JOB, TRAINING, Allowance
from lart_core.errors import LartError
from lart_core.progress import OnProgress, Progress
from lart_core.runs.run import Run


def process_sample(report: OnProgress) -> dict[str, Any]:
    """Fetch the sample clip and process it."""
    from lart_core import weights

    report(Progress("fetching the sample", 0, 1))
    return _process(weights.path("sample-clip"), runs.SAMPLE, report, {})


def process_upload(
    report: OnProgress, upload: str, settings: dict[str, float] | None = None
) -> dict[str, Any]:
    """Process a video that was uploaded; its run has the same id."""
    return _process(uploads.find(upload), upload, report, settings or {})


def import_files(
    report: OnProgress, id: str, path: str | None, film: str | None, fps: float | None
) -> dict[str, Any]:
    """Make a run of what was imported (`app.storage.imports`), and let the models name its actions.

    What was brought for it is deleted once the run is there: it holds all of it.

    Args:
        id: Of the run, and of the import where no `path` on this machine is given.
        film: Upload id of the video, if it is at hand.
    """
    report(Progress("import", 0, 1))
    run = runs.find_own(id) if runs.can_be_watched(id) else _imported(id, path, film, fps)
    imports.remove(id)
    if film:
        uploads.remove(film)
    if not run.models():
        report(Progress("actions", 0, 1))
        for name in models.demo_models():
            try:
                models.apply(name, id)
            except LartError as error:
                print(f"{name}: {error}", flush=True)
    catalogue.fresh()
    return draw_layer(report, id)


def _imported(id: str, path: str | None, film: str | None, fps: float | None) -> Run:
    video = uploads.find(film) if film else None
    if path is None:
        return imports.make_run(id, video, fps)
    return imports.of_files(Path(path), runs.RUNS.path(id), video, fps)


def fetch_weights(report: OnProgress, name: str) -> dict[str, Any]:
    """Fetch a model file that is missing."""
    from lart_core import weights

    report(Progress("fetching", 0, 1))
    weights.fetch(name, lambda here, total: report(Progress("fetching", here, total or 0)))
    return {"weights": name}


def draw_layer(report: OnProgress, run: str) -> dict[str, Any]:
    """Draw the bodies of a run as a layer for the player."""
    from lart_core import rendering
    from lart_core.rendering.layer import write_layer

    opened = runs.find_own(run)
    folder, people = runs.mesh_layer(opened), list(opened.people())
    if not people:
        return {"run": run}
    with rendering.Renderer() as renderer:
        write_layer(
            folder,
            people,
            renderer,
            progress=lambda done, total: report(Progress("layer", done, total)),
        )
    runs.forget_stale_layers(opened)
    return {"run": run}


def train(report: OnProgress, data: str, name: str, epochs: int) -> dict[str, Any]:
    """Train a small model on labelled tracklets."""
    report(Progress("training", 0, epochs))
    models.train(data, name, epochs, report)
    return {"model": name}


def teach(
    report: OnProgress,
    start: str,
    name: str,
    taught: list[str],
    held_out: list[str],
    epochs: int,
) -> dict[str, Any]:
    """Fine-tune a model on what people corrected."""
    report(Progress("training", 0, epochs))
    models.teach(start, name, taught, held_out, epochs, report)
    return {"model": name, "run": (*held_out, *taught)[0]}


def apply_model(report: OnProgress, run: str, model: str) -> dict[str, Any]:
    """Let a model name the actions in a run."""
    report(Progress("actions", 0, 1))
    models.apply(model, run)
    return {"run": run}


def make_export(
    report: OnProgress,
    run: str,
    export: str,
    layout: str,
    models: list[str],
    first: int,
    last: int,
    begins_at: float | None = None,
) -> dict[str, Any]:
    """Make a file of a run; `export` is its id."""
    wish = Wish(runs.find(run), models, first, last, begins_at=begins_at)
    path = files.make(layout, wish, export, report)
    return {"run": run, "export": export, "file": path.name}


def cut_clips(
    report: OnProgress, export: str, name: str, found: list[dict[str, Any]]
) -> dict[str, Any]:
    """Cut out the moments that a search found; `export` is the file's id."""
    report(Progress("export", 0, len(found)))
    return {"export": export, "file": clips.write(export, name, found, report).name}


def _process(
    path: Path, run_id: str, report: OnProgress, settings: dict[str, float]
) -> dict[str, Any]:
    from app.jobs.preview import Preview
    from lart_core import pipeline
    from lart_core.settings import Settings

    out = runs.RUNS.path(run_id)
    preview = Preview(path, out, report)
    try:
        pipeline.run(
            path, out, settings=Settings.of(settings), limits=uploads.LIMITS, progress=preview
        )
    finally:
        preview.clear()
    catalogue.fresh()
    return draw_layer(report, run_id)


KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "sample": process_sample,
    "video": process_upload,
    "layer": draw_layer,
    "import": import_files,
    "weights": fetch_weights,
    "export": make_export,
    "clips": cut_clips,
    "train": train,
    "teach": teach,
    "actions": apply_model,
}
"""Name of a kind -> what does it."""


def allowance(kind: str) -> Allowance:
    """What the process of a job may use."""
    return TRAINING if kind in ("train", "teach") else JOB
