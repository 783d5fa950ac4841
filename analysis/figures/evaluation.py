"""Figures of one evaluation: AP per class, curves, errors, sensitivity, comparison (Plotly)."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.ava.evaluator import Evaluation
from analysis.ava.label_map import GROUPS, OTHER_GROUP
from analysis.errors.verdicts import ERRORS
from analysis.figures.palette import BLUE, GREY, ORANGE, PALE, PINK, RED, SKY, tidy

GROUP_COLOR = dict(zip((*GROUPS, OTHER_GROUP), (BLUE, PINK, ORANGE, GREY), strict=True))
ERROR_COLOR = dict(
    zip(
        ERRORS,
        (RED, ORANGE, "#F0C24B", GREY, SKY, "#9467BD", "#6B7C8F", PINK, "#882255"),
        strict=True,
    )
)
POINTS = 1500
"""A curve is drawn with at most so many points."""
TITLE = 13
"""Letters in a line of a small figure's title: four stand side by side on a telephone."""


def class_table(evaluation: Evaluation) -> pd.DataFrame:
    """One row a class with ground truth, the most frequent first: class_id, action, group, boxes,
    ap."""
    label_map = evaluation.label_map
    rows = [
        (i, label_map.names[i], label_map.group(i), evaluation.positives[i], evaluation.ap[i])
        for i in evaluation.scored
    ]
    table = pd.DataFrame(rows, columns=["class_id", "action", "group", "boxes", "ap"])
    return table.sort_values("boxes", ascending=False, ignore_index=True, kind="stable")


def ap_by_class(evaluation: Evaluation) -> go.Figure:
    """AP of every class, the most frequent first, as in the paper's figure."""
    table = class_table(evaluation)
    figure = go.Figure()
    for group, part in table.groupby("group", sort=False):
        figure.add_bar(
            x=part["action"],
            y=100 * part["ap"],
            name=str(group),
            marker_color=GROUP_COLOR.get(str(group), GROUP_COLOR[OTHER_GROUP]),
            customdata=part["boxes"],
            hovertemplate="<b>%{x}</b><br>AP %{y:.2f} %<br>%{customdata:,} boxes<extra></extra>",
        )
    figure.update_xaxes(categoryorder="array", categoryarray=table["action"], tickangle=-60)
    figure.update_yaxes(title="AP@0.5 (%)", rangemode="tozero")
    return tidy(figure, 460)


def ap_by_frequency(evaluation: Evaluation) -> go.Figure:
    """AP of every class over the number of its ground-truth boxes."""
    figure = go.Figure()
    for group, part in class_table(evaluation).groupby("group", sort=False):
        figure.add_scatter(
            x=part["boxes"],
            y=100 * part["ap"],
            mode="markers",
            name=str(group),
            text=part["action"],
            marker={
                "size": 11,
                "color": GROUP_COLOR.get(str(group), GROUP_COLOR[OTHER_GROUP]),
                "line": {"width": 1, "color": "rgba(255,255,255,0.7)"},
            },
            hovertemplate="<b>%{text}</b><br>AP %{y:.2f} %<br>%{x:,} boxes<extra></extra>",
        )
    figure.update_xaxes(title="Ground-truth boxes", type="log", dtick=1)
    figure.update_yaxes(title="AP@0.5 (%)", rangemode="tozero")
    return tidy(figure, 420)


def precision_recall(evaluation: Evaluation, class_ids: Sequence[int]) -> go.Figure:
    """Precision over recall of some classes; hover tells the score at which a point is reached."""
    figure = go.Figure()
    for class_id in class_ids:
        curve = evaluation.curve(class_id)
        if curve is None or not curve.index.size:
            continue
        keep = np.unique(np.linspace(0, curve.index.size - 1, POINTS).astype(int))
        figure.add_scatter(
            x=100 * curve.recall[keep],
            y=100 * curve.precision[keep],
            mode="lines",
            name=f"{evaluation.label_map.names[class_id]} ({100 * evaluation.ap[class_id]:.1f})",
            customdata=evaluation.matching.score[curve.index[keep]],
            hovertemplate="recall %{x:.1f} %<br>precision %{y:.1f} %<br>score ≥ %{customdata:.4f}",
        )
    figure.update_xaxes(title="Recall (%)", range=[0, 101])
    figure.update_yaxes(title="Precision (%)", range=[0, 103])
    figure.update_layout(showlegend=True)
    return tidy(figure, 420)


