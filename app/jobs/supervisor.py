"""Starts the jobs' workers, two at a time, and notes how they end."""

import contextlib
import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from typing import IO, Any

from app.jobs import table
from app.jobs.table import Job
from lart_core.stored_files import DAMAGE, read_json

log = logging.getLogger("lart.jobs")

AT_ONCE = 2
ATTEMPTS = 3
"""How often a job is taken up again by itself after the server went away while it ran."""

PATIENCE = 5.0
"""Seconds between asking a worker to stop and making it stop."""


class Supervisor:
    """One a machine: a second server leaves the jobs to the first until that one ends."""

    def __init__(self) -> None:
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.asked: dict[str, float] = {}
        self._lock: IO[bytes] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Watch the table in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop every worker; the jobs go on at the next start."""
        self._stop.set()
        self._thread.join(timeout=10)
        for worker in self.workers.values():
            _signal(worker, signal.SIGKILL)
            worker.wait()
        if self._lock:
            self._lock.close()

    def tick(self) -> None:
        """Look at the table once."""
        if not self._in_charge():
            return
        for job_id, worker in list(self.workers.items()):
            self._look_after(table.read(job_id), worker)
        for job in reversed(table.every()):
            self._look_at(job)

    def _run(self) -> None:
        complained = False
        while not self._stop.wait(0.25):
            try:
                self.tick()
                complained = False
            except OSError as error:
                if not complained:
                    log.error("The table of jobs cannot be written (%s); trying again.", error)
                complained = True
            except Exception:
                log.exception("The table of jobs could not be looked after; trying again.")

    def _in_charge(self) -> bool:
        """Whether this supervisor holds the machine's lock; when it gets it, it cleans up."""
        if self._lock:
            return True
        table.JOBS.folder.mkdir(parents=True, exist_ok=True)
        lock = (table.JOBS.folder / "supervisor.lock").open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        self._lock = lock
        for job in table.every():
            if job.state == "running":
                again = job.attempts < ATTEMPTS
                table.save(
                    job,
                    state="waiting" if again else "interrupted",
                    error="" if again else "The app ended while this job ran.",
                )
        return True

    def _look_at(self, job: Job) -> None:
        resume = job.path / "resume"
        if resume.exists():
            resume.unlink()
            (job.path / "cancel").unlink(missing_ok=True)
            if job.over and job.state != "done":
                job = table.save(job, state="waiting", attempts=0, error="", ended=None)
        if job.state != "waiting":
            return
        if job.cancel_asked:
            table.save(job, state="cancelled", ended=time.time())
        elif len(self.workers) < AT_ONCE:
            self._start(job)

    def _start(self, job: Job) -> None:
        (job.path / "outcome.json").unlink(missing_ok=True)
        table.save(job, state="running", started=time.time(), attempts=job.attempts + 1)
        with (job.path / "log.txt").open("ab") as log:
            self.workers[job.id] = subprocess.Popen(
                [sys.executable, "-m", "app.jobs.worker", job.id],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _look_after(self, job: Job, worker: subprocess.Popen[bytes]) -> None:
        code = worker.poll()
        if code is None:
            if job.cancel_asked:
                since = self.asked.setdefault(job.id, time.monotonic())
                late = time.monotonic() - since > PATIENCE
                _signal(worker, signal.SIGKILL if late else signal.SIGTERM)
            return
        del self.workers[job.id]
        self.asked.pop(job.id, None)
        table.save(job, ended=time.time(), **_ending(job, code))


def _ending(job: Job, code: int) -> dict[str, Any]:
    try:
        outcome = read_json(job.path / "outcome.json", {})
    except DAMAGE:
        outcome = {}
    if isinstance(outcome.get("result"), dict):
        return {"state": "done", "result": outcome["result"], "error": ""}
    if job.cancel_asked:
        return {"state": "cancelled", "error": ""}
    if isinstance(outcome.get("error"), str):
        return {"state": "failed", "error": outcome["error"]}
    how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return {"state": "failed", "error": f"The job's process ended unexpectedly {how}."}


def _signal(worker: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, number)
