"""How a job looks in a page: a bar that moves by itself, and what became of it."""

import time
from collections.abc import Callable, Iterable
from html import escape

import streamlit as st

from app import jobs
from app.jobs import Job, preview, queue, stages, videos
from app.storage import runs
from app.ui import errors, navigation, theme
from app.ui.media_addresses import export_address
from lart_core.errors import LartError

SEEN = 320
"""Width in pixels of the first picture of a video."""
PUT_AWAY = "Takes it off the list, and deletes a video of which it made nothing to watch."
RECENT = 24 * 3600.0
"""Seconds for which a job that was broken off is shown where it was started."""


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
    stage = stages.WORDS.get(now["stage"], now["stage"].capitalize())
    counted = now["total"] > 1 and now["done"] < now["total"]
    count = f": {now['done']:,} of {now['total']:,}" if counted else ""
    if now["stage"] == "fetching":
        count = f": {now['done'] / 1e6:,.1f} of {now['total'] / 1e6:,.1f} MB" if counted else ""
    left = stages.left(job.kind, now, _elapsed(job))
    return f"{stage}{count}" + (f" · about {_duration(left)} left" if left >= 1 else "")


def share(job: Job) -> float:
    """How far the whole of a job is, 0..1."""
    now = job.progress
    return stages.share(job.kind, now) if now else 0.0


def bar(job: Job) -> None:
    """A job that is not over: its bar, fresh every second; the page is run anew when it ends."""

    @st.fragment(run_every=1.0, key=f"bar {job.id}")
    def live() -> None:
        now = jobs.read(job.id)
        if now.over:
            st.rerun()
        what, doing = st.columns([5, 1], vertical_alignment="bottom")
        # The words stand apart: a browser that is slow to load the bar's script shows them at once.
        what.markdown(f"**{theme.plain(now.title)}** · {theme.plain(words(now))}")
        what.progress(share(now))
        with doing:
            cancel(now)
        early(now)

    live()


def cancel(job: Job) -> None:
    """The button that cancels a job."""
    st.button(
        "Cancel",
        key=f"cancel {job.id}",
        disabled=job.cancel_asked,
        on_click=jobs.cancel,
        args=(job,),
    )


def early(job: Job) -> None:
    """What can be seen of a video before its job is over: its people as they are found, or already
    the video itself."""
    run = runs.SAMPLE if job.kind == "sample" else job.arguments.get("upload")
    if run is None or job.state != "running":
        return
    if runs.can_be_watched(run):
        navigation.link("watch", "Watch already", icon=":material/play_circle:", run=run)
    elif picture := preview.of(run):
        st.image(picture, caption="People found so far", width=SEEN)


def here(mine: Callable[[Job], bool], *, most: int = 6) -> None:
    """What became of the jobs that are started on a page: bars, ends, and what can be done.

    A job that ended while the page was open is said to be ready; one that was broken off stays for
    a day, to be resumed or put away.

    Args:
        mine: Which jobs are this page's.
        most: How many are shown.
    """
    opened = st.session_state.setdefault("opened", time.time())
    shown = more = 0
    for job in sorted(filter(mine, jobs.every()), key=_turn_of):
        if shown == most:
            more += not job.over
            continue
        if not job.over:
            bar(job)
        elif job.state == "done":
            if (job.ended or 0.0) < opened:
                continue
            done(job)
        elif time.time() - (job.ended or job.created) < RECENT:
            broken_off(job)
        else:
            continue
        shown += 1
    if more:
        navigation.link("jobs", f"{more} more on Jobs", icon=":material/list:")


def unfinished(run_id: str) -> None:
    """Say of a video that cannot be watched yet how far it is; nothing more of the page follows.

    Nothing is said where no such video is there, nor is being made.
    """
    making = any(videos.made(job) == run_id and not job.over for job in jobs.every())
    try:
        runs.find(run_id)
    except LartError:
        if not making:
            return
    if making:
        st.info("This video is still being made.", icon=":material/hourglass_top:")
    else:
        st.info("This video was not finished.", icon=":material/error:")
        navigation.link("jobs", "Jobs", icon=":material/list_alt:")
    here(lambda job: videos.made(job) == run_id, most=1)
    st.stop()


def listed(some: Iterable[Job]) -> None:
    """Jobs one below the other: how far each is, what it made, or why it made nothing."""
    for job in some:
        if not job.over:
            bar(job)
        elif job.state == "done":
            outcome(job)
        else:
            errors.say(f"{job.title}: {words(job)}")


def done(job: Job) -> None:
    """A job that has just ended well, and the way to what it made."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/check_circle: **{theme.plain(job.title)}** is ready")
        outcome(job)


def broken_off(job: Job) -> None:
    """A job that was cancelled or failed: why, and the ways on."""
    with st.container(border=True, key=f"broken {job.id}"):
        st.markdown(f":material/error: **{theme.plain(job.title)}** · {theme.plain(words(job))}")
        with st.container(horizontal=True):
            ways_on(job)


def ways_on(job: Job) -> None:
    """The buttons of a job that was cancelled or failed."""
    if job.resumable and st.button(
        "Resume", key=f"resume {job.id}", help="Goes on after what is done."
    ):
        with errors.said_here():
            jobs.resume(job)
            time.sleep(0.5)  # the supervisor looks at the table four times a second
            st.rerun()
    if st.button("Put away", key=f"remove {job.id}", help=PUT_AWAY):
        with errors.said_here():
            videos.put_away(job)
            st.rerun()


def outcome(job: Job) -> None:
    """The way to what a finished job made."""
    if "export" in job.result:
        name, address = escape(job.result["file"]), export_address(job.result["export"])
        st.html(f'<a class="lart-download" href="{address}" download>Download {name}</a>')
    elif "model" in job.result and "run" in job.result:
        run, model = job.result["run"], job.result["model"]
        navigation.link("watch", "Watch", icon=":material/play_circle:", run=run, a=model)
    elif "run" in job.result:
        navigation.link("watch", "Watch", icon=":material/play_circle:", run=job.result["run"])


def _turn_of(job: Job) -> tuple[int, float]:
    """What is done first comes first: what runs, then what waits as it was added, then the rest."""
    if job.state == "waiting":
        return 1, job.created
    return (0 if job.state == "running" else 2), 0.0


def _turn(before: int | None) -> str:
    if before is None:
        return "Waiting for its turn"
    if not before:
        return "Waiting for its turn: the next to begin"
    return f"Waiting for its turn: {before} {'job' if before == 1 else 'jobs'} before it"


def _elapsed(job: Job) -> float:
    return max(time.time() - job.started, 0.0) if job.started else 0.0


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
