"""The people and moments on which two result sets differ, the largest change first, playing."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.errors.keyframes import Box, Keyframe, Keyframes, Person, follow, nearest, overlap
from analysis.errors.verdicts import ON
from analysis.figures import keyframe
from app.results import play, sets
from app.results.clip_player import MarkedBox
from app.ui import chart, navigation, query, theme
from app.ui.media_addresses import second

ROWS = 200
WORDS = 3
"""Actions of a person that are written on the video."""
REACH = 5
"""Keyframes in which a person is looked for before and after."""
SAID = 8
"""Actions of a person that are listed with both scores."""


def clicked(event: Any) -> str | None:
    """The action whose mark was just clicked in a figure with actions along y."""
    points = event["selection"]["points"]
    action = points[0]["y"] if points else None
    if action == st.session_state.get("clicked action"):
        return None
    st.session_state["clicked action"] = action
    return action


def moments(a: str, b: str, clicked: str | None = None) -> None:
    """What changed from set `a` to set `b`: a list, and the chosen one playing.

    The address holds the action that the list is narrowed to (`action`) and the label that is
    shown (`label`, its row in the ground truth).

    Args:
        clicked: The name of an action to narrow the list to.
    """
    found = sets.changed(a, b)
    if found.empty:
        theme.empty("Nothing changed", "Both sets found every ground-truth label equally well.")
        return
    left, right = st.columns([1, 1], gap="large")
    with left:
        narrowed = _narrowed(found, clicked)
        row = _choose(narrowed, f"{a} {b}")
    with right:
        _show(narrowed[narrowed["row"] == row].iloc[0], a, b)


def _narrowed(found: pd.DataFrame, clicked: str | None) -> pd.DataFrame:
    """The changes of the chosen action, or all."""
    actions = found.drop_duplicates("class_id").set_index("class_id")["action"].sort_values()
    for class_id in actions.index[actions == clicked]:
        query.remember("action", class_id)
    chosen = query.choose(
        "Action",
        [str(class_id) for class_id in actions.index],
        "action",
        fallback=None,
        shown=lambda class_id: str(actions[int(class_id)]),
        placeholder="All",
    )
    return found if chosen is None else found[found["class_id"] == int(chosen)]


def _choose(found: pd.DataFrame, pair: str) -> int:
    """The list of a pair of sets; the row that is clicked is shown."""
    gained = int((found["difference"] > 0).sum())
    st.markdown(f"**{gained:,} labels gained, {len(found) - gained:,} lost**")
    part = found.head(ROWS)
    event = st.dataframe(
        part[["video", "timestamp", "action", "difference", "a", "b"]].assign(
            difference=100 * part["difference"]
        ),
        hide_index=True,
        height=min(420, 40 + 35 * len(part)),
        key=f"changed {pair} {st.session_state.get('address action')}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "video": st.column_config.TextColumn("Video", width=130),
            "timestamp": st.column_config.NumberColumn("Second", format="%g", width=60),
            "action": st.column_config.TextColumn("Person does", width=110),
            "a": st.column_config.NumberColumn("Score, A", format="%.3f", width=75),
            "b": st.column_config.NumberColumn("Score, B", format="%.3f", width=75),
            "difference": st.column_config.NumberColumn("mAP points", format="%+.4f", width=90),
        },
        placeholder="–",
        alt="Ground-truth labels whose worth changed most; choose a row to see it",
    )
    more = f" The first {ROWS} are listed." if len(found) > ROWS else ""
    st.caption(
        "Choose a row to see it. Each ground-truth label is worth the precision down to its "
        f"rank; all changes together are the difference of mAP.{more}"
    )
    picked = event["selection"]["rows"]
    row = int(part["row"].iloc[picked[0]]) if picked else None
    if row != st.session_state.get("picked label"):
        st.session_state["picked label"] = row
        if row is not None:
            query.remember("label", row)
    given = query.number("label")
    first = int(found["row"].iloc[0])
    return first if given is None or given not in set(found["row"]) else given


def _show(change: pd.Series, a: str, b: str) -> None:
    """One change: playing, and what both sets say of that person."""
    box: Box = tuple(float(change[side]) for side in ("x1", "y1", "x2", "y2"))  # type: ignore
    video, timestamp = str(change["video"]), float(change["timestamp"])
    both = [sets.judged(i).cases.keyframes for i in (a, b)]
    here = both[0].at(video, timestamp)
    st.subheader(
        f"{theme.plain(change['action'])}: {100 * change['difference']:+.4f} points", anchor=False
    )
    st.caption(f"{theme.plain(video)} at {timestamp:g} s")

    same = _followed(both[0], here, box)

    def marked(there: Keyframe) -> list[MarkedBox]:
        person = nearest(there.true, same[there.timestamp]) if there.timestamp in same else None
        return [
            MarkedBox(p.box, "this" if p is person else "true", _words(p, change, p is person))
            for p in there.true
        ]

    if not any(play.play(i, both[0], here, marked, key="change") for i in (a, b)):
        chart.show(
            keyframe.keyframe(here, marked=box, least_score=2.0, height=300),
            f"{video}-{timestamp:g}",
            key="change picture",
        )
        st.caption(play.NOT_AT_HAND)
    st.dataframe(
        _said(both, here, box),
        hide_index=True,
        height="content",
        column_config={
            "true": st.column_config.CheckboxColumn("Ground truth"),
            "action": "Action",
            **{
                side: st.column_config.ProgressColumn(
                    f"Score, {name}", format="%.3f", min_value=0, max_value=1
                )
                for side, name in zip("ab", "AB", strict=True)
            },
        },
        alt="What both sets say of this person at this moment",
    )
    for id_, name in zip((a, b), "AB", strict=True):
        navigation.link(
            "ava_results",
            f"The whole video, {name}",
            icon=":material/timeline:",
            set=id_,
            view="Videos",
            video=video,
            t=second(timestamp),
        )


def _followed(keyframes: Keyframes, here: Keyframe, box: Box) -> dict[float, Box]:
    """Where a person is in the keyframes around, followed from one to the next by overlap."""
    moments = keyframes.moments(here.video)
    at = int(np.searchsorted(moments, here.timestamp))
    found = {here.timestamp: box}
    for neighbours in (moments[at + 1 : at + 1 + REACH], moments[max(at - REACH, 0) : at][::-1]):
        near: Box | None = box
        for timestamp in neighbours.tolist():
            near = follow(keyframes.at(here.video, timestamp), near)
            if near is None:
                break
            found[timestamp] = near
    return found


def _said(both: list[Keyframes], here: Keyframe, box: Box) -> pd.DataFrame:
    """What both sets say of a person: what is true first, then what was scored best."""
    person = nearest(here.true, box)
    true = {label.name for label in person.labels} if person else set()
    scores: dict[str, dict[str, float]] = {name: {"a": 0.0, "b": 0.0} for name in true}
    for side, keyframes in zip(("a", "b"), both, strict=True):
        for said in keyframes.at(here.video, here.timestamp).said:
            if overlap(said.box, box) >= ON:
                for label in said.labels:
                    one = scores.setdefault(label.name, {"a": 0.0, "b": 0.0})
                    one[side] = max(one[side], label.score)
    rows = [(name in true, name, one["a"], one["b"]) for name, one in scores.items()]
    rows.sort(key=lambda row: (not row[0], -max(row[2:])))
    return pd.DataFrame(rows[:SAID], columns=["true", "action", "a", "b"])


def _words(person: Person, change: pd.Series, same: bool) -> str:
    actions = [label.name for label in person.labels]
    if same and change["action"] in actions:
        actions = [change["action"], *(x for x in actions if x != change["action"])]
    return ", ".join(actions[:WORDS])
