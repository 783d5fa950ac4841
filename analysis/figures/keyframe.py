"""Figures of keyframes: boxes on the picture, a video's timeline, a case's neighbours in time."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.errors.cases import Case
from analysis.errors.keyframes import Box, Keyframe, Person
from analysis.errors.verdicts import Verdicts
from analysis.figures.palette import GREEN, LEGEND_ABOVE, MARKED, PINK, PREDICTION, RED, TRUTH

RIGHT, WRONG, MISSED, BOTH = GREEN, RED, PINK, "#7F6BB3"
BLANK_SIZE = (1280, 720)
"""Where the video is not at hand the picture is blank, and 16:9 is assumed."""
MOST_LABELS = 6
SHORT = 15
"""A timeline of fewer seconds than this has a tick at each."""
FEW_SECONDS = 6
"""Over fewer seconds than this Plotly's own ticks would be halves."""
FEW_KEYFRAMES = 150
"""With more keyframes than this a timeline's marks are ticks."""

TRUE, PREDICTED, CASE = "ground truth", "prediction", "this case"
"""Kinds of boxes, as legends name them."""


def keyframe(
    moment: Keyframe,
    *,
    marked: Box | None = None,
    least_score: float = 0.0,
    picture: NDArray[np.uint8] | None = None,
    height: int = 480,
) -> go.Figure:
    """The boxes of a keyframe: ground truth solid and numbered T1, T2, ... at its top left,
    predictions dashed and numbered P1, P2, ... at their bottom right.

    Args:
        marked: A box to stress.
        least_score: Predicted boxes whose best score is lower are left out.
        picture: (H, W, 3) RGB frame of the video, if it is at hand.
    """
    figure = go.Figure()
    size = _put_picture(figure, picture)
    said = [p for p in moment.said if p.labels[0].score >= least_score]  # best first
    _boxes(figure, moment.true, TRUE, TRUTH, "solid", size)
    _boxes(figure, said, PREDICTED, PREDICTION, "dash", size)
    _number(figure, moment.true, "T", TRUTH, size, corner=(0, 1))
    _number(figure, moment.said[: len(said)], "P", PREDICTION, size, corner=(2, 3))
    if marked:
        _boxes(figure, [Person(marked, [])], CASE, MARKED, "dot", size, width=5)
    figure.update_xaxes(range=[0, size[0]], visible=False, constrain="domain")
    figure.update_yaxes(range=[size[1], 0], visible=False, scaleanchor="x", constrain="domain")
    figure.update_layout(
        height=height,
        margin={"l": 5, "r": 5, "t": 30, "b": 5},
        legend={"orientation": "h", "y": 1.01, "yanchor": "bottom", "x": 0},
        hovermode="closest",
    )
    return figure


def filmstrip(moments: Sequence[Keyframe], marked: Sequence[Box | None], here: float) -> go.Figure:
    """Neighbouring keyframes side by side, the same person stressed in each."""
    width, height = BLANK_SIZE
    lines: dict[str, tuple[list[float | None], list[float | None]]] = {
        name: ([], []) for name in (TRUE, PREDICTED, CASE)
    }
    shapes, titles = [], []
    for number, (moment, box) in enumerate(zip(moments, marked, strict=True)):
        left = number * width * 1.06
        shapes.append(
            {
                "type": "rect", "layer": "below", "x0": left, "x1": left + width, "y0": 0,
                "y1": height, "fillcolor": "rgba(128,128,128,0.10)",
                "line": {"width": 1, "color": "rgba(128,128,128,0.5)"},
            }
        )  # fmt: skip
        after = moment.timestamp - here
        title = f"{after:+g} s" if after else "this moment"
        titles.append({"text": title, "x": left + width / 2, "y": -60, "showarrow": False})
        boxes = [(TRUE, p.box) for p in moment.true] + [(PREDICTED, p.box) for p in moment.said]
        for name, (x1, y1, x2, y2) in boxes + ([(CASE, box)] if box else []):
            x, y = lines[name]
            x += [left + v * width for v in (x1, x2, x2, x1, x1)] + [None]
            y += [v * height for v in (y1, y1, y2, y2, y1)] + [None]
    styles = {
        TRUE: {"color": TRUTH, "width": 1.5},
        PREDICTED: {"color": PREDICTION, "width": 1.5, "dash": "dash"},
        CASE: {"color": MARKED, "width": 4, "dash": "dot"},
    }
    traces = [
        {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": name, "line": styles[name],
         "hoverinfo": "skip"}
        for name, (x, y) in lines.items()
    ]  # fmt: skip
    axis = {"visible": False, "constrain": "domain"}
    layout = {
        "shapes": shapes,
        "annotations": titles,
        "xaxis": axis | {"range": [0, len(moments) * width * 1.06]},
        "yaxis": axis | {"range": [height, -120], "scaleanchor": "x"},
        "height": 150,
        "margin": {"l": 5, "r": 5, "t": 5, "b": 5},
        "showlegend": False,
    }
    return go.Figure(traces, layout)


