"""The Compare view of AVA results: another set on the same ground truth, and what is real."""

import numpy as np
import streamlit as st

from analysis import figures_ava
from analysis.comparison import FEWEST_VIDEOS
from app import address, chart, navigation, results, theme


def compare(shown: results.Judged, set_id: str) -> None:
    """Another set on the same ground truth beside this one."""
    sets = results.known()
    others = [i for i, s in sets.items() if s.truth == sets[set_id].truth and i != set_id]
    if not others:
        theme.empty(
            "There is nothing to compare with yet",
            "Open a second file of predictions for the same ground truth and classes.",
        )
        return
    other = address.choose("Compare with", others, "with", shown=lambda i: sets[i].name)
    assert other is not None
    found = results.compared(set_id, other)
    a, b = shown.set.name, sets[other].name
    st.subheader(f"{b} against {a}", anchor=False)
    cells = st.columns(max(4, len(found.overall)))
    for cell, row in zip(cells, found.overall.itertuples(), strict=False):
        cell.metric(
            str(row.name).capitalize() if row.name != "mAP@0.5" else row.name,
            results.percent(row.b),
            f"{100 * row.difference:+.2f} points",
        )
        cell.caption(
            f"{'Real' if row.real else 'Could be chance'}: 95 % interval "
            f"{100 * row.low:+.2f} to {100 * row.high:+.2f}"
        )
    chart.show(figures_ava.differences(found.classes, a, b), "differences", key="differences")
    real = int(found.classes["real"].sum())
    st.subheader(f"{real} of {len(found.classes)} class differences are real", anchor=False)
    percents = ["a", "b", "difference", "low", "high"]
    table = found.classes.iloc[::-1].drop(columns="class_id")
    table[percents] = 100 * table[percents]
    few = table["videos"] < FEWEST_VIDEOS
    table["real"] = np.select([few, table["real"]], ["too few videos", "yes"], "no")
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "name": "Action",
            "group": "Group",
            "positives": st.column_config.NumberColumn("True boxes", format="localized"),
            "videos": "Videos",
            "a": st.column_config.NumberColumn(f"{a} (%)", format="%.2f"),
            "b": st.column_config.NumberColumn(f"{b} (%)", format="%.2f"),
            "difference": st.column_config.NumberColumn("Difference", format="%+.2f"),
            "low": st.column_config.NumberColumn("95 % from", format="%+.2f"),
            "high": st.column_config.NumberColumn("to", format="%+.2f"),
            "p": st.column_config.NumberColumn("p", format="%.3f"),
            "real": "Real",
        },
    )
    st.caption(
        "Paired bootstrap over videos, 1,000 draws. Real: significant at 5 % after Benjamini and "
        "Hochberg's correction over the classes, in five videos or more."
    )
    st.subheader("Keyframes that changed most", anchor=False)
    changed = found.keyframes.head(200).copy()
    changed["link"] = [
        navigation.address(
            "ava_results", set=set_id, view="Videos", video=r.video, t=f"{r.timestamp:g}"
        )
        for r in changed.itertuples()
    ]
    changed["difference"] *= 100
    st.dataframe(
        changed,
        hide_index=True,
        column_config={
            "video": "Video",
            "timestamp": st.column_config.NumberColumn("Second", format="%g"),
            "gained": "Labels gained",
            "lost": "Labels lost",
            "difference": st.column_config.NumberColumn("Worth (mAP points)", format="%+.4f"),
            "link": st.column_config.LinkColumn("Keyframe", display_text="see it"),
        },
    )
