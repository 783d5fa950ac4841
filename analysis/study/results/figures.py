"""Figures of a study: mAP against mask ratio and missing frames, and two kinds compared (Plotly).

Every axis of mAP begins at 0. A line joins the means over seeds, its bars are 95 % over videos, and
each seed is a small dot.
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.figures.palette import BLUE, GREEN, GREY, ORANGE, PINK, RED, SKY
from analysis.study.results.compare import FEW, difference
from analysis.study.results.grid_file import Estimate, Grid, Kind

INPUT_COLOR = {False: BLUE, True: RED}
LINES = (
    (ORANGE, "circle", "solid"),
    (SKY, "square", "solid"),
    (BLUE, "diamond", "solid"),
    (PINK, "triangle-up", "solid"),
    (GREEN, "cross", "solid"),
)
"""Colour, mark and dash of each mask ratio."""
SCRATCH = (GREY, "x", "dot")
NO_JOINTS = ("#8C6D31", "diamond-open", "dash")
BETTER, WORSE = BLUE, RED
SCRATCH_AT = -0.15
"""Where on the axis of mask ratios models stand that were not pre-trained."""
LEGEND_BELOW = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
"""Below everything, at any width: Plotly keeps room for it there."""
APART = 0.022
"""How far marks of one place stand apart along either axis; seeds stand half of it aside."""


def by_mask_ratio(grid: Grid) -> go.Figure:
    """mAP against the mask ratio of pre-training, with no frames missing."""
    figure = go.Figure()
    for appearance in (False, True):
        kinds = [k for k in grid.kinds if k.appearance == appearance]
        color, aside = INPUT_COLOR[appearance], APART if appearance else -APART
        groups = (
            ([k for k in kinds if k.joints and k.pretrained], "circle", "", aside),
            ([k for k in kinds if k.joints and not k.pretrained], "x", ", from scratch", aside),
            ([k for k in kinds if not k.joints], "diamond-open", " without joints", 2.5 * aside),
        )
        for group, symbol, more, shift in groups:
            if not group:
                continue
            name = f"{group[0].inputs}{more}"
            x = [shift + (k.mask_ratio if k.pretrained else SCRATCH_AT) for k in group]
            points = [grid.estimate(k) for k in group]
            _line(figure, x, points, name, (color, symbol, "solid"), [str(k) for k in group])
    ratios = sorted({k.mask_ratio for k in grid.kinds if k.pretrained})
    ticks = {ratio: f"{100 * ratio:g} %" for ratio in ratios}
    if any(not k.pretrained for k in grid.kinds):
        ticks = {SCRATCH_AT: "from scratch"} | ticks
    figure.update_xaxes(
        title="Mask ratio in pre-training", tickvals=list(ticks), ticktext=list(ticks.values()),
        range=[min(ticks, default=0) - 0.07, max(ticks, default=1) + 0.07], zeroline=False,
    )  # fmt: skip
    return _tidy(figure, grid)


def by_missing(grid: Grid) -> go.Figure:
    """mAP against the share of frames that are missing at test time, a panel for each input."""
    inputs = sorted({k.appearance for k in grid.kinds})
    titles = [next(k.inputs for k in grid.kinds if k.appearance == i).capitalize() for i in inputs]
    figure = make_subplots(
        1, len(inputs), shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.04
    )
    ratios = sorted({k.mask_ratio for k in grid.kinds if k.pretrained and k.joints})
    named: set[str] = set()
    for column, appearance in enumerate(inputs, 1):
        kinds = [k for k in grid.kinds if k.appearance == appearance]
        for number, kind in enumerate(kinds):
            aside = APART * (number - (len(kinds) - 1) / 2)
            points = [grid.estimate(kind, share) for share in grid.missing]
            name = f"{kind.training}{'' if kind.joints else ', without joints'}"
            x = [share + aside for share in grid.missing]
            words = [f"{kind}, {100 * share:g} % missing" for share in grid.missing]
            place = {"row": 1, "col": column}
            _line(figure, x, points, name, _style(kind, ratios), words, name not in named, place)
            named.add(name)
    figure.update_xaxes(title="Missing frames", tickvals=grid.missing,
                        ticktext=[f"{100 * share:g} %" for share in grid.missing],
                        zeroline=False)  # fmt: skip
    return _tidy(figure, grid)


def against_no_masking(grid: Grid) -> go.Figure | None:
    """mAP that masking in pre-training brings, against the same training without it.

    Differences are paired: both models on the same draws of the videos. A panel for each input, a
    line for each mask ratio, over the share of missing frames. None where the study has no such
    pair.
    """
    rows = []
    for kind in grid.kinds:
        bare = replace(kind, mask_ratio=0.0)
        if not kind.pretrained or not kind.mask_ratio or bare not in grid.kinds:
            continue
        for share in grid.missing:
            found = difference(grid, bare, kind, share)
            if found:
                rows.append((kind, share, found.value, found.low, found.high))
    if not rows:
        return None
    inputs = sorted({kind.appearance for kind, *_ in rows})
    titles = [next(k.inputs for k, *_ in rows if k.appearance == i).capitalize() for i in inputs]
    figure = make_subplots(
        1, len(inputs), shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.04
    )
    ratios = sorted({k.mask_ratio for k in grid.kinds if k.pretrained and k.joints})
    shown = sorted({kind.mask_ratio for kind, *_ in rows})
    table = pd.DataFrame(rows, columns=["kind", "share", "value", "low", "high"])
    for kind, part in table.groupby("kind", sort=False):
        color, symbol, dash = _style(kind, ratios)
        aside = APART * (shown.index(kind.mask_ratio) - (len(shown) - 1) / 2)
        figure.add_scatter(
            x=part["share"] + aside,
            y=100 * part["value"],
            error_y=_bars(part["value"], part["low"], part["high"]) | {"color": color},
            mode="lines+markers",
            name=kind.training,
            legendgroup=kind.training,
            showlegend=kind.appearance == inputs[0],
            marker={"size": 9, "color": color, "symbol": symbol},
            line={"color": color, "dash": dash},
            customdata=100 * part[["low", "high"]],
            hovertemplate=f"{kind}: %{{y:+.2f}} points<br>95 % %{{customdata[0]:+.2f}} to "
            "%{customdata[1]:+.2f}<extra></extra>",
            row=1,
            col=inputs.index(kind.appearance) + 1,
        )
    figure.add_hline(y=0, line_width=2, line_color=GREY)
    figure.update_xaxes(title="Missing frames", tickvals=grid.missing, automargin=True,
                        ticktext=[f"{100 * share:g} %" for share in grid.missing],
                        zeroline=False)  # fmt: skip
    figure.update_yaxes(zeroline=False)
    figure.update_layout(
        yaxis_title="mAP gained (points)", height=400, legend=LEGEND_BELOW, hovermode="closest",
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
    )  # fmt: skip
    return figure


def difference_by_missing(grid: Grid, a: Kind, b: Kind) -> go.Figure:
    """mAP of B minus A against the share of missing frames, with paired intervals."""
    found = {share: difference(grid, a, b, share) for share in grid.missing}
    table = pd.DataFrame(
        [(share, d.value, d.low, d.high) for share, d in found.items() if d],
        columns=["share", "value", "low", "high"],
    )
    figure = go.Figure()
    figure.add_hline(y=0, line_width=1, line_color=GREY)
    figure.add_scatter(
        x=table["share"],
        y=100 * table["value"],
        error_y=_bars(table["value"], table["low"], table["high"]),
        mode="lines+markers",
        marker={"size": 9, "color": BETTER},
        line={"color": BETTER},
        customdata=100 * table[["low", "high"]],
        hovertemplate="%{x:.0%} missing: %{y:+.2f} points<br>95 % %{customdata[0]:+.2f} to "
        "%{customdata[1]:+.2f}<extra></extra>",
    )
    figure.update_xaxes(title="Missing frames", tickvals=grid.missing,
                        ticktext=[f"{100 * share:g} %" for share in grid.missing],
                        zeroline=False)  # fmt: skip
    figure.update_yaxes(title="mAP, B minus A (points)", zeroline=False)
    figure.update_layout(height=300, margin={"l": 10, "r": 10, "t": 20, "b": 10}, showlegend=False)
    return figure


def class_differences(table: pd.DataFrame) -> go.Figure:
    """AP of each action, B minus A, sorted; seeds as dots; few true labels pale and hatched.

    Args:
        table: As `analysis.study.results.compare.class_differences` gives it.
    """
    figure = go.Figure()
    rare = f", under {FEW} labels"
    for few, better, name in (
        (False, True, "B better"),
        (False, False, "A better"),
        (True, True, f"B better{rare}"),
        (True, False, f"A better{rare}"),
    ):
        part = table[(table["few"] == few) & ((table["difference"] > 0) == better)]
        if part.empty:
            continue
        figure.add_bar(
            x=100 * part["difference"],
            y=part["action"],
            orientation="h",
            name=name,
            opacity=0.45 if few else 1.0,
            marker={"color": BETTER if better else WORSE, "pattern_shape": "/" if few else ""},
            customdata=pd.DataFrame({"a": 100 * part["a"], "b": 100 * part["b"],
                                     "n": part["positives"]}),
            hovertemplate="<b>%{y}</b><br>%{x:+.2f} points<br>A %{customdata[0]:.1f} %, B "
            "%{customdata[1]:.1f} %<br>%{customdata[2]:,} ground-truth labels<extra></extra>",
        )  # fmt: skip
    dots = [(100 * value, row.action) for row in table.itertuples() for value in row.spread]
    figure.add_scatter(
        x=[x for x, _ in dots],
        y=[y for _, y in dots],
        mode="markers",
        name="one seed",
        marker={"size": 5, "color": GREY, "line": {"width": 1, "color": "#ffffff"}},
        hovertemplate="%{y}, one seed: %{x:+.2f} points<extra></extra>",
    )
    figure.add_vline(x=0, line_width=1, line_color=GREY)
    labels = [f"{row.action} ({row.positives:,})" for row in table.itertuples()]
    figure.update_yaxes(categoryorder="array", categoryarray=table["action"], tickmode="array",
                        tickvals=table["action"], ticktext=labels, automargin=True)  # fmt: skip
    figure.update_xaxes(title="AP, B minus A (points)", zeroline=False)
    figure.update_layout(
        height=150 + 24 * len(table),
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        legend={"orientation": "h", "y": 1.01, "yanchor": "bottom", "x": 0},
        barmode="overlay",
        bargap=0.25,
        clickmode="event+select",
    )
    return figure


def _line(
    figure: go.Figure,
    x: Sequence[float],
    points: Sequence[Estimate | None],
    name: str,
    style: tuple[str, str, str],
    words: Sequence[str],
    legend: bool = True,
    place: dict[str, int] | None = None,
) -> None:
    """Means with their intervals as a line, and each seed as a dot."""
    color, symbol, dash = style
    there = [(at, one, text) for at, one, text in zip(x, points, words, strict=True) if one]
    table = pd.DataFrame(
        [(at, one.value, one.low, one.high, text, len(one.seeds)) for at, one, text in there],
        columns=["x", "value", "low", "high", "text", "seeds"],
    )
    more = place or {}
    figure.add_scatter(
        x=[at + APART / 2 for at, one, _ in there for _ in one.seeds],
        y=[100 * value for _, one, _ in there for value in one.seeds.values()],
        mode="markers",
        marker={"size": 4, "color": color},
        legendgroup=name,
        showlegend=False,
        hovertemplate="one seed: %{y:.2f} %<extra></extra>",
        **more,
    )
    figure.add_scatter(
        x=table["x"],
        y=100 * table["value"],
        error_y=_bars(table["value"], table["low"], table["high"]),
        mode="lines+markers",
        name=name,
        legendgroup=name,
        showlegend=legend,
        line={"color": color, "dash": dash, "width": 2},
        marker={"size": 8, "symbol": symbol},
        customdata=pd.DataFrame({"low": 100 * table["low"], "high": 100 * table["high"],
                                 "text": table["text"], "seeds": table["seeds"]}),
        hovertemplate="<b>%{customdata[2]}</b><br>mAP %{y:.2f} % (95 % %{customdata[0]:.2f} to "
        "%{customdata[1]:.2f})<br>seeds: %{customdata[3]}<extra></extra>",
        **more,
    )  # fmt: skip


def _bars(value: pd.Series, low: pd.Series, high: pd.Series) -> dict[str, object]:
    """Error bars, in points."""
    return {
        "type": "data", "symmetric": False, "thickness": 1.2, "width": 3,
        "array": 100 * (high - value).clip(lower=0),
        "arrayminus": 100 * (value - low).clip(lower=0),
    }  # fmt: skip


def _style(kind: Kind, ratios: Sequence[float]) -> tuple[str, str, str]:
    if not kind.joints:
        return NO_JOINTS
    return LINES[ratios.index(kind.mask_ratio) % len(LINES)] if kind.pretrained else SCRATCH


def _tidy(figure: go.Figure, grid: Grid) -> go.Figure:
    top = 108 * max(grid.table["high"].max(), grid.table["mean_ap"].max())
    figure.update_yaxes(range=[0, top], zeroline=False)
    figure.update_xaxes(automargin=True)
    figure.update_layout(
        yaxis_title="mAP@0.5 on held-out videos (%)",
        height=430,
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        legend=LEGEND_BELOW,
        hovermode="closest",
    )
    return figure