def around(case: Case, name: str) -> go.Figure:
    """Score of the case's action for the same person in the seconds around it."""
    table = case.around
    figure = go.Figure()
    for moment in table.loc[table["true"], "timestamp"]:
        figure.add_vrect(
            x0=moment - 0.5, x1=moment + 0.5, fillcolor=TRUTH, opacity=0.2, line_width=0
        )
    figure.add_scatter(
        x=table["timestamp"],
        y=table["score"],
        mode="lines+markers",
        name="score",
        line_color=PREDICTION,
        customdata=np.where(table["true"], "ground truth", "not in the ground truth"),
        hovertemplate="%{x:g} s: %{y:.4f}<br>%{customdata}<extra></extra>",
    )
    figure.add_vline(x=case.keyframe.timestamp, line_width=2, line_dash="dot", line_color=MARKED)
    figure.update_yaxes(title="score", range=[-0.03, 1.03])
    title = f"seconds; green: the person does “{name}”"
    few = np.ptp(table["timestamp"].to_numpy()) < FEW_SECONDS if len(table) else True
    figure.update_xaxes(title=title, tickformat="d", dtick=1 if few else None)
    figure.update_layout(height=230, margin={"l": 10, "r": 10, "t": 10, "b": 10}, showlegend=False)
    return figure


def timeline_table(verdicts: Verdicts, video: str, least_score: float) -> pd.DataFrame:
    """What became of each action in each keyframe of a video.

    Returns:
        One row a keyframe and action: timestamp, class_id, action, right, missed, wrong (numbers
        of people), state. A label counts as found, and a prediction as said, from `least_score`.
    """
    truth = verdicts.ground_truth
    true = truth[(truth["video"] == video) & (verdicts.truth != -2)]
    found = (true["found_score"] >= least_score).to_numpy()
    matching = verdicts.evaluation.matching
    said = verdicts.evaluation.predictions.iloc[matching.prediction]
    chosen = ((said["video"] == video) & (said["score"] >= least_score)).to_numpy()
    alarm = said[chosen & ~matching.correct]
    keys = ["timestamp", "action_id"]
    parts = pd.concat(
        [
            true[keys].assign(right=found, missed=~found, wrong=False),
            alarm[keys].assign(right=False, missed=False, wrong=True),
        ]
    )
    table = parts.groupby(keys, as_index=False)[["right", "missed", "wrong"]].sum()
    label_map = verdicts.evaluation.label_map
    table["action"] = table["action_id"].map({i: label_map.name(i) for i in label_map.ids})
    table["state"] = np.select(
        [
            (table["missed"] == 0) & (table["wrong"] == 0),
            (table["missed"] > 0) & (table["wrong"] > 0),
            table["missed"] > 0,
        ],
        ["right", "missed and false alarm", "missed"],
        "false alarm",
    )
    return table.rename(columns={"action_id": "class_id"})


