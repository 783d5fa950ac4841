"""A list of failures: a row each with its picture; a click anywhere, j and k, or Enter chooses."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from analysis.errors.keyframes import Box
from app.ui.component import component


@dataclass(frozen=True)
class Row:
    """One row: its id, words in bold, words below, words at the right, box, and its picture's
    address ("" where the video is not at hand)."""

    id: str
    title: str
    words: str
    cost: str
    box: Box
    picture: str


def event_list(rows: Sequence[Row], chosen: str, *, key: str) -> str | None:
    """Show rows; gives the id of the one that was just chosen, if any."""
    result = component("event_list")(
        key=key,
        data={"rows": [asdict(row) for row in rows], "chosen": chosen},
        on_choose_change=lambda: None,
    )
    return str(result.choose) if result.choose else None
