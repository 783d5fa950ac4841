"""Watch: one cursor over video, people, probabilities and bodies."""

import streamlit as st

from analysis.search import Mark
from app import spaces
from app.find import marks_form
from app.jobs import export_form, layer_form, view
from app.spaces import links
from app.storage import notes, runs
from app.ui import query, theme
from app.watch import link_form, scene
from app.watch.facts import Cursor, first_person
from app.watch.player import player
from app.watch.track_facts import track_facts
from lart_core.errors import LartError
from lart_core.runs.run import Run

GONE = (
    "There is nothing behind this link: it was withdrawn, or what it showed was deleted. Ask "
    "whoever gave it to you for a new one."
)

AROUND = 1.0
"""Seconds before and after the cursor that the tags of a moment are about."""


def watch(run: Run, lent: bool = False) -> None:
    """The player of one run, and what follows its cursor.

    Args:
        lent: Somebody shows it by a link: it is looked at, and nothing else.
    """
    models = run.models()
    with top[1]:
        a = query.choose("Model", models, "a", hint="Filled curves in the lanes.")
    with top[2]:
        others = [model for model in models if model != a]
        b = query.choose(
            "Compare with", others, "b", fallback=None, hint="Lines over the filled curves."
        )
    asked, there = query.number("person"), [person.track_id for person in scene.people(run)]
    frame = min(query.number("frame") or 0, run.video.frames - 1)
    person = asked if asked in there else first_person(run, frame)
    start = Cursor(frame, person)
    chosen = [model for model in (a, b) if model]
    if run.damage:
        st.warning(theme.plain(run.damage), icon=":material/broken_image:")
    above = st.container()
    cursor = player(run, start, chosen)
    if cursor is start and person not in (asked, None) and asked is not None:
        above.info(f"This video has no person {asked}, or not any more; person {person} is shown.")
    if runs.own(run) and not lent:
        layer_form.show(run)
    query.remember("frame", cursor.frame)
    query.remember("person", cursor.person)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if not lent:
            export_form.show(run, cursor, chosen)
        if spaces.public() and runs.own(run):
            link_form.show(run)
    with right:
        track_facts(run, cursor)
        if not lent:
            words(run, cursor)


def words(run: Run, cursor: Cursor) -> None:
    """What somebody tagged and noted of the run, and the button to say more."""
    run_id, second = run.path.name, float(run.video.second_of(cursor.frame))
    first, last = max(second - AROUND, 0.0), min(second + AROUND, run.video.seconds)
    here = Mark(run_id, cursor.person, round(first, 1), round(last, 1))
    keys = {f"this moment ({here.first:g} to {here.last:g} s)": here, "the video": Mark(run_id)}
    if cursor.person is not None:
        keys = {f"person {cursor.person}": Mark(run_id, cursor.person)} | keys
    for key, said in notes.said_of("run", run_id).items():
        text = " ".join([*(f"#{tag}" for tag in said.tags), said.note])
        st.markdown(f"**{notes.spoken(key)}**: {theme.plain(text)}")
    if st.button("Tags and notes", icon=":material/sell:"):
        about = {meant: notes.about(mark) for meant, mark in keys.items()}
        marks_form.dialog(runs.Entry(run, 0.0).name, "run", run_id, about)


def shown_by_link(run_id: str) -> None:
    """What a link leads to."""
    entry = runs.lent(run_id)
    if entry is None:
        raise LartError(GONE)
    with top[0]:
        st.markdown(f"**{theme.plain(entry.name)}**")
        st.caption("Somebody shows you this by a link: look at it; only they can change it.")
    watch(entry.run, lent=True)


theme.heading("Watch", "The video, its people, their actions and bodies under one cursor.")
ready = {entry.id: entry for entry in runs.ready()}
given = st.query_params.get("run")
top = st.columns([2, 1, 1])
if given is not None and given not in ready:
    if links.PARAMETER in st.query_params:
        shown_by_link(given)
        st.stop()
    view.unfinished(given)
if ready:
    with top[0]:
        names = runs.names(ready.values())
        gone = given is not None and given not in ready
        chosen = query.choose(
            "Video", list(ready), "run", shown=names.__getitem__, resets=("frame", "person"),
            fallback=None if gone else 0, placeholder="Choose a video",
        )  # fmt: skip
    if chosen is not None:
        watch(ready[chosen].run)
    elif given is not None:
        runs.find(given)  # which says what is wrong with it
else:
    theme.empty("Nothing to watch yet", "Choose the sample or add a video on the Home page.")
