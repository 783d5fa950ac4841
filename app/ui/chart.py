"""Figures on a page: as wide as it is, in its colours, with a button that saves them."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

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


def show(figure: go.Figure, name: str, *, key: str, select: bool = False) -> Any:
    """Draw a figure.

    Args:
        name: File name, without ending, under which the camera button saves it.
        key: The element's key; with `select` also of its selection.
        select: Whether clicking points reruns the page.

    Returns:
        The selection if `select`, else nothing of use.
    """
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
