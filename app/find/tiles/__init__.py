"""Tiles: pictures of runs in rows of equal height, that play in place with boxes and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.ui import errors, navigation
from app.ui.component import component
from app.ui.media_addresses import run_address, still_address


@dataclass(frozen=True)
class Tile:
    """A stretch of a run.

    Attributes:
        run: Id. title: What the link reads. lines: What stands below.
        still: The frame that is seen while it does not play.
        first, last: The frames that are played, again and again.
        person: Whom it is about, or None for everyone. model: Whose words are shown, or "".
        badge: A word over the picture, or "".
        actions: (name, what is triggered) of each button.
        playing: Whether it plays by itself.
        opens_at_start: Whether Watch opens at the beginning, not at `still`.
        key: What tells it from all others, if its run does not.
    """

    run: str
    title: str
    lines: tuple[str, ...]
    still: int
    first: int
    last: int
    person: int | None = None
    model: str = ""
    badge: str = ""
    actions: tuple[tuple[str, str], ...] = ()
    playing: bool = False
    opens_at_start: bool = False
    key: str = ""


def tiles(shown: Sequence[Tile], *, key: str, large: bool = False) -> tuple[str, int] | None:
    """Show tiles. A click on one opens Watch there.

    Args:
        large: Whether a tile is as wide as the page allows.

    Returns:
        The action whose button was clicked and the number of its tile; None where none was, or
        where that is not shown any more, which is said.
    """
    result = component("tiles")(
        key=key,
        data={"tiles": [_plain(tile) for tile in shown], "large": large},
        on_act_change=lambda: None,
    )
    act: dict[str, Any] | None = result.act
    if not act:
        return None
    number = next((n for n, tile in enumerate(shown) if _key(tile) == act["tile"]), None)
    if number is None:
        errors.say("That is not here any more; this page shows what is.")
        return None
    if act["name"] == "open":
        navigation.go("watch", **_place(shown[number]))
    return str(act["name"]), number


def _key(tile: Tile) -> str:
    return tile.key or tile.run


def _place(tile: Tile) -> dict[str, Any]:
    """Where on Watch a tile leads."""
    return {
        "run": tile.run,
        "a": tile.model or None,
        "frame": None if tile.opens_at_start else tile.still,
        "person": tile.person,
    }


def _plain(tile: Tile) -> dict[str, Any]:
    return {
        "key": _key(tile),
        "address": run_address(tile.run),
        "href": navigation.address("watch", **_place(tile)),
        "picture": still_address(tile.run, tile.still, tile.person),
        "title": tile.title,
        "lines": tile.lines,
        "still": tile.still,
        "first": tile.first,
        "last": tile.last,
        "person": tile.person,
        "model": tile.model,
        "badge": tile.badge,
        "actions": tile.actions,
        "playing": tile.playing,
    }
