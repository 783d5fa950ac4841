"""The process of one job: ``python -m app.jobs.worker ID``."""

import fcntl
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from app.jobs import kinds, table
from lart_core import discretion, paths
from lart_core.atomic_files import write_json
from lart_core.errors import LartError, NotNow, machine_fault
from lart_core.progress import Progress

SETTLED = 2.0
"""Seconds after a stage's first result from which on its rate says how long it takes."""


class Reporter:
    """Keeps `progress.json` fresh, at most four times a second."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = ("", 0.0)
        self._first: tuple[float, int] | None = None

    def __call__(self, progress: Progress) -> None:
        stage, done, total = progress.stage, progress.done, progress.total
        remaining = progress.remaining
        now = time.monotonic()
        if stage == self._last[0] and now - self._last[1] < 0.25 and done < total:
            return
        if stage != self._last[0]:
            print(f"{time.strftime('%H:%M:%S')} {stage}", flush=True)
            self._first = None
        self._last = (stage, now)
        if done and self._first is None:  # What comes before is models that are loaded.
            self._first = (now, done)
        if remaining is None and self._first:
            begun, already = self._first
            if now - begun >= SETTLED and done > already:
                remaining = (now - begun) / (done - already) * (total - done)
        write_json(
            self._path,
            {"stage": stage, "done": done, "total": total, "remaining": remaining},
        )


def main(job_id: str) -> int:
    """Make this process one that does the job, and no more than that; its exit code."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    if paths.own_workspace().folder != paths.lart_home():  # a visitor reads what it says
        discretion.begin()
    job = table.read(job_id)
    with (job.path / "worker.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kinds.allowance(job.kind).hold()
        return work(job)


def work(job: table.Job) -> int:
    """Do the job; what came of it is in `outcome.json`."""
    try:
        report = Reporter(job.path / "progress.json")
        outcome: dict[str, Any] = {"result": kinds.KINDS[job.kind](report, **job.arguments)}
    except LartError as error:
        print(error, flush=True)
        outcome = {"error": str(error), "refused": not isinstance(error, NotNow)}
    except Exception as error:
        traceback.print_exc()
        unforeseen = "The job failed for a reason that nobody foresaw; see its log."
        outcome = {"error": machine_fault(error) or unforeseen}
    write_json(job.path / "outcome.json", outcome)
    return 0 if "result" in outcome else 1


def _end_with(parent: int) -> None:
    """A worker whose server is gone ends; the job goes on when a server is there again."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
