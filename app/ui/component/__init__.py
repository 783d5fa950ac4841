"""Components of our own in Streamlit: a folder with one file each of HTML, CSS and JavaScript.

The JavaScript is served as ES modules by `app.server.routes`; what Streamlit is handed loads it.
"""

from importlib.resources import files
from pathlib import Path
from typing import Any

import streamlit as st

PACKAGES = {
    "component": "app.ui.component",
    "back": "app.ui.back",
    "player": "app.watch.player",
    "clip_player": "app.results.clip_player",
    "event_list": "app.results.event_list",
    "tiles": "app.find.tiles",
    "upload": "app.ui.upload",
}
"""Every component, and the shared `mount.js`, with the package that its files lie in."""


def folders() -> dict[str, Path]:
    """The folder of every component's files."""
    return {name: Path(str(files(package))) for name, package in PACKAGES.items()}


@st.cache_resource(show_spinner=False)
def component(name: str) -> Any:
    """The component `name` of `PACKAGES`, to be called as Streamlit's own are."""
    folder = folders()[name]
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
