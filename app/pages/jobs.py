"""Jobs: what runs, what waits, how everything ended; logs, cancel, resume."""

import time

import streamlit as st

from app import jobs, spaces
from app.jobs import Job, view
from app.ui import damaged, query, theme

MARKS = {
    "waiting": ":gray-badge[Waiting]",
    "running": ":blue-badge[Running]",
    "done": ":green-badge[Done]",
    "failed": ":red-badge[Failed]",
    "cancelled": ":gray-badge[Cancelled]",
    "interrupted": ":orange-badge[Interrupted]",
}


@st.fragment(run_every=1.0, key="jobs")
def table() -> None:
    """Every job, fresh each second."""
    for job in jobs.every():
        with st.container(border=True, key=f"job {job.id}"):
            row(job)


def row(job: Job) -> None:
    """One job: what it is, where it is, and what can be done about it."""
    what, doing = st.columns([3, 1], vertical_alignment="center")
    with what:
        st.markdown(f"**{theme.plain(job.title)}** {MARKS[job.state]}")
        if job.state == "running":
            st.markdown(theme.plain(view.words(job)))
            st.progress(view.share(job))
        else:
            st.caption(f"{theme.plain(view.words(job))} · {times(job)}")
    with doing, st.container(horizontal=True, horizontal_alignment="right"):
        if not job.over:
            view.cancel(job)
        elif job.state != "done":
            view.ways_on(job)
        else:
            view.outcome(job)
        if not spaces.public() and st.button("Log", key=f"log {job.id}"):
            query.remember("job", job.id)
            st.rerun()


def times(job: Job) -> str:
    """When a job was added and how long it ran."""
    added = time.strftime("%d %b, %H:%M", time.localtime(job.created))
    if job.started and job.ended:
        return f"added {added}, ran {job.ended - job.started:.0f} s"
    return f"added {added}"


theme.heading(
    "Jobs",
    "Work that takes a while goes on here, two jobs at a time, even if you close the page. A job "
    "that was broken off goes on after its last finished stage.",
)
left, right = st.columns([3, 2], gap="large")
with left:
    if jobs.every():
        table()
    else:
        theme.empty("No jobs yet", "Add a video on Home, or make an export on Watch.")
    damaged.entries(jobs.damaged(), jobs.remove)
with right:
    chosen = st.query_params.get("job")
    if chosen and not spaces.public():
        job = jobs.read(chosen)
        st.header(f"Log of {theme.plain(job.title)}", anchor=False)
        st.code(job.log or "Nothing was printed yet.", language=None, height=420, wrap_lines=True)