def errors(summary: pd.DataFrame) -> go.Figure:
    """What each error type costs, and how many errors there are of it."""
    figure = make_subplots(
        1,
        2,
        shared_yaxes=True,
        horizontal_spacing=0.04,
        subplot_titles=("mAP to win<br>(points)", "Errors<br>(log scale)"),
    )
    table = summary.iloc[::-1]
    colors = [ERROR_COLOR[t] for t in table["type"]]
    for column, values, text in (
        (1, 100 * table["delta_map"], [f"{100 * v:.2f}" for v in table["delta_map"]]),
        (2, table["count"].where(table["count"] > 0), [f"{n:,}" for n in table["count"]]),
    ):
        figure.add_bar(
            x=values,
            y=table["type"],
            orientation="h",
            marker_color=colors,
            text=text,
            textposition="auto",
            textangle=0,
            cliponaxis=False,
            hovertemplate="<b>%{y}</b>: %{text}<extra></extra>",
            row=1,
            col=column,
        )
    figure.update_xaxes(type="log", dtick=1, col=2)
    figure.update_xaxes(rangemode="tozero", col=1)
    figure.update_layout(showlegend=False)
    return tidy(figure, 380)


def error_matrix(type_costs: pd.DataFrame, names: Mapping[int, str]) -> go.Figure:
    """What each error type costs in each class: AP that would be won, in points."""
    table = type_costs.pivot(index="type", columns="class_id", values="delta_ap")
    counts = type_costs.pivot(index="type", columns="class_id", values="count")
    used = [t for t in ERRORS if t in counts.index and counts.loc[t].sum()]
    order = table.sum().sort_values(ascending=False).index
    table, counts = table.loc[used, order], counts.loc[used, order]
    figure = go.Figure(
        go.Heatmap(
            x=[names[i] for i in order],
            y=used,
            z=100 * table,
            customdata=counts,
            colorscale="Oranges",
            colorbar={"title": "AP points"},
            hovertemplate="<b>%{x}</b>, %{y}<br>%{z:.2f} AP points to win<br>%{customdata:,} "
            "errors<extra></extra>",
        )
    )
    figure.update_xaxes(tickangle=-60)
    figure.update_yaxes(autorange="reversed")
    return tidy(figure, 360)


def sensitivity(table: pd.DataFrame) -> go.Figure:
    """AP per bucket of every attribute, side by side."""
    attributes = list(dict.fromkeys(table["attribute"]))
    titles = ["<br>".join(textwrap.wrap(attribute, TITLE)) for attribute in attributes]
    figure = make_subplots(
        1, len(attributes), shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.02
    )
    figure.update_annotations(font_size=12)
    for column, attribute in enumerate(attributes, 1):
        part = table[table["attribute"] == attribute]
        figure.add_bar(
            x=part["bucket"],
            y=100 * part["ap"],
            marker_color=BLUE,
            text=[f"{100 * v:.1f}" for v in part["ap"]],
            customdata=np.c_[part["positives"], part["classes"], 100 * part["normalised_ap"]],
            hovertemplate="<b>%{x}</b><br>mean AP %{y:.2f} %<br>normalised %{customdata[2]:.2f} %"
            "<br>%{customdata[0]:,} boxes, %{customdata[1]} classes<extra></extra>",
            row=1,
            col=column,
        )
    figure.update_yaxes(title="mean AP@0.5 (%)", rangemode="tozero", col=1)
    figure.update_xaxes(tickangle=-40, type="category")
    figure.update_layout(showlegend=False)
    return tidy(figure, 380)


def differences(classes: pd.DataFrame, name_a: str, name_b: str) -> go.Figure:
    """Difference of AP per class with its 95 % interval; significant ones in color."""
    figure = go.Figure()
    for significant, color, label in (
        (True, BLUE, "significant"),
        (False, PALE, "not significant"),
    ):
        part = classes[classes["significant"] == significant]
        if part.empty:
            continue
        figure.add_scatter(
            x=100 * part["difference"],
            y=part["name"],
            mode="markers",
            name=label,
            marker={"size": 10, "color": color},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": 100 * (part["high"] - part["difference"]).clip(lower=0),
                "arrayminus": 100 * (part["difference"] - part["low"]).clip(lower=0),
            },
            customdata=np.c_[100 * part["a"], 100 * part["b"], part["positives"]],
            hovertemplate="<b>%{y}</b><br>%{x:+.2f} points<br>%{customdata[0]:.2f} → "
            "%{customdata[1]:.2f} %<br>%{customdata[2]:,} boxes<extra></extra>",
        )
    figure.add_vline(x=0, line_width=1, line_color=GREY)
    figure.update_yaxes(categoryorder="array", categoryarray=classes["name"])
    figure.update_xaxes(title=f"AP of {name_b} minus AP of {name_a} (points)")
    return tidy(figure, 160 + 20 * len(classes))
