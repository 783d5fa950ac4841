"""Failures: every error of a result set, the costliest first, and each one explained."""

import numpy as np
import pandas as pd
import streamlit as st

from analysis.errors.cases import Case, case_id
from analysis.errors.keyframes import Person
from analysis.errors.verdicts import ERRORS
from analysis.figures import keyframe
from analysis.figures.case_page import case_html
from app.results import sets
from app.ui import chart, navigation, query, theme

ROWS = 50
ORDERS = {
    "cost": ("cost", False),
    "score": ("score", False),
    "time": ("timestamp", True),
}
NEIGHBOURS = 2
LIST = ["type", "action", "video", "timestamp", "score", "cost"]


def filtered(shown: sets.Judged) -> pd.DataFrame:
    """The failures that the filters leave, in the chosen order."""
    failures = shown.cases.failures
    names = shown.set.label_map
    counts = shown.verdicts.counts()
    cells = st.columns([2, 2, 2, 2, 1])
    with cells[0]:
        types = [t for t in ERRORS if counts[t]]
        kind = query.choose("Type", types, "type", fallback=None, placeholder="All")
    with cells[1]:
        ids = [str(i) for i in sets.class_ids(shown)]
        action = query.choose(
            "Action",
            ids,
            "action",
            fallback=None,
            shown=lambda i: names.name(int(i)),
            placeholder="All",
        )
    with cells[2]:
        videos = list(failures["video"].cat.categories)
        video = query.choose("Video", videos, "video", fallback=None, placeholder="All")
    with cells[3]:
        low, high = st.slider(
            "Score",
            0.0,
            1.0,
            (0.0, 1.0),
            0.01,
            key="score",
            bind="query-params",
            help="Misses have no score; they are left out as soon as this is narrowed.",
        )
    with cells[4]:
        order = query.choose("Order by", list(ORDERS), "order")
    keep = np.ones(len(failures), bool)
    if kind:
        keep &= (failures["type"] == kind).to_numpy()
    if action:
        keep &= failures["class_id"].to_numpy() == int(action)
    if video:
        keep &= (failures["video"] == video).to_numpy()
    if (low, high) != (0.0, 1.0):
        score = failures["score"].to_numpy()
        keep &= (score >= low) & (score <= high)
    found = failures[keep]
    column, ascending = ORDERS[str(order)]
    if column != "cost":
        keys = ["video", column] if column == "timestamp" else [column]
        found = found.sort_values(keys, ascending=ascending, kind="stable")
    return found


def choose_case(found: pd.DataFrame) -> str:
    """A page of the list; the row that is clicked is the case."""
    pages = -(-len(found) // ROWS)
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    left.markdown(f"**{len(found):,} failures**")
    with right:
        page = st.number_input(f"Page of {pages:,}", 1, pages, key=f"page of {pages}")
    part = found.iloc[(page - 1) * ROWS : page * ROWS]
    event = st.dataframe(
        part[LIST].assign(cost=100 * part["cost"]),
        hide_index=True,
        height=1000,
        key=f"list {page} {len(found)} {st.session_state.get('address order')}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "type": "Type",
            "action": "Action",
            "video": "Video",
            "timestamp": st.column_config.NumberColumn("Second", format="%g"),
            "score": st.column_config.NumberColumn("Score", format="%.4f"),
            "cost": st.column_config.NumberColumn(
                "Cost",
                format="%.3g",
                help="mAP points won if only this error were repaired.",
            ),
        },
    )
    ids = [case_id(o, r) for o, r in zip(part["of_truth"], part["row"], strict=True)]
    picked = event["selection"]["rows"]
    if picked and st.session_state.get("picked") != ids[picked[0]]:
        st.session_state["picked"] = ids[picked[0]]
        query.remember("case", ids[picked[0]])
    given = st.query_params.get("case")
    return given if given and (found["row"].astype(str).eq(given[1:])).any() else ids[0]


def explain(shown: sets.Judged, set_id: str, case: Case) -> None:
    """One case: picture, predictions, ground truth, the neighbours in time, ways out."""
    name = shown.set.label_map.name(case.class_id)
    moment = case.keyframe
    st.subheader(f"{case.type.capitalize()}: {name}", anchor=False)
    st.write(case.sentence)
    cost = f"costs {100 * case.cost:.5f} mAP points"
    st.caption(f"{moment.video} at {moment.timestamp:g} s · {cost} · id {case.id}")
    frame = sets.picture(set_id, moment.video, moment.timestamp)
    chart.show(
        keyframe.keyframe(moment, marked=case.box, picture=frame, height=400),
        f"{moment.video}-{moment.timestamp:g}-{case.id}",
        key="case",
    )
    if frame is None:
        st.caption("The video is not at hand: boxes on a blank picture, 16:9.")
    moments, boxes = shown.cases.neighbours(case, NEIGHBOURS)
    chart.show(
        keyframe.filmstrip(moments, boxes, moment.timestamp),
        f"neighbours-{case.id}",
        key="filmstrip",
    )
    chart.show(keyframe.around(case, name), f"around-{case.id}", key="around")
    left, right = st.columns(2)
    with left:
        st.markdown("**Ground truth at this moment** (score: of the prediction that found it)")
        people(moment.true, "T")
    with right:
        st.markdown("**Predictions at this moment**")
        people(moment.said, "P")
    cells = st.columns(2, vertical_alignment="center")
    with cells[0]:
        navigation.link(
            "ava_results",
            "The whole video",
            icon=":material/timeline:",
            set=set_id,
            view="Videos",
            video=moment.video,
            t=f"{moment.timestamp:g}",
        )
    cells[1].download_button(
        "This case as one HTML file",
        lambda: case_html(case, shown.set.label_map, shown.set.name),
        f"failure-{case.id}.html",
        "text/html",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption("Copy the page's address to share this case: it names the set, filters and case.")


def people(everyone: list[Person], mark: str) -> None:
    """The labels of a moment's boxes as a table; boxes are numbered as in the picture."""
    rows = [
        (f"{mark}{n}", x.name, x.score, x.verdict)
        for n, p in enumerate(everyone, 1)
        for x in p.labels
    ]
    st.dataframe(
        pd.DataFrame(rows, columns=["Box", "Action", "Score", "Verdict"]),
        hide_index=True,
        height=min(240, 38 + 35 * max(len(rows), 1)),
        column_config={
            "Box": st.column_config.Column(width=45),
            "Action": st.column_config.Column(width=150),
            "Score": st.column_config.NumberColumn(format="%.3f", width=60),
        },
    )


theme.heading(
    "Failures",
    "Every wrong prediction and every missed label, the costliest first, and what went wrong.",
)
top = st.columns([3, 1.6, 1], vertical_alignment="bottom")
with top[0]:
    set_id = sets.choose()
shown = sets.judged(set_id)
with top[2]:
    chart.format_choice()
sets.honest_about(shown.set)
found = filtered(shown)
with top[1]:
    st.download_button(
        "This list as CSV",
        lambda: found[LIST].to_csv(index=False).encode(),
        "failures.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
if found.empty:
    theme.empty("No failure is left", "Widen the filters: no error of this set fits all of them.")
else:
    left, right = st.columns([1, 1], gap="large")
    with left:
        chosen = choose_case(found)
    with right:
        explain(shown, set_id, shown.cases.case(chosen))
