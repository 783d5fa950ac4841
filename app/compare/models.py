"""Two models on the same processed videos, and the moments at which they say different things."""

import pandas as pd
import streamlit as st

from analysis.runs.disagreement import by_action, disagreements
from app.storage import runs
from app.ui import navigation, query, theme
from app.watch import scene
from lart_core.errors import LartError

ROWS = 50
APART = st.column_config.NumberColumn(
    "Mean absolute difference (points)",
    format="%.1f",
    help="How far apart the two probabilities are in a frame, whichever is higher, on average over "
    "all frames. It may be more than the difference of the averages: frames do not cancel out.",
)


def models() -> bool:
    """Choose two models, and show where they differ over all videos that have both.

    Returns:
        Whether there was anything to compare.
    """
    st.caption(
        "Nobody knows the truth here: a difference says where to look, not who is right. With "
        "labelled data, compare result sets."
    )
    ready = runs.ready()
    by_run = {entry.id: entry.run.models() for entry in ready}
    known = sorted({model for names in by_run.values() for model in names})
    if len(known) < 2:
        theme.empty(
            "One model only" if ready else "No videos yet",
            "To compare, let a second model name the actions of your videos."
            if ready
            else "Add a video on Home first; then two models can name its actions.",
        )
        return False
    left, right = st.columns(2)
    with left:
        a = query.choose("Model", known, "a")
    with right:
        b = query.choose("Compare with", [model for model in known if model != a], "b")
    both = [entry for entry in ready if {a, b} <= set(by_run[entry.id])]
    if both and a and b:
        _show(both, a, b)
    else:
        theme.empty("No video in common", "No video has the actions of both models yet.")
        return False
    return True


def _table(entries: list[runs.Entry], a: str, b: str) -> pd.DataFrame:
    """Differences of both models over all runs, the largest first, each with the way to it."""
    parts, names = [], runs.names(entries)
    for entry in entries:
        try:
            part = disagreements(scene.actions(entry.run, a), scene.actions(entry.run, b))
        except LartError as error:
            said = theme.plain(f"{names[entry.id]} is left out: {error}")
            st.warning(said, icon=":material/warning:")
            continue
        part.insert(0, "video", names[entry.id])
        part["watch"] = [
            navigation.address("watch", run=entry.id, person=row.person, frame=row.frame, a=a, b=b)
            for row in part.itertuples()
        ]
        parts.append(part)
    if not parts:
        return pd.DataFrame()
    whole = pd.concat(parts, ignore_index=True)
    return whole.sort_values("difference", ascending=False, kind="stable", ignore_index=True)


def _show(entries: list[runs.Entry], a: str, b: str) -> None:
    """The actions on which the models differ, and the moments."""
    found = _table(entries, a, b)
    if found.empty:
        theme.empty("Nothing in common", "These models share no action or no person.")
        return
    st.header("Actions", anchor=False)
    means = by_action(found)
    st.dataframe(
        means.assign(difference=100 * means["difference"]),
        column_config={
            "action": "Action",
            "mean_a": st.column_config.ProgressColumn(
                f"{a}, on average", format="percent", min_value=0, max_value=1
            ),
            "mean_b": st.column_config.ProgressColumn(
                f"{b}, on average", format="percent", min_value=0, max_value=1
            ),
            "difference": APART,
        },
        placeholder="–",
        alt="Mean probabilities of each action by both models",
    )
    st.header("Where they differ most", anchor=False)
    st.dataframe(
        found.head(ROWS)[
            ["watch", "video", "person", "action", "difference", "frame", "at_a", "at_b"]
        ].assign(difference=100 * found["difference"]),
        hide_index=True,
        column_config={
            "watch": st.column_config.LinkColumn("Open", display_text="watch"),
            "video": "Video",
            "person": "Person",
            "action": "Action",
            "difference": APART,
            "frame": st.column_config.NumberColumn("Most at frame", format="%d"),
            "at_a": st.column_config.NumberColumn(f"{a} there", format="percent"),
            "at_b": st.column_config.NumberColumn(f"{b} there", format="percent"),
        },
        placeholder="–",
        alt="People and actions on which the models differ most",
    )
