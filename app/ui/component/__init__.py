"""Components of our own in Streamlit: a folder with one file each of HTML, CSS and JavaScript.

The JavaScript is served as ES modules by `app.server.modules`; what Streamlit is handed loads it.
"""

import hashlib
import json
import posixpath
import re
from functools import cache
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

IMPORT = re.compile(r'from "(?P<above>\.\.?/)(?P<name>[\w/]+\.js)"')
"""How a module names another, from its own folder or the one above."""


def folders() -> dict[str, Path]:
    """The folder of every component's files."""
    return {name: Path(str(files(package))) for name, package in PACKAGES.items()}


@cache
def address() -> str:
    """Where the modules are served: it changes with their text, so browsers keep them for good."""
    digest = hashlib.sha256()
    for name, folder in folders().items():
        for file in sorted(folder.glob("*.js")):
            digest.update(f"{name}/{file.name}\0".encode() + file.read_bytes() + b"\0")
    return f"/lart/modules/{digest.hexdigest()[:16]}"


def modules(name: str) -> list[str]:
    """The module of a component and all that it imports, as ``FOLDER/FILE.js``, each once."""
    found = [f"{name}/{name}.js"]
    for module in found:
        folder, file = module.split("/")
        source = (folders()[folder] / file).read_text(encoding="utf-8")
        imported = [posixpath.normpath(f"{folder}/{a}{b}") for a, b in IMPORT.findall(source)]
        found += [path for path in dict.fromkeys(imported) if path not in found]
    return found


@st.cache_resource(show_spinner=False)
def component(name: str) -> Any:
    """The component `name` of `PACKAGES`, to be called as Streamlit's own are.

    A browser learns what a module imports only once it has it; so it is told of all at once.
    """
    folder = folders()[name]
    first, *others = (f"{address()}/{module}" for module in modules(name))
    return st.components.v2.component(
        f"lart_{name}",
        html=(folder / f"{name}.html").read_text(encoding="utf-8"),
        css=(folder / f"{name}.css").read_text(encoding="utf-8"),
        js=f"""
const at = (path) => new URL(path, location.origin).href;
for (const path of {json.dumps(others)}) {{
  document.head.append(Object.assign(document.createElement("link"), {{
    rel: "modulepreload", href: at(path) }}));
}}
const {{ default: mount }} = await import(at({json.dumps(first)}));
export default mount;
""",
    )