def timeline(table: pd.DataFrame, chosen: float | None) -> go.Figure:
    """A video's keyframes: one row an action, one mark a keyframe, coloured by what became."""
    order = table.groupby("action").size().sort_values().index
    many = table["timestamp"].nunique() > FEW_KEYFRAMES
    figure = go.Figure()
    for state, color, symbol in (
        ("right", RIGHT, "square"),
        ("missed", MISSED, "circle"),
        ("false alarm", WRONG, "diamond"),
        ("missed and false alarm", BOTH, "x"),
    ):
        part = table[table["state"] == state]
        figure.add_scattergl(
            x=part["timestamp"],
            y=part["action"],
            mode="markers",
            name=state,
            marker={
                "color": color,
                "symbol": "line-ns-open" if many else symbol,
                "size": 14 if many else 8,
                "line": {"width": 2 if many else 0, "color": color},
            },
            customdata=part[["right", "missed", "wrong"]],
            hovertemplate="<b>%{y}</b> at %{x:g} s<br>people right %{customdata[0]}, missed "
            "%{customdata[1]}, false alarms %{customdata[2]}<extra></extra>",
        )
    if chosen is not None:
        figure.add_vline(x=chosen, line_width=2, line_color=MARKED)
    figure.update_yaxes(categoryorder="array", categoryarray=list(order), automargin=True)
    short = table["timestamp"].max() - table["timestamp"].min() < SHORT
    figure.update_xaxes(title="seconds", tickformat="d", dtick=1 if short else None)
    figure.update_layout(
        height=170 + 20 * len(order),
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        legend=LEGEND_ABOVE,
        dragmode="pan",
        clickmode="event+select",
    )
    return figure


def _put_picture(figure: go.Figure, picture: NDArray[np.uint8] | None) -> tuple[int, int]:
    if picture is None:
        width, height = BLANK_SIZE
        figure.add_shape(
            type="rect", x0=0, y0=0, x1=width, y1=height, layer="below", line_width=1,
            fillcolor="rgba(128,128,128,0.10)", line_color="rgba(128,128,128,0.5)",
        )  # fmt: skip
        return BLANK_SIZE
    figure.add_image(z=picture, hoverinfo="skip")
    return picture.shape[1], picture.shape[0]


def _boxes(
    figure: go.Figure,
    people: Sequence[Person],
    name: str,
    color: str,
    dash: str,
    size: tuple[int, int],
    width: float = 2.5,
) -> None:
    for number, person in enumerate(people):
        x1, y1, x2, y2 = (v * s for v, s in zip(person.box, (*size, *size), strict=True))
        figure.add_scatter(
            x=[x1, x2, x2, x1, x1],
            y=[y1, y1, y2, y2, y1],
            mode="lines",
            line={"color": color, "dash": dash, "width": width},
            name=name,
            legendgroup=name,
            showlegend=number == 0,
            text=_words(name, person),
            hoverinfo="text",
            hoveron="points+fills",
            fill="toself",
            fillcolor="rgba(0,0,0,0)",
        )


def _number(
    figure: go.Figure,
    people: Sequence[Person],
    mark: str,
    color: str,
    size: tuple[int, int],
    corner: tuple[int, int],
) -> None:
    x, y = corner
    figure.add_scatter(
        x=[p.box[x] * size[0] for p in people],
        y=[p.box[y] * size[1] for p in people],
        mode="text",
        text=[f"<b>{mark}{n}</b>" for n in range(1, len(people) + 1)],
        textposition="bottom right" if x == 0 else "top left",
        textfont={"color": color, "size": 13},
        showlegend=False,
        hoverinfo="skip",
    )


def _words(name: str, person: Person) -> str:
    labels = person.labels[:MOST_LABELS]
    lines = [
        x.name if np.isnan(x.score) or name == TRUE else f"{x.name} {x.score:.3f}: {x.verdict}"
        for x in labels
    ]
    rest = len(person.labels) - len(labels)
    return "<br>".join([f"<b>{name}</b>", *lines, *([f"and {rest} more"] if rest > 0 else [])])
