"""AVA results: the figure, every class, the errors, one video at a time, and another set beside."""

import numpy as np
import pandas as pd
import streamlit as st

from analysis import figures_ava, figures_keyframe, result_set
from analysis.cases import Keyframe
from analysis.comparison import FEWEST_VIDEOS
from app import address, chart, navigation, open_results, results, theme

VIEWS = ("Overview", "Classes", "Errors", "Videos", "Compare")
EXPLAINED = {
    "pose confusion": "A wrong pose was said of a found person.",
    "confusion within a group": "The person does something of that group, but not this.",
    "confusion across groups": "The person does nothing of that group.",
    "duplicate": "Right, but a better-scored prediction had found it already.",
    "poor localisation": "Right label, but the box is too far off (IoU from 0.1 to 0.5).",
    "label and place wrong": "Near a person (IoU from 0.1 to 0.5) who does something else.",
    "background": "Nobody is there (IoU with everybody below 0.1).",
    "missed label": "The person was found, this label of theirs was not.",
    "missed person": "No predicted box is on the person at all.",
}


def overview(shown: results.Judged) -> None:
    """The figure, and AP of every class."""
    evaluation = shown.verdicts.evaluation
    groups = evaluation.by_group()
    cells = st.columns(4 + len(groups))
    cells[0].metric("mAP@0.5", percent(evaluation.mean_ap))
    for cell, (group, value) in zip(cells[1:], groups.items(), strict=False):
        cell.metric(group.capitalize(), percent(value), help="Mean AP of the group's classes")
    counted = evaluation.matching.scored
    cells[-3].metric("Keyframes", f"{len(set(evaluation.matching.ground_truth_keyframe)):,}")
    cells[-2].metric("True labels", f"{int(counted.sum()):,}", help="Scored ground-truth boxes")
    cells[-1].metric("Predictions", f"{len(evaluation.matching.prediction):,}", help="That count")
    st.subheader("AP of every class, the most frequent first", anchor=False)
    chart.show(figures_ava.ap_by_class(evaluation), "ap-by-class", key="by class")
    left, right = st.columns(2)
    with left:
        st.subheader("AP against frequency", anchor=False)
        chart.show(figures_ava.ap_by_frequency(evaluation), "ap-frequency", key="by frequency")
    with right:
        st.subheader("What errors cost", anchor=False)
        chart.show(figures_ava.errors(shown.summary), "errors", key="errors small")


def classes(shown: results.Judged) -> None:
    """Precision and recall of chosen classes, and the table of all."""
    evaluation = shown.verdicts.evaluation
    names = evaluation.label_map.names
    chosen = st.multiselect(
        "Actions",
        results.class_ids(shown),
        default=results.class_ids(shown)[:4],
        format_func=lambda i: names[i],
        max_selections=10,
    )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("Precision and recall", anchor=False)
        if chosen:
            chart.show(figures_ava.precision_recall(evaluation, chosen), "pr", key="curves")
        else:
            theme.empty("No action is chosen", "Choose up to ten above to see their curves.")
    with right:
        st.subheader("All classes", anchor=False)
        table = figures_ava.class_table(evaluation)
        st.dataframe(
            table.assign(ap=100 * table["ap"]).drop(columns="class_id"),
            hide_index=True,
            column_config={
                "action": "Action",
                "group": "Group",
                "boxes": st.column_config.NumberColumn("True boxes", format="localized"),
                "ap": st.column_config.NumberColumn("AP (%)", format="%.2f"),
            },
        )


def errors(shown: results.Judged, set_id: str) -> None:
    """What errors there are, what they cost, and where."""
    counts = shown.verdicts.counts()
    st.subheader(f"{sum(counts.values()):,} errors, by type", anchor=False)
    chart.show(figures_ava.errors(shown.summary), "errors", key="errors")
    names = shown.set.label_map
    table = shown.summary.assign(
        delta_map=100 * shown.summary["delta_map"],
        meaning=shown.summary["type"].map(EXPLAINED),
        worst=[names.name(i) if i else "" for i in shown.summary["worst_class"]],
        failures=[
            navigation.address("failures", set=set_id, type=t) if counts[t] else None
            for t in shown.summary["type"]
        ],
    )
    st.dataframe(
        table[["type", "meaning", "count", "delta_map", "worst", "failures"]],
        hide_index=True,
        column_config={
            "type": "Type",
            "meaning": st.column_config.TextColumn("Meaning", width="large"),
            "count": st.column_config.NumberColumn("Errors", format="localized"),
            "delta_map": st.column_config.NumberColumn("mAP won without (points)", format="%.3f"),
            "worst": "Class that would win most",
            "failures": st.column_config.LinkColumn("List", display_text="see them"),
        },
    )
    st.caption(
        "Every prediction that counts is judged, whatever its score, as mAP does. “mAP won” is the "
        "most there is to win: false alarms gone, poor boxes moved onto their person, misses found "
        "first of all. The types' gains do not add up: errors share what they spoil."
    )
    st.subheader("What each type costs in each class", anchor=False)
    matrix = figures_ava.error_matrix(shown.type_costs, names.names)
    chart.show(matrix, "errors-by-class", key="matrix")
    st.subheader("Where it is harder", anchor=False)
    table = results.sensitivity_of(set_id)
    chart.show(figures_ava.sensitivity(table), "sensitivity", key="sensitivity")
    st.caption(
        "Mean AP of the classes that occur in every bucket of an attribute; hover shows AP "
        "normalised to equally many positives per bucket."
    )


