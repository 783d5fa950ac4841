"""The same tracklet at another frame rate."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.motion.rotations import nearest_rotations
from lart_core.series import between
from lart_core.tracklet.data import WHERE_KNOWN, Tracklet

SAME = 0.1
"""Rates that differ by less than this share count as the same."""
ROTATIONS = ("global_orient", "body_pose")
MEASURES = ("box", "betas", "camera", "joints", "regressed")
FACTS = ("score", "detected", "unseen")


def at_rate(tracklet: Tracklet, fps: float) -> Tracklet:
    """The tracklet as a camera with `fps` frames a second would have given it.

    A new frame lies between the two old ones around it in time if both were detected, and else is
    the nearest of them; frames count from the tracklet's first. Rates within 10 % of each other
    give the tracklet itself, unless its own rate varies.
    """
    if not tracklet.video.variable and abs(tracklet.video.fps / fps - 1) < SAME:
        return tracklet
    seconds = tracklet.times - tracklet.times[0]
    count = max(1, round(seconds[-1] * fps) + 1)
    ticks = np.linspace(0, seconds[-1], count)
    at = np.round(np.interp(ticks, seconds, np.arange(len(tracklet))), 9)
    nearest = np.round(at).astype(int)
    low, high = np.floor(at).astype(int), np.ceil(at).astype(int)
    blended = (low < high) & tracklet.detected[low] & tracklet.detected[high]
    arrays: dict[str, Any] = {}
    for name in (*ROTATIONS, *MEASURES, *FACTS):
        old = getattr(tracklet, name)
        if name in WHERE_KNOWN and not len(old):
            continue
        arrays[name] = old[nearest]
        if name not in FACTS:
            mean = between(old, at[blended])
            arrays[name][blended] = nearest_rotations(mean) if name in ROTATIONS else mean
    shown = seconds[tracklet.appearance_frame - tracklet.first] * fps
    return replace(
        tracklet,
        **arrays,
        frame=np.arange(count),
        mask=tracklet.mask and tuple(tracklet.mask[row] for row in nearest),
        video=replace(tracklet.video, fps=fps, frames=count, times=None),
        appearance_frame=np.round(shown).astype(np.int64),
        given=np.zeros(0, np.int64),
        keyframe=None,
    )


def at_times(values: NDArray[np.float32], times: NDArray[np.float64]) -> NDArray[np.float32]:
    """Evenly spaced values (T', C) at other times: (T, C), linear in between; ends stay ends.

    Args:
        values: Of the frames of `at_rate`.
        times: (T,) seconds of the tracklet's own frames.
    """
    since = times - times[0]
    at = np.round(since / max(since[-1], 1e-9) * (len(values) - 1), 9)
    return values if np.array_equal(at, np.arange(len(values))) else between(values, at)
