"""Watch: one cursor over video, people, probabilities and bodies."""

import streamlit as st

from app.jobs import export_form
from app.storage import runs
from app.ui import query, theme
from app.watch.facts import Cursor, first_person
from app.watch.player import player
from app.watch.track_facts import track_facts
from lart_core.runs.run import Run


def watch(run: Run) -> None:
    """The player of one run, and what follows its cursor."""
    models = run.models()
    with top[1]:
        a = query.choose("Model", models, "a", hint="Filled curves in the lanes.")
    with top[2]:
        others = [model for model in models if model != a]
        b = query.choose(
            "Compare with", others, "b", fallback=None, hint="Lines over the filled curves."
        )
    start = Cursor(
        min(query.number("frame") or 0, run.video.frames - 1),
        query.number("person") or first_person(run),
    )
    chosen = [model for model in (a, b) if model]
    if run.damage:
        st.warning(theme.plain(run.damage), icon=":material/broken_image:")
    cursor = player(run, start, chosen)
    query.remember("frame", cursor.frame)
    query.remember("person", cursor.person)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        export_form.show(run, cursor, chosen)
    with right:
        track_facts(run, cursor)


theme.heading("Watch", "The video, its people, their actions and bodies under one cursor.")
ready = {entry.id: entry for entry in runs.ready()}
if ready:
    top = st.columns([2, 1, 1])
    given = st.query_params.get("run")
    with top[0]:
        chosen = query.choose("Video", list(ready), "run", shown=lambda id: ready[id].name)
    if given is not None and given not in ready:
        runs.find(given)
    assert chosen is not None
    watch(ready[chosen].run)
else:
    theme.empty("Nothing to watch yet", "Choose the sample or add a video on the Home page.")