def videos(shown: results.Judged) -> None:
    """One video: its keyframes with verdicts, and one keyframe in full."""
    truth = shown.verdicts.evaluation.ground_truth
    names = sorted(truth["video"].astype(str).unique())
    left, right = st.columns([1, 1])
    with left:
        video = address.choose("Video", names, "video")
    with right:
        least = st.slider(
            "Counts as said from score",
            0.0,
            1.0,
            0.5,
            0.01,
            key="least",
            help="For the timeline and the drawing. mAP has no such threshold.",
        )
    assert video is not None
    moments = shown.cases.keyframes(video)
    given = address.decimal("t")
    here = int(np.abs(moments - given).argmin()) if given is not None else 0
    table = figures_keyframe.timeline_table(shown.verdicts, video, least)
    event = chart.show(
        figures_keyframe.timeline(table, float(moments[here])),
        f"timeline-{video}",
        key=f"timeline {video} {least}",
        select=True,
    )
    points = event["selection"]["points"]
    if points and st.session_state.get("clicked") != points[0]["x"]:
        st.session_state["clicked"] = points[0]["x"]
        address.remember("t", f"{points[0]['x']:g}")
        st.rerun()
    back, label, forward = st.columns([1, 3, 1], vertical_alignment="center")
    step = 0
    if back.button("Keyframe before", icon=":material/chevron_left:", disabled=here == 0):
        step = -1
    if forward.button(
        "Keyframe after", icon=":material/chevron_right:", disabled=here == len(moments) - 1
    ):
        step = 1
    if step:
        address.remember("t", f"{moments[here + step]:g}")
        st.rerun()
    label.markdown(
        f"**Keyframe {here + 1} of {len(moments)}**, at {moments[here]:g} s. Click a mark above "
        "to go to its keyframe."
    )
    one_keyframe(shown, shown.cases.keyframe(video, float(moments[here])), least)


def one_keyframe(shown: results.Judged, moment: Keyframe, least: float) -> None:
    """A keyframe's picture, what was true and what was said."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame = results.picture(moment.video, moment.timestamp)
        chart.show(
            figures_keyframe.keyframe(moment, least_score=least, picture=frame),
            f"{moment.video}-{moment.timestamp:g}",
            key="keyframe",
        )
        if frame is None:
            st.caption("The video is not at hand: boxes on a blank picture, 16:9.")
    with right:
        true = [
            (f"T{n}", x.name, x.score, x.verdict)
            for n, p in enumerate(moment.true, 1)
            for x in p.labels
        ]
        st.markdown("**True**")
        st.dataframe(
            pd.DataFrame(true, columns=["Box", "Action", "Found with score", "Verdict"]),
            hide_index=True,
            height="content",
        )
        said = [
            (f"S{n}", x.name, x.score, x.verdict)
            for n, p in enumerate(moment.said, 1)
            for x in p.labels
            if x.score >= least
        ]
        st.markdown(f"**Said with score {least:g} and more**")
        st.dataframe(
            pd.DataFrame(said, columns=["Box", "Action", "Score", "Verdict"]), hide_index=True
        )


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
            percent(row.b),
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


def percent(value: float) -> str:
    """A share as text."""
    return "none" if np.isnan(value) else f"{100 * value:.2f} %"


theme.heading(
    "AVA results",
    "What a set of predictions is worth: the official figure, every class, every box judged.",
)
top = st.columns([3, 1.2, 1.2, 1], vertical_alignment="bottom")
with top[0]:
    set_id = results.choose()
with top[1]:
    if st.button("Open results", icon=":material/upload_file:", width="stretch"):
        open_results.dialog()
with top[2], st.popover("Remove this set", icon=":material/delete:", width="stretch"):
    st.write("The files that it was opened from stay where they are.")
    if st.button("Remove", type="primary"):
        result_set.remove(set_id)
        address.remember("set", None)
        st.rerun()
with top[3]:
    chart.format_choice()
shown = results.judged(set_id)
results.honest_about(shown.set)
view = st.segmented_control(
    "View", VIEWS, default=VIEWS[0], required=True, key="view", bind="query-params"
)
if view == "Overview":
    overview(shown)
elif view == "Classes":
    classes(shown)
elif view == "Errors":
    errors(shown, set_id)
elif view == "Videos":
    videos(shown)
else:
    compare(shown, set_id)
