"""How the cursor's person was tracked, in words."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from app.ui import theme
from app.watch import scene
from app.watch.facts import Cursor
from lart_core.runs.run import Run
from lart_core.series import stretches
from lart_core.tracklet import Tracklet, sight


def track_facts(run: Run, cursor: Cursor) -> None:
    """Show how the cursor's person was tracked, where there is one."""
    people = [person.track_id for person in scene.people(run)]
    if not people:
        theme.empty("No people", "Nobody was found in this video, so there is nothing to name.")
    if cursor.person not in people:
        return
    with st.expander(f"How person {cursor.person} was tracked"):
        st.html(facts(scene.tracklet(run, cursor.person), cursor.frame))


def facts(person: Tracklet, frame: int) -> str:
    """How a person was tracked, as an HTML list."""
    in_view = sight.seen(person)
    gaps = stretches(person.frame[~in_view])
    seen, lifted = int(in_view.sum()), int(person.detected.sum())
    items = {
        "Frames": f"{person.first} to {person.last}",
        "Seen in": f"{seen} of {len(person)} frames ({100 * seen / len(person):.0f} %)",
        "Body in": f"{lifted} of them" if lifted else "none of them: too little is seen of it",
        "Not seen": ", ".join(_span(gap) for gap in gaps[:12])
        + (f" and {len(gaps) - 12} more" if len(gaps) > 12 else "")
        or "never",
    }
    if person.first <= frame <= person.last:
        row = frame - person.first
        x1, y1, x2, y2 = person.box[row]
        items["This frame"] = "not seen; the tracker predicts it"
        if in_view[row]:
            items["This frame"] = f"seen, score {person.score[row]:.2f}"
        if in_view[row] and not person.detected[row]:
            items["This frame"] += "; the body could not be lifted"
        items["Box"] = f"{x2 - x1:.0f} × {y2 - y1:.0f} pixels"
        distance = float(np.linalg.norm(person.camera[row]))
        items["Distance"] = f"{distance:.1f} m before PHALP's camera"
    items |= {f"Made by: {key}": value for key, value in person.provenance.items()}
    rows = "".join(
        f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>" for key, value in items.items()
    )
    return f'<dl class="lart-facts">{rows}</dl>'


def _span(gap: Sequence[int]) -> str:
    return str(gap[0]) if gap[0] == gap[1] else f"{gap[0]}–{gap[1]}"
