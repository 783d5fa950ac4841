"""A person's body at one frame, turned freely in 3-D, as a Streamlit component."""

from pathlib import Path
from typing import Any

import streamlit as st

from app import library, media
from lart_core.rendering import colors
from lart_core.run import Run

HERE = Path(__file__).resolve().parent

LOADER = """
const address = new URL("/lart/body_view/body_view.js", location.origin).href;
const { default: mount } = await import(address);
export default mount;
"""


def body_view(run: Run, track_id: int, frame: int, *, key: str = "body") -> None:
    """Show the body of a person at a frame of a run."""
    _component()(
        key=key,
        data={
            "vertices": f"{media.address(run.path.name)}/body/{track_id}/{frame}"
            f"?{library.version(run)}",
            "faces": media.FACES,
            "color": colors.color(track_id),
            "label": f"3-D body of person {track_id} at frame {frame}",
        },
    )


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(
        "lart_body_view",
        html=(HERE / "body_view.html").read_text(encoding="utf-8"),
        css=(HERE / "body_view.css").read_text(encoding="utf-8"),
        js=LOADER,
    )
