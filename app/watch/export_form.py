"""The part of Watch that makes files of a run."""

from collections.abc import Sequence

import streamlit as st

from app import jobs
from app.jobs import view
from app.storage import exports
from app.watch import scene
from app.watch.player import Cursor
from lart_core.runs.run import Run

SPANS = ("glb", "obj")
"""Exports of a span of frames."""

LISTED = 5


def show(run: Run, cursor: Cursor, models: Sequence[str]) -> None:
    """What can be taken away from this run, and what is being made."""
    with st.expander("Export", icon=":material/download:"):
        at_once(run, cursor, models)
        by_job(run, models)
        listed(run)


def at_once(run: Run, cursor: Cursor, models: Sequence[str]) -> None:
    """Files that are made when they are clicked."""
    with st.container(horizontal=True):
        st.download_button(
            f"Frame {cursor.frame} (PNG)",
            lambda: exports.frame_png(run, cursor.frame, models[0] if models else None),
            file_name=f"{run.path.name}-frame-{cursor.frame}.png",
            mime="image/png",
            on_click="ignore",
        )
        person = cursor.person
        if person in [each.track_id for each in scene.people(run)]:
            st.download_button(
                f"Person {person} (HTML)",
                lambda: exports.person_page(run, person or 0, models),
                file_name=f"{run.path.name}-person-{person}.html",
                mime="text/html",
                on_click="ignore",
                help="One file with pictures, curves and facts; it needs nothing else.",
            )


def by_job(run: Run, models: Sequence[str]) -> None:
    """Files that take a while."""
    kind = st.selectbox(
        "Or make a file",
        list(exports.EXPORTS),
        format_func=lambda kind: exports.EXPORTS[kind].title,
        key="export kind",
    )
    last = run.video.frames - 1
    span = (0, last)
    if kind in SPANS and last > 0:
        span = st.slider("Frames", 0, last, span, key=f"export span {run.path.name}")
    if st.button("Make the file", type="primary", key="make export"):
        jobs.add(
            "export",
            f"{exports.EXPORTS[kind].title} of {run.video.name}",
            run=run.path.name,
            export=exports.new_id(),
            layout=kind,
            models=list(models),
            first=span[0],
            last=span[1],
        )


def listed(run: Run) -> None:
    """This run's latest exports."""
    mine = [
        job
        for job in jobs.every()
        if job.kind == "export" and job.arguments["run"] == run.path.name
    ]
    for job in mine[:LISTED]:
        if not job.over:
            view.bar(job)
        elif job.state == "done":
            view.outcome(job)
        else:
            st.error(f"{job.title}: {view.words(job)}")
