"""The same tracklet at another frame rate."""

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from lart_core.tracklet.data import Tracklet
from lart_core.tracklet.validate import LAYOUT

SAME = 0.1
"""Rates that differ by less than this share count as the same."""


def at_rate(tracklet: Tracklet, fps: float) -> Tracklet:
    """The tracklet as a camera with `fps` frames a second would have given it.

    Each new frame is the nearest old one; frames count from the tracklet's first. Rates within 10 %
    of each other give the tracklet itself.
    """
    own = tracklet.video.fps
    if abs(own / fps - 1) < SAME:
        return tracklet
    count = max(1, round((len(tracklet) - 1) * fps / own) + 1)
    rows = np.round(np.linspace(0, len(tracklet) - 1, count)).astype(int)
    arrays = {
        f.name: getattr(tracklet, f.name)[rows]
        for f in fields(tracklet)
        if LAYOUT.get(f.name, ("", ()))[1][:1] == ("T",)
    }
    shown = (tracklet.appearance_frame - tracklet.first) * fps / own
    return replace(
        tracklet,
        **arrays | {"frame": np.arange(count)},
        mask=tracklet.mask and tuple(tracklet.mask[row] for row in rows),
        video=replace(tracklet.video, fps=fps, frames=count),
        appearance_frame=np.round(shown).astype(np.int64),
    )


def stretch(values: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """(T, C) -> (length, C), linear between rows; ends stay ends."""
    if len(values) == length:
        return values
    at = np.linspace(0, len(values) - 1, length)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    share = (at - low).astype(np.float32)[:, None]
    return values[low] * (1 - share) + values[high] * share
