"""Components of our own in Streamlit: a folder with one file each of HTML, CSS and JavaScript.

The JavaScript is served as ES modules by `app.media`; what is handed to Streamlit only loads it.
"""

from pathlib import Path
from typing import Any

import streamlit as st

APP = Path(__file__).resolve().parents[1]


@st.cache_resource(show_spinner=False)
def component(name: str) -> Any:
    """The component in the folder ``app/<name>``, to be called as Streamlit's own are."""
    folder = APP / name
    return st.components.v2.component(
        f"lart_{name}",
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        css=(folder / f"{name}.css").read_text(encoding="utf-8"),
        js=f"""
const address = new URL("/lart/{name}/{name}.js", location.origin).href;
const {{ default: mount }} = await import(address);
export default mount;
""",
    )
