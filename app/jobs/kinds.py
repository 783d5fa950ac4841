"""What a job can be. Each kind is a function of plain values; heavy imports are inside."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.exports import Wish
from app.storage import exports, models, runs, uploads

Report = Callable[[str, int, int, float | None], None]
"""Called with the stage, how many are done of how many, and the seconds left (or None)."""


def process_sample(report: Report) -> dict[str, Any]:
    """Fetch the sample clip and process it."""
    from lart_core import weights

    report("fetching the sample", 0, 1, None)
    return _process(weights.path("sample-clip"), runs.SAMPLE, report, {})


def process_upload(
    report: Report, upload: str, settings: dict[str, float] | None = None
) -> dict[str, Any]:
    """Process a video that was uploaded; its run has the same id."""
    return _process(uploads.find(upload), upload, report, settings or {})


def draw_layer(report: Report, run: str) -> dict[str, Any]:
    """Draw the bodies of a run as a layer for the player."""
    from lart_core import rendering
    from lart_core.rendering.layer import write_layer

    opened = runs.find(run)
    people = list(opened.people())
    if not people:
        return {"run": run}
    with rendering.Renderer() as renderer:
        write_layer(
            runs.mesh_layer(opened),
            people,
            renderer,
            progress=lambda done, total: report("layer", done, total, None),
        )
    return {"run": run}


def train(report: Report, data: str, name: str, epochs: int) -> dict[str, Any]:
    """Train a small model on labelled tracklets."""
    report("training", 0, epochs, None)
    models.train(data, name, epochs, report)
    return {"model": name}


def apply_model(report: Report, run: str, model: str) -> dict[str, Any]:
    """Let a model name the actions in a run."""
    report("actions", 0, 1, None)
    models.apply(model, run)
    return {"run": run}


def make_export(
    report: Report,
    run: str,
    export: str,
    layout: str,
    models: list[str],
    first: int,
    last: int,
    begins_at: float = 0.0,
) -> dict[str, Any]:
    """Make a file of a run; `export` is its id."""
    wish = Wish(runs.find(run), models, first, last, begins_at=begins_at)
    path = exports.make(layout, wish, export, report)
    return {"run": run, "export": export, "file": path.name}


def _process(path: Path, run_id: str, report: Report, settings: dict[str, float]) -> dict[str, Any]:
    from lart_core import pipeline
    from lart_core.settings import Settings

    def progress(now: pipeline.Progress) -> None:
        report(now.stage, now.done, now.total, now.remaining)

    pipeline.run(
        path,
        runs.RUNS.path(run_id),
        settings=Settings.of(settings),
        limits=uploads.LIMITS,
        progress=progress,
    )
    return draw_layer(report, run_id)


KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "sample": process_sample,
    "video": process_upload,
    "layer": draw_layer,
    "export": make_export,
    "train": train,
    "actions": apply_model,
}
"""Name of a kind -> what does it."""
