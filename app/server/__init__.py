"""The app as one server: Streamlit, the files of runs, and the jobs' supervisor."""

import tomllib
from pathlib import Path
from typing import Any

from streamlit.starlette import App

from app import failure, media

HERE = Path(__file__).resolve().parent


def settings(**given: Any) -> dict[str, Any]:
    """Streamlit's settings: ``.streamlit/config.toml`` of this project, then those given."""
    with (HERE.parent.parent / ".streamlit" / "config.toml").open("rb") as file:
        return _flat(tomllib.load(file)) | given


def build() -> App:
    """The server, ready to run."""
    return App(HERE / "main.py", routes=media.routes(), on_script_error=failure.show)


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
