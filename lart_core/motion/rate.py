"""The same tracklet at another frame rate."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.motion.rotations import nearest_rotations
from lart_core.series import between
from lart_core.tracklet.data import Tracklet

SAME = 0.1
"""Rates that differ by less than this share count as the same."""
ROTATIONS = ("global_orient", "body_pose")
MEASURES = ("box", "betas", "camera", "joints")
FACTS = ("score", "detected")


def at_rate(tracklet: Tracklet, fps: float) -> Tracklet:
    """The tracklet as a camera with `fps` frames a second would have given it.

    A new frame lies between the two old ones around it if both were detected, and else is the
    nearest of them; frames count from the tracklet's first. Rates within 10 % of each other give
    the tracklet itself.
    """
    own = tracklet.video.fps
    if abs(own / fps - 1) < SAME:
        return tracklet
    count = max(1, round((len(tracklet) - 1) * fps / own) + 1)
    at = np.linspace(0, len(tracklet) - 1, count)
    nearest = np.round(at).astype(int)
    low, high = np.floor(at).astype(int), np.ceil(at).astype(int)
    blended = (low < high) & tracklet.detected[low] & tracklet.detected[high]
    arrays: dict[str, Any] = {}
    for name in (*ROTATIONS, *MEASURES, *FACTS):
        old = getattr(tracklet, name)
        arrays[name] = old[nearest]
        if name not in FACTS:
            mean = between(old, at[blended])
            arrays[name][blended] = nearest_rotations(mean) if name in ROTATIONS else mean
    shown = (tracklet.appearance_frame - tracklet.first) * fps / own
    return replace(
        tracklet,
        **arrays,
        frame=np.arange(count),
        mask=tracklet.mask and tuple(tracklet.mask[row] for row in nearest),
        video=replace(tracklet.video, fps=fps, frames=count),
        appearance_frame=np.round(shown).astype(np.int64),
        given=np.zeros(0, np.int64),
        keyframe=None,
    )


def to_length(values: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """(T, C) -> (length, C), linear between rows; ends stay ends."""
    if len(values) == length:
        return values
    return between(values, np.linspace(0, len(values) - 1, length))
