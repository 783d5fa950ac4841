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
from collections.abc import Callable, Iterator
from typing import IO, Any

from app import spaces
from app.jobs import kinds, queue, table, videos
from app.jobs.table import Job
from app.spaces import doors, leaving, quota
from app.storage import bin
from lart_core import paths
from lart_core.allowance import ran_out, spoken
from lart_core.errors import LartError
from lart_core.paths import Workspace, lart_home
from lart_core.stored_files import DAMAGE, read_json

log = logging.getLogger("lart.jobs")

AT_ONCE = 2
ATTEMPTS = 3
"""How often a job is taken up again by itself after the server went away while it ran."""

SWEEP = 1.0
"""Seconds between looking for visitors whose data are to go."""

EMPTY = 600.0
"""Seconds between looking for what has been in the bins for too long."""

MEASURE = 5.0
"""Seconds between looking how much disk running jobs take."""

NICENESS = 5
"""By which a job's process gives way to the server's: pages come first."""

PATIENCE = 5.0
"""Seconds between asking a worker to stop and making it stop."""


class Supervisor:
    """One a machine: a second server leaves the jobs to the first until that one ends.

    It looks after the jobs of the home and, where visitors are served, of every visitor.

    Attributes:
        second: Whether another server looks after the jobs of this home.
        looked: When this one last looked at them (`time.monotonic`).
    """

    def __init__(self, forget: Callable[[], None] = lambda: None) -> None:
        """Args:
        forget: Called when somebody's data were deleted: drops what is in memory of them.
        """
        self.forget = forget
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.places: dict[str, Workspace] = {}
        self.asked: dict[str, float] = {}
        self.last_turn: dict[Workspace, float] = {}
        self.over: dict[str, str] = {}
        self._measured = float("-inf")
        self._lock: IO[bytes] | None = None
        self._queue: list[str] | None = None
        self._swept = float("-inf")
        self._emptied = float("-inf")
        self.second = False
        self.looked = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Watch the table in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop every worker; the jobs go on at the next start, as often as that happens."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        for job_id, worker in list(self.workers.items()):
            with paths.entered(self.places[job_id]), contextlib.suppress(LartError, OSError):
                job = table.read(job_id)
                if worker.poll() is not None:
                    self._look_after(job, worker)
                    continue
                _kill(worker)
                table.save(job, state="waiting", attempts=max(job.attempts - 1, 0))
                log.info("A job waits for the next start.", extra=_event("job put off", job))
            if worker.poll() is None:
                _kill(worker)
        if self._lock:
            self._lock.close()

    def tick(self) -> None:
        """Look at everybody's table once."""
        self.looked = time.monotonic()
        if not self._in_charge():
            return
        self._let_go()
        self._hold_to_disk()
        self._empty_bins()
        waiting: dict[Workspace, list[Job]] = {}
        for place in _places():
            with paths.entered(place):
                self._look_after_all(place)
                found = [self._look_at(job) for job in reversed(table.every())]
                waiting[place] = [job for job in found if job is not None]
        self._begin(waiting)

    def _begin(self, waiting: dict[Workspace, list[Job]]) -> None:
        """Start what is next, and note in which order the rest waits."""
        order = queue.in_turn(waiting, self.places.values(), self.last_turn)
        free = max(AT_ONCE - len(self.workers), 0)
        for place, job in order[:free]:
            with paths.entered(place):
                self._start(job, place)
        left = [job.id for _, job in order[free:]]
        if left != self._queue:
            queue.note(left)
            self._queue = left

    def _let_go(self) -> None:
        """Delete what visitors no longer want here, and now and then what expired."""
        if not spaces.public() or time.monotonic() - self._swept < SWEEP:
            return
        leaving.sweep()
        for someone in leaving.due():
            for job_id, place in list(self.places.items()):
                if place == someone.workspace:
                    _kill(self.workers[job_id])
                    self._forget(job_id)
            leaving.remove(someone)
            self.forget()
        self._swept = time.monotonic()

    def _hold_to_disk(self) -> None:
        """Stop what visitors run once they use more disk than they are granted."""
        if not spaces.public() or time.monotonic() - self._measured < MEASURE:
            return
        for job_id, place in self.places.items():
            if place.folder != lart_home() and (why := quota.overdrawn(place.folder)):
                self.over[job_id] = why
                _signal(self.workers[job_id], signal.SIGKILL)
        self._measured = time.monotonic()

    def _empty_bins(self) -> None:
        """Now and then, delete for good what has been in anybody's bin for long enough."""
        if time.monotonic() - self._emptied < EMPTY:
            return
        self._emptied = time.monotonic()
        for place in _places():
            with paths.entered(place):
                try:
                    videos.empty_bin(bin.KEPT)
                except LartError:
                    log.error("Something in the bin could not be deleted yet; trying again later.")

    def _run(self) -> None:
        complained = False
        while not self._stop.wait(0.25):
            try:
                self.tick()
                complained = False
            except OSError as error:
                if not complained:
                    log.error("Jobs cannot be looked after now (%s); trying again.", error)
                complained = True
            except Exception:
                log.exception("The table of jobs could not be looked after; trying again.")

    def _in_charge(self) -> bool:
        """Whether this supervisor holds the machine's lock; when it gets it, it cleans up."""
        if self._lock:
            return True
        folder = lart_home() / table.JOBS.name
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "supervisor.lock").open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            if not self.second:
                log.warning(
                    "Another server of LART Lens works on %s: this one shows everything, and "
                    "leaves the jobs to the other until that ends.", lart_home(),
                    extra={"event": "second server"},
                )  # fmt: skip
            self.second = True
            return False
        self._lock, self.second = lock, False
        for place in _places():
            with paths.entered(place):
                for job in table.every():
                    if job.state == "running":
                        _take_up(job)
        return True

    def _look_at(self, job: Job) -> Job | None:
        """Do what pages ask for of a job; gives it back if it waits to be begun."""
        if job.goes_with and job.state != "running":
            with contextlib.suppress(LartError):  # what cannot go yet is tried again at once
                videos.end(job)
            return None
        resume = job.path / "resume"
        if resume.exists():
            resume.unlink()
            (job.path / "cancel").unlink(missing_ok=True)
            if job.resumable:
                job = table.save(job, state="waiting", attempts=0, error="", ended=None)
        if job.state != "waiting":
            return None
        if job.cancel_asked:
            table.save(job, state="cancelled", ended=time.time())
            return None
        return job

    def _start(self, job: Job, place: Workspace) -> None:
        for said in ("outcome.json", "progress.json"):  # by an earlier worker
            (job.path / said).unlink(missing_ok=True)
        begun = table.save(job, state="running", started=time.time(), attempts=job.attempts + 1)
        try:
            with (job.path / "log.txt").open("ab") as written:
                self.workers[job.id] = subprocess.Popen(
                    [sys.executable, "-m", "app.jobs.worker", job.id],
                    stdin=subprocess.DEVNULL,
                    stdout=written,
                    stderr=written,
                    env=os.environ | place.environment(),
                    start_new_session=True,
                )
        except OSError:  # No more processes, or no room: it is tried again.
            table.save(begun, state="waiting", started=None, attempts=job.attempts)
            raise
        with contextlib.suppress(ProcessLookupError):
            niceness = os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
            os.setpriority(os.PRIO_PROCESS, self.workers[job.id].pid, niceness)
        log.info("A job begins.", extra=_event("job begun", job))
        self.places[job.id] = place
        self.last_turn[place] = time.monotonic()

    def _look_after_all(self, place: Workspace) -> None:
        """See how the workers of one workspace do, in which this thread is."""
        for job_id in [each for each, its in self.places.items() if its == place]:
            try:
                self._look_after(table.read(job_id), self.workers[job_id])
            except LartError:
                log.error("The job %s is stopped: what is noted of it cannot be read.", job_id)
                _kill(self.workers[job_id])
                self._forget(job_id)

    def _look_after(self, job: Job, worker: subprocess.Popen[bytes]) -> None:
        code = worker.poll()
        if code is None:
            if job.cancel_asked:
                since = self.asked.setdefault(job.id, time.monotonic())
                late = time.monotonic() - since > PATIENCE
                _signal(worker, signal.SIGKILL if late else signal.SIGTERM)
            return
        over = self.over.get(job.id, "")
        self._forget(job.id)
        ending = {"state": "failed", "error": over} if over else _ending(job, code)
        job = table.save(job, ended=time.time(), **ending)
        log.info("A job ended: %s.", job.state, extra=_event("job ended", job))

    def _forget(self, job_id: str) -> None:
        del self.workers[job_id], self.places[job_id]
        self.asked.pop(job_id, None)
        self.over.pop(job_id, None)


