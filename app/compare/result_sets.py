"""Two result sets on the same ground truth: what differs, what is significant, and where."""

import numpy as np
import streamlit as st

from analysis.errors.comparison import Comparison, enough
from analysis.figures import evaluation
from app.compare import moments
from app.results import sets
from app.ui import chart, query, theme


def choose_other(set_id: str) -> str | None:
    """The select box of another set on the same ground truth; None where there is none."""
    known = sets.known()
    others = [i for i, s in known.items() if s.truth == known[set_id].truth and i != set_id]
    if not others:
        theme.empty(
            "There is nothing to compare with yet",
            "Open a second file of predictions for the same ground truth and classes.",
        )
        return None
    return query.choose("Compare with", others, "with", shown=lambda i: known[i].name)


def compare(a: str, b: str) -> None:
    """Everything that differs from set `a` to set `b`."""
    known = sets.known()
    names = (known[a].name, known[b].name)
    found = sets.compared(a, b)
    st.subheader(theme.plain(f"{names[1]} (B) against {names[0]} (A)"), anchor=False)
    _figures(found)
    event = chart.show(
        evaluation.differences(found.classes, *names), "differences", key="differences",
        select=True,
    )  # fmt: skip
    st.caption("Click a class to see whom and when it is about.")
    _classes(found, names)
    st.subheader("People and moments that changed", anchor=False)
    moments.moments(a, b, moments.clicked(event))


def _figures(found: Comparison) -> None:
    """mAP and each group, and whether the difference is significant."""
    cells = st.columns(max(4, len(found.overall)))
    rows = found.overall.itertuples()
    for cell, row, told in zip(cells, rows, enough(found.overall["videos"]), strict=False):
        cell.metric(
            str(row.name).capitalize() if row.name != "mAP@0.5" else row.name,
            sets.percent(row.b),
            f"{100 * row.difference:+.2f} points",
        )
        if not told:
            cell.caption(f"Too few videos to tell whether it is significant: {row.videos}")
            continue
        cell.caption(
            f"{'Significant' if row.significant else 'Not significant'} (5 %): 95 % interval "
            f"{100 * row.low:+.2f} to {100 * row.high:+.2f}"
        )


def _classes(found: Comparison, names: tuple[str, str]) -> None:
    """Every class with its interval."""
    count = int(found.classes["significant"].sum())
    st.subheader(
        f"{count} of {len(found.classes)} class differences are significant (FDR 5 %)",
        anchor=False,
    )
    percents = ["a", "b", "difference", "low", "high"]
    table = found.classes.iloc[::-1].drop(columns="class_id")
    table[percents] = 100 * table[percents]
    few = ~enough(table["videos"])
    table["significant"] = np.select([few, table["significant"]], ["too few videos", "yes"], "no")
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "name": "Action",
            "group": "Group",
            "positives": st.column_config.NumberColumn("Ground-truth boxes", format="localized"),
            "videos": "Videos",
            "a": st.column_config.NumberColumn(f"{names[0]} (%)", format="%.2f"),
            "b": st.column_config.NumberColumn(f"{names[1]} (%)", format="%.2f"),
            "difference": st.column_config.NumberColumn("Difference", format="%+.2f"),
            "low": st.column_config.NumberColumn("95 % from", format="%+.2f"),
            "high": st.column_config.NumberColumn("to", format="%+.2f"),
            "p": st.column_config.NumberColumn("p", format="%.3f"),
            "significant": "Significant",
        },
        placeholder="–",
    )
    st.caption(
        "Paired bootstrap over videos (1,000 resamples). Significant: at 5 % after Benjamini and "
        "Hochberg's correction over the classes, in five videos or more."
    )
