"""A moment of a result set's video, playing: the seconds around a keyframe and its boxes.

As with the player, its JavaScript is served as ES modules by `app.media`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from analysis.keyframes import Box

HERE = Path(__file__).resolve().parent
BEFORE, AFTER = 2.0, 2.0
"""Seconds around a moment that are played, again and again."""

LOADER = """
const { default: mount } = await import(new URL("/lart/moment/moment.js", location.origin).href);
export default mount;
"""


@dataclass(frozen=True)
class MarkedBox:
    """A box on the video, in fractions of the picture: what it stands for, and its words."""

    box: Box
    kind: Literal["true", "said", "this"]
    text: str = ""


@dataclass(frozen=True)
class Marks:
    """The boxes of a keyframe at `time`, in seconds from the beginning of the copy."""

    time: float
    boxes: Sequence[MarkedBox]


def moment(
    address: str, seconds: float, at: float, marks: Sequence[Marks], label: str, *, key: str
) -> None:
    """Play a video around a moment.

    Args:
        address: Of the copy (`app.media.film_address`).
        seconds: How long the copy is.
        at: The moment, in seconds from its beginning.
        marks: What is drawn, keyframe by keyframe; between keyframes boxes fade.
        label: Says what is seen to those who cannot see it.
    """
    _component()(
        key=key,
        data={
            "address": address,
            "at": at,
            "first": max(at - BEFORE, 0.0),
            "last": min(at + AFTER, seconds),
            "marks": [asdict(one) for one in marks],
            "label": label,
        },
    )


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(
        "lart_moment",
        html=(HERE / "moment.html").read_text(encoding="utf-8"),
        css=(HERE / "moment.css").read_text(encoding="utf-8"),
        js=LOADER,
    )
