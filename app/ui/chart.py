"""Figures on a page: as wide as it is, in its colours, with a button that saves them."""

import re
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

_HTML = re.compile(r"<(?!/?(?:b|br|i|em|sub|sup|span|extra)\b)", re.IGNORECASE)
"""What begins a tag, other than those that figures of ours use."""
FORMATS = ("PNG", "SVG")


def format_choice() -> None:
    """Which format the camera button of every figure on the page saves."""
    st.segmented_control(
        "Figures save as",
        FORMATS,
        default=FORMATS[0],
        required=True,
        key="figure format",
        help="The camera button at a figure's top right saves it in this format.",
    )


def without_links(figure: go.Figure) -> go.Figure:
    """The figure, in whose names no HTML is left that Plotly would take for a link."""
    whole = figure.to_dict()
    return go.Figure(_text(whole)) if _has_html(whole) else figure


def _has_html(value: Any) -> bool:
    if isinstance(value, str):
        return _HTML.search(value) is not None
    if isinstance(value, dict):
        return any(map(_has_html, value.values()))
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "OUS" and any(map(_has_html, value.ravel().tolist()))
    return isinstance(value, list | tuple) and any(map(_has_html, value))


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return _HTML.sub("&lt;", value)
    if isinstance(value, dict):
        return {key: _text(each) for key, each in value.items()}
    if isinstance(value, np.ndarray) and value.dtype.kind in "OUS":
        return _text(value.tolist())
    return [_text(each) for each in value] if isinstance(value, list | tuple) else value


def show(figure: go.Figure, name: str, *, key: str, select: bool = False) -> Any:
    """Draw a figure.

    Args:
        name: File name, without ending, under which the camera button saves it.
        key: The element's key; with `select` also of its selection.
        select: Whether clicking points reruns the page.

    Returns:
        The selection if `select`, else nothing of use.
    """
    figure = without_links(figure)
    format_ = st.session_state.get("figure format") or FORMATS[0]
    config = {
        "displaylogo": False,
        "scrollZoom": select,
        "toImageButtonOptions": {"format": format_.lower(), "filename": name, "scale": 2},
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    }
    if select:
        return st.plotly_chart(
            figure, key=key, config=config, on_select="rerun", selection_mode="points"
        )
    return st.plotly_chart(figure, key=key, config=config)
