"""AVA results: the figure, every class, the errors, one video at a time, and another set beside."""

import streamlit as st

from analysis.ava import result_set
from analysis.figures import evaluation
from app.compare import result_sets
from app.results import open_form, sets, videos
from app.ui import chart, damaged, navigation, query, theme

VIEWS = ("Overview", "Classes", "Errors", "Videos", "Compare")
EXPLAINED = {
    "pose confusion": "A wrong pose was predicted for a found person.",
    "confusion within a group": "The person does something of that group, but not this.",
    "confusion across groups": "The person does nothing of that group.",
    "duplicate": "Right, but a better-scored prediction had found it already.",
    "poor localisation": "Right label, but the box is too far off (IoU from 0.1 to 0.5).",
    "label and place wrong": "Near a person (IoU from 0.1 to 0.5) who does something else.",
    "background": "Nobody is there (IoU with everybody below 0.1).",
    "missed label": "The person was found, this label of theirs was not.",
    "missed person": "No predicted box is on the person at all.",
}


def overview(shown: sets.Judged) -> None:
    """The figure, and AP of every class."""
    result = shown.verdicts.evaluation
    groups = result.by_group()
    counted = result.matching.scored
    with st.container(horizontal=True, gap="large"):
        figure("mAP@0.5", sets.percent(result.mean_ap))
        for group, value in groups.items():
            figure(group.capitalize(), sets.percent(value), "Mean AP of the group's classes")
        figure("Keyframes", f"{result.keyframes:,}")
        figure("Ground-truth labels", f"{int(counted.sum()):,}", "Scored ground-truth boxes")
        figure("Predictions", f"{len(result.matching.prediction):,}", "That count")
    st.subheader("AP of every class, the most frequent first", anchor=False)
    chart.show(evaluation.ap_by_class(result), "ap-by-class", key="by class")
    left, right = st.columns(2)
    with left:
        st.subheader("AP against frequency", anchor=False)
        chart.show(evaluation.ap_by_frequency(result), "ap-frequency", key="by frequency")
    with right:
        st.subheader("What errors cost", anchor=False)
        chart.show(evaluation.errors(shown.summary), "errors", key="errors small")


def figure(label: str, value: str, help: str | None = None) -> None:
    """One figure, as wide as it is: rows of them wrap where there is little room."""
    st.metric(label, value, help=help, width="content")


def classes(shown: sets.Judged) -> None:
    """Precision and recall of chosen classes, and the table of all."""
    result = shown.verdicts.evaluation
    names = result.label_map.names
    chosen = st.multiselect(
        "Actions",
        sets.class_ids(shown),
        default=sets.class_ids(shown)[:4],
        format_func=lambda i: names[i],
        max_selections=10,
        key="actions",
        bind="query-params",
    )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("Precision and recall", anchor=False)
        if chosen:
            chart.show(evaluation.precision_recall(result, chosen), "pr", key="curves")
        else:
            theme.empty("No action is chosen", "Choose up to ten above to see their curves.")
    with right:
        st.subheader("All classes", anchor=False)
        table = evaluation.class_table(result)
        st.dataframe(
            table.assign(ap=100 * table["ap"]).drop(columns="class_id"),
            hide_index=True,
            column_config={
                "action": "Action",
                "group": "Group",
                "boxes": st.column_config.NumberColumn("Ground-truth boxes", format="localized"),
                "ap": st.column_config.NumberColumn("AP (%)", format="%.2f"),
            },
            placeholder="–",
        )


def errors(shown: sets.Judged, set_id: str) -> None:
    """What errors there are, what they cost, and where."""
    counts = shown.verdicts.counts()
    st.subheader(f"{sum(counts.values()):,} errors, by type", anchor=False)
    chart.show(evaluation.errors(shown.summary), "errors", key="errors")
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
            "delta_map": st.column_config.NumberColumn("mAP to win (points)", format="%.3f"),
            "worst": "Class that would win most",
            "failures": st.column_config.LinkColumn("List", display_text="see them"),
        },
        placeholder="–",
    )
    st.caption(
        "Every prediction that counts is judged, whatever its score, as mAP does. “mAP to win” is "
        "the most there is to win: false alarms gone, poor boxes moved onto their person, misses "
        "found first of all. The types' gains do not add up: errors share what they spoil."
    )
    st.subheader("What each type costs in each class", anchor=False)
    matrix = evaluation.error_matrix(shown.type_costs, names.names)
    chart.show(matrix, "errors-by-class", key="matrix")
    st.subheader("Where it is harder", anchor=False)
    table = sets.sensitivity_of(set_id)
    chart.show(evaluation.sensitivity(table), "sensitivity", key="sensitivity")
    st.caption(
        "Mean AP of the classes that occur in every bucket of an attribute; hover shows AP "
        "normalised to equally many positives per bucket."
    )


theme.heading(
    "AVA results",
    "What a set of predictions is worth: the official figure, every class, every box judged.",
)
top = st.columns([2.6, 1.2, 1.1, 1.2], vertical_alignment="bottom")
with top[0]:
    set_id = sets.choose()
with top[1]:
    if st.button("Open results", icon=":material/upload_file:", width="stretch"):
        open_form.dialog()
shared = result_set.SETS.shared(set_id)
with (
    top[2],
    st.popover(
        "Remove", icon=":material/delete:", width="stretch", disabled=shared,
        help="It is shared by everybody here." if shared else "This set of results.",
    ),
):  # fmt: skip
    st.write("The files that it was opened from stay where they are.")
    if st.button("Remove this set", type="primary"):
        result_set.remove(set_id)
        query.remember("set", None)
        st.rerun()
with top[3]:
    chart.format_choice()
damaged.entries(result_set.damaged(), result_set.remove)
shown = sets.judged(set_id)
about = st.container()
view = st.segmented_control(
    "View", VIEWS, default=VIEWS[0], required=True, key="view", bind="query-params"
)
other = result_sets.choose_other(set_id) if view == "Compare" else None
with about:
    sets.honest_about(shown.set, *([sets.judged(other).set] if other else []))
if view == "Overview":
    overview(shown)
elif view == "Classes":
    classes(shown)
elif view == "Errors":
    errors(shown, set_id)
elif view == "Videos":
    videos.videos(shown, set_id)
elif other:
    result_sets.compare(set_id, other)
