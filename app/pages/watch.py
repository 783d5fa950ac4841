"""Watch: one cursor over video, people, probabilities and bodies."""

import streamlit as st

from app import address, library, theme
from app.player import Cursor, player
from lart_core.run import Run


def watch(run: Run) -> None:
    """The player of one run, and what follows its cursor."""
    models = run.models()
    with top[1]:
        a = address.choose("Model", models, "a", hint="Filled curves in the lanes.")
    with top[2]:
        others = [model for model in models if model != a]
        b = address.choose(
            "Compare with", others, "b", fallback=None, hint="Lines over the filled curves."
        )
    start = Cursor(
        min(address.number("frame") or 0, run.video.frames - 1), address.number("person")
    )
    cursor = player(run, start, [model for model in (a, b) if model])
    address.remember("frame", cursor.frame)
    address.remember("person", cursor.person)


theme.heading("Watch", "The video, its people, their actions and bodies under one cursor.")
runs = {entry.id: entry for entry in library.ready()}
if runs:
    top = st.columns([2, 1, 1])
    given = st.query_params.get("run")
    with top[0]:
        chosen = address.choose("Video", list(runs), "run", shown=lambda id: runs[id].name)
    if given is not None and given not in runs:
        library.find(given)
    assert chosen is not None
    watch(library.find(chosen))
else:
    theme.empty("Nothing to watch yet", "Choose the sample or add a video on the Home page.")
