"""Watch: one cursor over video, people, probabilities and bodies."""

import streamlit as st

from app import spaces
from app.jobs import export_form
from app.spaces import links
from app.storage import runs
from app.ui import query, theme
from app.watch import link_form
from app.watch.facts import Cursor, first_person
from app.watch.player import player
from app.watch.track_facts import track_facts
from lart_core.errors import LartError
from lart_core.runs.run import Run

GONE = (
    "There is nothing behind this link: it was withdrawn, or what it showed was deleted. Ask "
    "whoever gave it to you for a new one."
)


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
        if not lent:
            export_form.show(run, cursor, chosen)
        if spaces.public() and runs.own(run):
            link_form.show(run)
    with right:
        track_facts(run, cursor)


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
if given is not None and given not in ready and links.PARAMETER in st.query_params:
    shown_by_link(given)
elif ready:
    with top[0]:
        chosen = query.choose("Video", list(ready), "run", shown=lambda id: ready[id].name)
    if given is not None and given not in ready:
        runs.find(given)
    assert chosen is not None
    watch(ready[chosen].run)
else:
    theme.empty("Nothing to watch yet", "Choose the sample or add a video on the Home page.")
