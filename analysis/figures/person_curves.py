"""A person's top actions over time as a Plotly figure."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from analysis.figures.palette import SERIES
from analysis.runs.lanes import curve, top_actions
from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import Actions
from lart_core.tracklet import VideoFacts

STEPS = 1000
"""Points of a line at most; of the frames in a step the highest value is drawn."""


def curves(models: Sequence[Actions], track_id: int, video: VideoFacts, frame: int) -> go.Figure:
    """Probabilities of a person's top actions, a line each; a second model's lines are dashed.

    Args:
        frame: Where the cursor is drawn.
    """
    figure = go.Figure()
    top = top_actions(models, track_id, video, len(SERIES))
    for action, color in zip(top, SERIES, strict=False):
        for actions, dash in zip(models, ("solid", "dash"), strict=False):
            person = actions.people.get(track_id)
            if person is None or action not in actions.ava_ids:
                continue
            name = ava_actions()[action].name
            first, last = int(person.frame[0]), int(person.frame[-1])
            bins = min(STEPS, last + 1 - first)
            values = curve(person, actions.ava_ids.index(action), first, last, bins)
            figure.add_scatter(
                x=video.second_of(first + np.arange(bins) * (last + 1 - first) / bins),
                y=np.array(values) / 1000,
                name=name if len(models) == 1 else f"{name} ({actions.model})",
                line={"color": color, "dash": dash, "width": 2},
                hovertemplate="%{y:.0%} at %{x:.2f} s",
            )
    figure.add_vline(float(video.second_of(frame)), line_width=1, line_dash="dot")
    figure.update_yaxes(range=[0, 1], tickformat=".0%", title="probability")
    figure.update_xaxes(title="seconds")
    figure.update_layout(
        height=340,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": -0.3},
        hovermode="x unified",
        uirevision=str(track_id),
    )
    return figure
