"""The part of Watch that makes files of a run."""

import mimetypes
from collections.abc import Sequence
from functools import partial

import streamlit as st

from analysis.exports import Format, Wish
from app import jobs
from app.exports import files
from app.exports.formats import FORMATS
from app.jobs import view
from app.ui import errors
from app.watch import scene
from app.watch.facts import Cursor
from lart_core.runs.run import Run

LISTED = 20


def show(run: Run, cursor: Cursor, models: Sequence[str]) -> None:
    """What can be taken away from this run, and what is being made."""
    with st.expander("Export", icon=":material/download:"):
        at_once(run, cursor, models)
        by_job(run, models)
        listed(run)


def at_once(run: Run, cursor: Cursor, models: Sequence[str]) -> None:
    """Files that are made when they are clicked: of the cursor's frame, of its person."""
    people = [each.track_id for each in scene.people(run)]
    with st.container(horizontal=True):
        for made in _there(run):
            nobody = "person" in made.options and cursor.person not in people
            silent = "models" in made.options and not models
            if nobody or silent or not (made.quick or made.suffix == ".csv"):
                continue
            wish = Wish(run, _models(made, models), frame=cursor.frame, person=cursor.person)
            st.download_button(
                _label(made, wish),
                partial(files.content, made.name, wish),
                file_name=files.file_name(made.name, wish),
                mime=mimetypes.types_map[made.suffix],
                on_click="ignore",
                help=made.title,
            )


def by_job(run: Run, models: Sequence[str]) -> None:
    """Files that take a while."""
    made = FORMATS[
        st.selectbox(
            "Or make a file",
            [each.name for each in _there(run) if not each.quick],
            format_func=lambda name: FORMATS[name].title,
            key="export kind",
        )
    ]
    last = run.video.frames - 1
    span = (0, last)
    if "span" in made.options and last > 0:
        span = st.slider("Frames", 0, last, span, key=f"export span {run.path.name}")
    begins_at = run.video_begins_at
    if "begins_at" in made.options:
        begins_at = st.number_input(
            "Second of the film at which the video begins",
            value=begins_at,
            help="AVA's 15-minute cuts begin at second 900; 0 for a video that is whole.",
            key=f"export begins {run.path.name}",
        )
    if st.button("Make the file", type="primary", key="make export"):
        with errors.said_here():
            jobs.add(
                "export",
                f"{made.title} of {run.video.name}",
                run=run.path.name,
                export=files.new_id(),
                layout=made.name,
                models=_models(made, models),
                first=span[0],
                last=span[1],
                begins_at=begins_at,
            )


def listed(run: Run) -> None:
    """This run's latest exports."""
    mine = [
        job
        for job in jobs.every()
        if job.kind == "export" and job.arguments.get("run") == run.path.name
    ]
    view.listed(mine[:LISTED])


def _there(run: Run) -> list[Format]:
    """The formats that a run has something for."""
    drawn = bool(run.corrections().spans)
    return [each for each in FORMATS.values() if drawn or not each.corrected]


def _models(made: Format, models: Sequence[str]) -> list[str]:
    """Those of the chosen models that a format can hold."""
    return list(models[:1] if made.one_model else models)


def _label(made: Format, wish: Wish) -> str:
    """Like ``Frame 40 (PNG)``, or its name."""
    if made.suffix == ".csv":
        return made.title
    if not {"person", "frame"} & set(made.options):
        return f"{made.name.capitalize()} ({made.suffix[1:].upper()})"
    of = "person" if "person" in made.options else "frame"
    return f"{of.capitalize()} {getattr(wish, of)} ({made.suffix[1:].upper()})"
