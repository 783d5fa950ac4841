"""The player: one cursor over a run's video, people and lanes, as a Streamlit component.

While it plays nothing goes to Python; when it stands still it sends its cursor once.
"""

from typing import Any

from app.ui.component import component
from app.watch.facts import Cursor, facts
from lart_core.runs.run import Run


def player(run: Run, cursor: Cursor, models: list[str]) -> Cursor:
    """Show the player and say where its cursor stands.

    Args:
        cursor: Where it begins.
        models: One or two models for the lanes.
    """
    data = facts(run, cursor, models)
    result = component("player")(
        key="player",
        data=data,
        default={"cursor": None},
        on_cursor_change=lambda: None,
    )
    given: dict[str, Any] | None = result.cursor
    if given is None or given["seek"] != data["seek"]:
        return cursor
    return Cursor(int(given["frame"]), given["person"] and int(given["person"]))
