"""Which videos jobs work on, and how a video goes for good with all that was made of it."""

from contextlib import suppress

from app.exports import files
from app.jobs import table
from app.jobs.table import Job
from app.results import clips
from app.spaces import links
from app.storage import bin, catalogue, imports, models, notes, runs, uploads
from lart_core.errors import LartError

MAKERS = ("sample", "video", "import")
"""Kinds of jobs that end in a video."""
LEARNERS = ("train", "teach")
"""Kinds of jobs that end in a model."""


def touched(job: Job) -> set[str]:
    """The ids of the runs that a job makes, reads or changes; an upload has the id of its run."""
    given = job.arguments
    found = {given.get(name) for name in ("upload", "run", "film")}
    found |= {*given.get("taught", ()), *given.get("held_out", ())}
    found |= {moment["run"] for moment in given.get("found", ())}
    return {run for run in {*found, made(job)} if run is not None}


def made(job: Job) -> str | None:
    """The id of the run that a job makes; None where it makes none."""
    given = job.arguments
    of_kind = {"sample": runs.SAMPLE, "video": given.get("upload"), "import": given.get("id")}
    return of_kind.get(job.kind)


def at_work(run_id: str) -> list[Job]:
    """The jobs that wait or run and work on a run, the next first."""
    return [job for job in table.every()[::-1] if not job.over and run_id in touched(job)]


def remove(run_id: str) -> None:
    """Delete a video for good: its file, its run and link, what is noted of it, what was kept of it
    to play, and every job that works on it with what that made.

    A job at work is cancelled; the supervisor deletes what it still wrote once it has stopped.

    Raises:
        LartError: The run cannot be deleted.
    """
    its = [job for job in table.every() if run_id in touched(job)]
    for job in its:
        if not job.over:
            table.let_go_with(job, run_id)
    try:
        runs.remove(run_id)
    except LartError:
        if not any(job.state == "running" for job in its):  # which may still write into it
            raise
    links.withdraw(run_id)
    notes.forget("run", run_id)
    uploads.remove(run_id)
    clips.forget_copies()
    catalogue.fresh(0.0)
    for job in its:
        if job.over:
            _delete(job)


def end(job: Job) -> None:
    """Delete a job that has stopped, and the videos with which it was to go; for the supervisor.

    Raises:
        LartError: One of the runs cannot be deleted.
    """
    for run_id in job.goes_with:
        remove(run_id)
    _delete(job)


def put_away(job: Job) -> None:
    """Delete a job that was broken off, and what of a video or model it did not finish.

    Raises:
        LartError: The run cannot be deleted.
    """
    _delete(job)
    run_id = made(job)
    kept = {one.run for one in bin.every()}
    if run_id and run_id not in kept and not runs.can_be_watched(run_id) and not at_work(run_id):
        remove(run_id)
    if job.kind in LEARNERS:
        models.put_away(job.arguments["name"])


def delete_for_good(bin_id: str) -> None:
    """Delete something out of the bin, and all that was made of it.

    Another run that took its place since, or lies in the bin, keeps what is said of both.
    """
    run_id = bin.remove(bin_id)
    if run_id is None or runs.RUNS.path(run_id).exists() or at_work(run_id):
        return
    if run_id not in {one.run for one in bin.every()}:
        remove(run_id)


def empty_bin(older: float = 0.0) -> None:
    """`delete_for_good` of all that has been in the bin for so many seconds or more."""
    for bin_id in bin.due(older):
        delete_for_good(bin_id)


def _delete(job: Job) -> None:
    """Delete a job, the file that it made, and what was brought for it."""
    table.remove(job.id)
    given = job.arguments
    if "export" in given:
        with suppress(LartError):
            files.remove(given["export"])
    if job.kind == "import":
        imports.remove(given["id"])
        uploads.remove(given["film"] or "")
