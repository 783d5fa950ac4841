"""A moment of a result set's video, playing: the seconds around a keyframe and its boxes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from analysis.errors.keyframes import Box
from app.ui.component import component

BEFORE, AFTER = 2.0, 2.0
"""Seconds around a moment that are played, again and again."""


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


def clip_player(
    address: str, seconds: float, at: float, marks: Sequence[Marks], label: str, *, key: str
) -> None:
    """Play a video around a moment.

    Args:
        address: Of the copy (`app.ui.media_addresses.film_address`).
        seconds: How long the copy is.
        at: The moment, in seconds from its beginning.
        marks: What is drawn, keyframe by keyframe; between keyframes boxes fade.
        label: Says what is seen to those who cannot see it.
    """
    component("clip_player")(
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
