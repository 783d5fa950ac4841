"""The colours and the layout that all figures share.

The colours are those that Okabe and Ito chose for people with any kind of colour vision.
"""

import plotly.graph_objects as go

BLUE, SKY, GREEN = "#0072B2", "#56B4E9", "#009E73"
ORANGE, RED, PINK = "#E69F00", "#D55E00", "#CC79A7"
GREY, PALE = "#7f8c8d", "#9aa5b1"
SERIES = (BLUE, RED, GREEN, PINK, ORANGE)
"""One a line, in the order in which they are taken."""
TRUTH, PREDICTION, MARKED = GREEN, RED, BLUE
"""Boxes and scores: ground truth, predictions, and the one that is talked about."""
LEGEND_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def tidy(figure: go.Figure, height: int) -> go.Figure:
    """The figure with narrow margins, and its legend above in one line.

    Args:
        figure: Changed in place.
        height: Pixels.
    """
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        legend=LEGEND_ABOVE,
        bargap=0.15,
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    return figure