def _places() -> list[Workspace]:
    """The home, and every visitor's workspace where visitors are served."""
    visitors = doors.everybody() if spaces.public() else ()
    return [Workspace(lart_home()), *(each.workspace for each in visitors)]


def _take_up(job: Job) -> None:
    """Let a job go on that was running when its server ended, unless that was too often."""
    again = job.attempts < ATTEMPTS
    table.save(
        job,
        state="waiting" if again else "interrupted",
        error="" if again else "The app ended while this job ran.",
    )


def _event(name: str, job: Job) -> dict[str, Any]:
    """What is logged of a job: nothing that its visitor named."""
    seconds = round((job.ended or time.time()) - (job.started or time.time()), 3)
    state = {"state": job.state, "seconds": max(seconds, 0.0)}
    return {"event": name, "job": job.id, "kind": job.kind, **state}


def everybodys() -> Iterator[Job]:
    """The jobs of the home and of every visitor, each while its workspace is entered."""
    for place in _places():
        with paths.entered(place):
            yield from table.every()


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
        refused = outcome.get("refused") is True
        return {"state": "failed", "error": outcome["error"], "refused": refused}
    if ran_out(code):
        return {"state": "failed", "error": _too_long(job)}
    how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return {"state": "failed", "error": f"The job's process ended unexpectedly {how}."}


def _kill(worker: subprocess.Popen[bytes]) -> None:
    _signal(worker, signal.SIGKILL)
    worker.wait()


def _too_long(job: Job) -> str:
    allowed = spoken(kinds.allowance(job.kind).seconds)
    return f"The job took more than the {allowed} of CPU time that it may have; cut the video."


def _signal(worker: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, number)
