"""How a job looks in a page: a bar that moves by itself, and what became of it."""

from html import escape

import streamlit as st

from app import jobs
from app.jobs import Job, queue
from app.ui import navigation
from app.ui.media_addresses import export_address

STAGES = {
    "perception": "Finding people and their bodies",
    "tracking": "Following each person",
    "appearance": "Looking at appearance",
    "actions": "Naming actions",
    "player": "Making the video for the browser",
    "layer": "Drawing the bodies",
    "export": "Making the file",
    "training": "Training",
}


def words(job: Job) -> str:
    """Where a job is, in one line."""
    if job.state == "waiting":
        return _turn(queue.before(job.id))
    if job.state != "running":
        return job.error or job.state.capitalize()
    if job.cancel_asked:
        return "Stopping"
    now = job.progress
    if not now:
        return "Starting"
    stage = STAGES.get(now["stage"], now["stage"].capitalize())
    count = f": {now['done']:,} of {now['total']:,}" if now["total"] > 1 else ""
    left = now["remaining"]
    return f"{stage}{count}" + (f", about {_duration(left)} left" if left and left >= 1 else "")


def share(job: Job) -> float:
    """How far the job's present stage is, 0..1."""
    now = job.progress
    return min(1.0, now["done"] / now["total"]) if now and now["total"] else 0.0


def bar(job: Job) -> None:
    """A job that is not over: its bar, fresh every second; the page is run anew when it ends."""

    @st.fragment(run_every=1.0, key=f"bar {job.id}")
    def live() -> None:
        now = jobs.read(job.id)
        if now.over:
            st.rerun()
        st.progress(share(now), text=f"**{now.title}** · {words(now)}")
        if st.button("Cancel", key=f"cancel {job.id}", disabled=now.cancel_asked):
            jobs.cancel(now)

    live()


def outcome(job: Job) -> None:
    """The way to what a finished job made."""
    if "export" in job.result:
        name, address = escape(job.result["file"]), export_address(job.result["export"])
        st.html(f'<a class="lart-download" href="{address}" download>Download {name}</a>')
    elif "run" in job.result:
        navigation.link("watch", "Watch", icon=":material/play_circle:", run=job.result["run"])


def _turn(before: int | None) -> str:
    if before is None:
        return "Waiting for its turn"
    if not before:
        return "Waiting for its turn: the next to begin"
    return f"Waiting for its turn: {before} {'job' if before == 1 else 'jobs'} before it"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
