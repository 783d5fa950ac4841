"""What a job can be. Each kind is a function of plain values; heavy imports are inside."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app import library, uploads

Report = Callable[[str, int, int, float | None], None]
"""Called with the stage, how many are done of how many, and the seconds left (or None)."""


def process_sample(report: Report) -> dict[str, Any]:
    """Fetch the sample clip and process it."""
    from lart_core import weights

    report("fetching the sample", 0, 1, None)
    return _process(weights.path("sample-clip"), library.SAMPLE, report)


def process_upload(report: Report, upload: str) -> dict[str, Any]:
    """Process a video that was uploaded; its run has the same id."""
    return _process(uploads.find(upload), upload, report)


def _process(path: Path, run_id: str, report: Report) -> dict[str, Any]:
    from lart_core import pipeline

    def progress(now: pipeline.Progress) -> None:
        report(now.stage, now.done, now.total, now.remaining)

    pipeline.run(path, library.folder() / run_id, limits=uploads.LIMITS, progress=progress)
    return {"run": run_id}


KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "sample": process_sample,
    "video": process_upload,
}
"""Name of a kind -> what does it."""
