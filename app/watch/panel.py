"""What follows the player's cursor: the chosen person's body, probabilities and track."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from analysis.figures.person_curves import curves
from analysis.runs import lanes
from app.ui import theme
from app.watch import scene
from app.watch.body_view import body_view
from app.watch.player import Cursor
from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import Actions
from lart_core.runs.run import Run
from lart_core.series import stretches
from lart_core.tracklet import Tracklet

BARS = 8


def panel(run: Run, cursor: Cursor, models: Sequence[str]) -> None:
    """Show what is known of the cursor's person at its frame."""
    people = [person.track_id for person in scene.people(run)]
    if not people:
        theme.empty("No people", "Nobody was found in this video, so there is nothing to name.")
        return
    if cursor.person not in people:
        theme.empty("Nobody chosen", "Click a person in the video, or a number beside the lanes.")
        return
    person = scene.tracklet(run, cursor.person)
    st.html(f"<h2>{theme.person(person.track_id)} Person {person.track_id}</h2>")
    here = person.first <= cursor.frame <= person.last
    if here:
        said = [scene.actions(run, model) for model in models]
        body, bars = st.columns(2)
        with body:
            body_view(run, person.track_id, cursor.frame)
        with bars:
            st.html(probability_bars(said, person.track_id, cursor.frame))
        views(run, person.track_id, cursor.frame)
    else:
        theme.empty(
            "Not in this frame",
            f"Person {person.track_id} is there from frame {person.first} to {person.last}.",
        )
    over_time, tracked = st.tabs(["Over time", "How it was tracked"])
    with over_time:
        said = [scene.actions(run, model) for model in models]
        if said:
            figure = curves(said, person.track_id, run.video.fps, cursor.frame)
            st.plotly_chart(figure, key="curves", alt="Probabilities of the top actions over time")
        else:
            st.markdown("No model has named actions in this video yet; *Models* lets one do so.")
    with tracked:
        st.html(track_facts(person, cursor.frame))


def views(run: Run, track_id: int, frame: int) -> None:
    """Everyone's body over the frame, and the person's from the side."""
    over, side = st.columns(2)
    everyone, alone = scene.pictures(run, track_id, frame)
    over.image(everyone, "Bodies over the frame", width="stretch", alt="Bodies over the frame")
    side.image(
        alone, f"Person {track_id} from the side", width="stretch", alt="The body from the side"
    )


def probability_bars(models: Sequence[Actions], track_id: int, frame: int) -> str:
    """The most probable actions at a frame as HTML bars, sorted by the first model."""
    said = [lanes.at_frame(actions, track_id, frame) for actions in models]
    if not any(said):
        return '<p class="lart-summary">No model says anything of this person here.</p>'
    ranked = sorted(
        {ava_id for values in said for ava_id in values},
        key=lambda ava_id: [-values.get(ava_id, 0.0) for values in said],
    )
    rows = "".join(_bar_row(ava_id, said) for ava_id in ranked[:BARS])
    heads = "".join(f'<th scope="col">{escape(actions.model)}</th>' for actions in models)
    return (
        '<table class="lart-bars"><caption>Probabilities at this frame</caption>'
        f'<thead><tr><th scope="col">Action</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )


def track_facts(person: Tracklet, frame: int) -> str:
    """How a person was tracked, as an HTML list."""
    gaps = stretches(person.frame[~person.detected])
    seen = int(person.detected.sum())
    facts = {
        "Frames": f"{person.first} to {person.last}",
        "Seen in": f"{seen} of {len(person)} frames ({100 * seen / len(person):.0f} %)",
        "Not seen": ", ".join(_span(gap) for gap in gaps[:12])
        + (f" and {len(gaps) - 12} more" if len(gaps) > 12 else "")
        or "never",
    }
    if person.first <= frame <= person.last:
        row = frame - person.first
        x1, y1, x2, y2 = person.box[row]
        facts["This frame"] = (
            f"seen, score {person.score[row]:.2f}"
            if person.detected[row]
            else "not seen; the tracker predicts it"
        )
        facts["Box"] = f"{x2 - x1:.0f} × {y2 - y1:.0f} pixels"
        facts["Distance"] = f"{_metres(person, row):.1f} m before PHALP's camera"
    facts |= {f"Made by: {key}": value for key, value in person.provenance.items()}
    items = "".join(
        f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>" for key, value in facts.items()
    )
    return f'<dl class="lart-facts">{items}</dl>'


def _bar_row(ava_id: int, said: Sequence[dict[int, float]]) -> str:
    cells = "".join(_bar_cell(values.get(ava_id)) for values in said)
    return f'<tr><th scope="row">{escape(ava_actions()[ava_id].name)}</th>{cells}</tr>'


def _bar_cell(value: float | None) -> str:
    if value is None:
        return '<td><span class="lart-unknown">not known to it</span></td>'
    return (
        f'<td><span class="lart-bar" style="width:{100 * value:.1f}%"></span>'
        f"<span>{100 * value:.0f} %</span></td>"
    )


def _metres(person: Tracklet, row: int) -> float:
    return float(np.linalg.norm(person.camera[row]))


def _span(gap: Sequence[int]) -> str:
    return str(gap[0]) if gap[0] == gap[1] else f"{gap[0]}–{gap[1]}"
