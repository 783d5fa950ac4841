"""How the cursor's person was tracked, in words."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from app.ui import theme
from app.watch import scene
from app.watch.facts import Cursor
from lart_core.runs.run import Run


def track_facts(run: Run, cursor: Cursor) -> None:
    """Show how the cursor's person was tracked, where there is one."""
    people = [person.track_id for person in scene.people(run)]
    if not people:
        theme.empty("No people", "Nobody was found in this video, so there is nothing to name.")
    if cursor.person not in people:
        return
    with st.expander(f"How person {cursor.person} was tracked"):
        st.html(facts(run, cursor.person, cursor.frame))


def facts(run: Run, track_id: int, frame: int) -> str:
    """How a person was tracked, as an HTML list."""
    people = run.people()
    person = next(each for each in scene.people(run) if each.track_id == track_id)
    gaps = person.gaps
    seen, lifted = int(person.seen.sum()), int((person.body == 2).sum())
    share = 100 * seen / len(person.seen)
    items = {
        "Frames": f"{person.first} to {person.last}",
        "Seen in": f"{seen} of {len(person.seen)} frames ({share:.0f} %)",
        "Body in": f"{lifted} of them" if lifted else "none of them: too little is seen of it",
        "Not seen": ", ".join(_span(gap) for gap in gaps[:12])
        + (f" and {len(gaps) - 12} more" if len(gaps) > 12 else "")
        or "never",
    }
    if frame in person:
        row = frame - person.first
        now = people.stretch(track_id, frame, frame, "box", "score", "camera")
        x1, y1, x2, y2 = now["box"][0]
        items["This frame"] = "not seen; the tracker predicts it"
        if person.seen[row]:
            items["This frame"] = f"seen, score {now['score'][0]:.2f}"
        if person.seen[row] and person.body[row] < 2:
            items["This frame"] += "; the body could not be lifted"
        items["Box"] = f"{x2 - x1:.0f} × {y2 - y1:.0f} pixels"
        distance = float(np.linalg.norm(now["camera"][0]))
        items["Distance"] = f"{distance:.1f} m before PHALP's camera"
    made = people.provenance(track_id)
    items |= {f"Made by: {key}": value for key, value in made.items()}
    rows = "".join(
        f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>" for key, value in items.items()
    )
    return f'<dl class="lart-facts">{rows}</dl>'


def _span(gap: Sequence[int]) -> str:
    return str(gap[0]) if gap[0] == gap[1] else f"{gap[0]}–{gap[1]}"
