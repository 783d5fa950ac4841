"""The table of jobs: one folder a job under ``LART_HOME/jobs``.

`job.json` is written by whoever adds the job and then only by the supervisor; `progress.json`,
`outcome.json` and `log.txt` by the worker; pages ask for a cancel or resume by an empty file, and
by ``remove`` for the deletion of videos (their ids, one a line) once the job has stopped.
"""

import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.spaces import quota
from lart_core.atomic_files import write_bytes, write_json
from lart_core.errors import LartError
from lart_core.shelf import Shelf
from lart_core.stored_files import DAMAGE, Entries, read_json, reading

JOBS = Shelf("jobs", "[0-9]{14}-[0-9a-f]{8}", "job.json", "There is no job {id} on this machine.")
ENDED = ("done", "failed", "cancelled", "interrupted")
STATES = ("waiting", "running", *ENDED)

_NUMBER = (int, float)
_FACTS: Entries = {
    "id": str,
    "kind": str,
    "title": str,
    "arguments": dict,
    "state": str,
    "created": _NUMBER,
    "attempts": int,
    "error": str,
    "result": dict,
}
_PROGRESS: Entries = {
    "stage": str,
    "done": int,
    "total": int,
    "remaining": (int, float, type(None)),
}


@dataclass(frozen=True)
class Job:
    """One job.

    Attributes:
        id: Its name in addresses; sorts by time of creation.
        kind: A name in `app.jobs.kinds.KINDS`. arguments: What the kind is called with.
        title: What people read.
        state: ``waiting``, ``running``, or how it ended: ``done``, ``failed``, ``cancelled``,
            ``interrupted`` (the server went away too often while it ran).
        created, started, ended: Seconds since 1970, or None.
        attempts: How often it was started.
        error: The sentence for people, if it failed.
        result: What the kind returned.
        refused: Whether it failed since what it was given cannot be used: it would fail again.
    """

    id: str
    kind: str
    title: str
    arguments: dict[str, Any]
    state: str = "waiting"
    created: float = 0.0
    started: float | None = None
    ended: float | None = None
    attempts: int = 0
    error: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    refused: bool = False

    @property
    def path(self) -> Path:
        """The job's folder."""
        return JOBS.path(self.id)

    @property
    def over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state in ENDED

    @property
    def resumable(self) -> bool:
        """Whether it ended badly, and may end well if it goes on."""
        return self.over and self.state != "done" and not self.refused

    @property
    def progress(self) -> dict[str, Any]:
        """The worker's last word: ``stage``, ``done``, ``total``, ``remaining`` (seconds)."""
        try:
            return read_json(self.path / "progress.json", _PROGRESS)
        except DAMAGE:
            return {}

    @property
    def log(self) -> str:
        """The end of what the worker printed, at most 20,000 characters."""
        path = self.path / "log.txt"
        return path.read_text(encoding="utf-8", errors="replace")[-20_000:] if path.exists() else ""

    @property
    def cancel_asked(self) -> bool:
        """Whether a page asked for it to stop."""
        return (self.path / "cancel").exists()

    @property
    def goes_with(self) -> list[str]:
        """The videos that are deleted, and it with them, once it has stopped."""
        try:
            return (self.path / "remove").read_text(encoding="utf-8").split()
        except OSError:
            return []


def add(kind: str, title: str, **arguments: Any) -> Job:
    """Put a job into the queue. An equal one that has not ended is returned instead.

    Raises:
        LartError: A visitor has as many as they may have.
    """
    with quota.turnstile:
        going_on = [job for job in every() if not job.over]
        for job in going_on:
            if (job.kind, job.arguments) == (kind, arguments):
                return job
        quota.one_more_job(len(going_on))
        now = time.time()
        stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(now))
        job = Job(f"{stamp}-{secrets.token_hex(4)}", kind, title, arguments, created=now)
        return save(job)


def every() -> list[Job]:
    """All jobs, the latest first; those whose facts are damaged are left out."""
    found = [job for job in _all().values() if isinstance(job, Job)]
    return sorted(found, key=lambda job: (job.created, job.id), reverse=True)


def damaged() -> dict[str, str]:
    """The jobs whose facts cannot be read: id -> the sentence that says why."""
    return {job_id: why for job_id, why in _all().items() if isinstance(why, str)}


def remove(job_id: str) -> None:
    """Delete a job's folder: its facts and its log, not what it made."""
    with suppress(LartError):
        shutil.rmtree(JOBS.path(job_id), ignore_errors=True)


def _all() -> dict[str, Job | str]:
    """Id -> job, or why it cannot be read; the latest first."""
    found: dict[str, Job | str] = {}
    for path in reversed(JOBS.every()):
        job_id = path.parent.name
        try:
            found[job_id] = read(job_id)
        except LartError as error:
            found[job_id] = str(error)
    return found


def read(job_id: str) -> Job:
    """A job by id.

    Raises:
        LartError: There is none, or what is noted of it is damaged.
    """
    path = JOBS.find(job_id)
    facts = path.stat()
    return _read(job_id, path, (facts.st_ino, facts.st_mtime_ns, facts.st_size))


@lru_cache(4096)
def _read(job_id: str, path: Path, version: tuple[int, ...]) -> Job:
    with reading(path, f"What is noted of the job {job_id}", "remove it from the list of jobs"):
        facts = read_json(path, _FACTS)
        if facts["id"] != job_id or facts["state"] not in STATES:
            raise ValueError("it is not of this job, or in no state that a job can have")
        if not all(isinstance(facts[name], int | float | None) for name in ("started", "ended")):
            raise ValueError("its times are no numbers")
        if not isinstance(facts.get("refused", False), bool):
            raise ValueError("whether it was refused is neither true nor false")
        return Job(**facts)


def save(job: Job, **changes: Any) -> Job:
    """Write a job, with changes. For whoever adds it, then for the supervisor only."""
    job = replace(job, **changes)
    write_json(job.path / "job.json", asdict(job))
    return job


def cancel(job: Job) -> None:
    """Ask for a job to stop."""
    write_bytes(job.path / "cancel", b"")


def let_go_with(job: Job, run_id: str) -> None:
    """Ask for a job to stop and to be deleted, and for a video to be deleted after it."""
    going = dict.fromkeys([*job.goes_with, run_id])
    write_bytes(job.path / "remove", "\n".join(going).encode())
    cancel(job)


def resume(job: Job) -> None:
    """Ask for a job that ended badly to go on from where it was.

    Raises:
        LartError: A visitor has as many jobs as they may have.
    """
    with quota.turnstile:
        quota.one_more_job(sum(not each.over or _resumes(each) for each in every()))
        write_bytes(job.path / "resume", b"")


def _resumes(job: Job) -> bool:
    return (job.path / "resume").exists()
