"""Failures: every error of a result set, the costliest first, and each one explained."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.ava.csv_file import plain_csv
from analysis.errors import events
from analysis.errors.cases import Case, case_id, is_case
from analysis.errors.keyframes import Person, box_of
from analysis.errors.verdicts import ERRORS
from analysis.figures import keyframe
from analysis.figures.case_page import case_html
from app.find import marks_form
from app.results import clips, sets
from app.results.event_list import Row, event_list
from app.storage import notes
from app.ui import chart, navigation, query, theme
from app.ui.media_addresses import film_still_address, second

ROWS = 50
ORDERS = {
    "cost": ("cost", False),
    "score": ("score", False),
    "time": ("first", True),
}
FILTERS = ("set", "type", "action", "video", "order")
"""Names in the address that say, with the score, which list is shown, and in which order."""
NEIGHBOURS = 2
COST = "cost_map_points"
"""The column of costs in the CSV: points of mAP, as on the page."""
LIST = ["type", "action", "video", "timestamp", "score"]


def filtered(shown: sets.Judged) -> tuple[pd.DataFrame, str]:
    """The failures that the filters leave, the costliest first, and the order asked for."""
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
    return failures[keep], str(order)


def listed(found: pd.DataFrame, shown: sets.Judged, order: str) -> pd.DataFrame:
    """The failures as events, in the chosen order."""
    table = events.table(found, shown.cases.events[found.index.to_numpy()])
    column, ascending = ORDERS[order]
    if order != "cost":
        keys = ["video", column] if order == "time" else [column]
        table = table.sort_values(keys, ascending=ascending, kind="stable", ignore_index=True)
    return table


def choose_case(found: pd.DataFrame, table: pd.DataFrame, shown: sets.Judged, set_id: str) -> str:
    """A page of the list; a click anywhere in a row, or j and k, choose the case."""
    pages = -(-len(table) // ROWS)
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    failures = "1 failure" if len(found) == 1 else f"{len(found):,} failures"
    events = "1 event" if len(table) == 1 else f"{len(table):,} events"
    left.markdown(f"**{failures}** in {events}")
    with right:
        page = st.number_input(f"Page of {pages:,}", 1, pages, key=f"page of {asked_for()}")
    part = table.iloc[(page - 1) * ROWS : page * ROWS]
    leads = found.iloc[part["lead"].to_numpy()]
    ids = [case_id(o, r) for o, r in zip(leads["of_truth"], leads["row"], strict=True)]
    said = notes.said_of("set", set_id)
    at_hand = clips.at_hand(set_id, set(part["video"]))
    rows = [
        Row(
            id_,
            f"{str(event.type).capitalize()}: {event.action}",
            " · ".join(filter(None, (_when(event), _score(event), *_tags(said, id_)))),
            f"{points(event.cost)} points",
            box_of(shown.cases.boxes[row]),
            film_still_address(set_id, event.video, second) if event.video in at_hand else "",
        )
        for id_, event, row, second in zip(
            ids, part.itertuples(), leads.index, leads["timestamp"], strict=True
        )
    ]
    given = st.query_params.get("case")
    chosen = given if given and is_case(found, given).any() else ids[0]
    if given and chosen != given:
        st.info(theme.plain(f"The failure {given[:20]!r} is not in this list; {chosen} is shown."))
        query.remember("case", None)
    st.caption(
        "At the right: points of mAP that the event costs, which is the sum over its errors; an "
        "opened case says what its one error costs."
    )
    picked = event_list(rows, chosen, key="events")
    if picked in ids and picked != given:
        query.remember("case", picked)
        return str(picked)
    return chosen


def asked_for() -> str:
    """The list that is shown, as a key: another one begins with its first page."""
    return str([st.session_state.get("score"), *map(st.query_params.get, FILTERS)])


def points(cost: float) -> str:
    """A share of mAP as points, for people."""
    return "under 0.001" if 0 < 100 * cost < 0.001 else f"{100 * cost:.3g}"


def costs(case: Case, found: pd.DataFrame, shown: sets.Judged) -> str:
    """What a case costs alone, and its event in the list."""
    alone = f"this error costs {points(case.cost)} points of mAP"
    event = shown.cases.events[found.index.to_numpy()]
    same = np.isin(event, event[is_case(found, case.id)])
    if same.sum() < 2:
        return alone
    return f"{alone}, its event of {same.sum()} errors {points(found['cost'][same].sum())}"


def _when(event: Any) -> str:
    if event.errors == 1:
        return f"{event.video} at {event.first:g} s"
    return f"{event.video}, {event.first:g} to {event.last:g} s, {event.errors} errors"


def _score(event: Any) -> str:
    return "" if np.isnan(event.score) else f"score {event.score:.2f}"


def _tags(said: dict[str, notes.Note], id_: str) -> list[str]:
    words = said.get(f"case {id_}", notes.Note())
    return [f"#{tag}" for tag in words.tags] + (["noted"] if words.note else [])


def csv(found: pd.DataFrame, shown: sets.Judged) -> bytes:
    """The list as CSV: costs in points of mAP, and the event that each failure belongs to."""
    table = found[LIST].assign(
        **{COST: 100 * found["cost"], "event": shown.cases.events[found.index.to_numpy()]}
    )
    return plain_csv(table)


def explain(shown: sets.Judged, set_id: str, case: Case, cost: str) -> None:
    """One case: picture, predictions, ground truth, the neighbours in time, ways out."""
    name = shown.set.label_map.name(case.class_id)
    moment = case.keyframe
    st.subheader(f"{case.type.capitalize()}: {theme.plain(name)}", anchor=False)
    st.write(theme.plain(case.sentence))
    st.caption(f"{theme.plain(moment.video)} at {moment.timestamp:g} s · {cost} · id {case.id}")
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
    st.markdown("**Ground truth at this moment** (score: of the prediction that found it)")
    people(moment.true, "T")
    st.markdown("**Predictions at this moment**")
    people(moment.said, "P")
    with st.container(horizontal=True, vertical_alignment="center"):
        navigation.link(
            "ava_results",
            "The whole video",
            icon=":material/timeline:",
            set=set_id,
            view="Videos",
            video=moment.video,
            t=second(moment.timestamp),
        )
        st.download_button(
            "This case as one HTML file",
            lambda: case_html(case, shown.set.label_map, shown.set.name),
            f"failure-{case.id}.html",
            "text/html",
            icon=":material/download:",
            on_click="ignore",
        )
        if st.button("Tags and notes", icon=":material/label:"):
            title = f"{case.type.capitalize()}: {name}, {moment.video} at {moment.timestamp:g} s"
            marks_form.dialog(title, "set", set_id, {"this failure": f"case {case.id}"})
    st.caption("Copy the page's address to share this case: it names the set, filters and case.")


def people(everyone: list[Person], mark: str) -> None:
    """The labels of a moment's boxes as a table; boxes are numbered as in the picture."""
    rows = [
        (f"{mark}{n}", x.name, sets.score(x.score), x.verdict)
        for n, p in enumerate(everyone, 1)
        for x in p.labels
    ]
    st.dataframe(
        pd.DataFrame(rows, columns=["Box", "Action", "Score", "Verdict"]),
        hide_index=True,
        height=min(240, 38 + 35 * max(len(rows), 1)),
        column_config={
            "Box": st.column_config.Column(width=45),
            "Action": st.column_config.Column(width=290),
            "Score": st.column_config.Column(width=65),
            "Verdict": st.column_config.Column(width=160),
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
found, order = filtered(shown)
with top[1]:
    st.download_button(
        "This list as CSV",
        lambda: csv(found, shown),
        "failures.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
if shown.cases.failures.empty:
    theme.empty("No failure", "Every prediction that counts is right, and nothing was missed.")
elif found.empty:
    theme.empty("No failure is left", "Widen the filters: no error of this set fits all of them.")
else:
    left, right = st.columns([1, 1], gap="large")
    with left:
        chosen = choose_case(found, listed(found, shown, order), shown, set_id)
    with right, st.container(key="chosen case"):
        case = shown.cases.case(chosen)
        explain(shown, set_id, case, costs(case, found, shown))
