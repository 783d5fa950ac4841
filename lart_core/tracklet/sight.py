"""When a person of a tracklet was in sight: what is shown, exported and counted.

A tracklet reaches over every gap between two sightings, as PHALP's do, and holds the tracker's
prediction there. A short gap is a blink of the detector: the person is there. In a longer one
nobody knows, and what was predicted must not look like a person.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lart_core.tracklet.data import Tracklet, VideoFacts

BRIDGED = 0.25
"""Seconds: gaps up to this are bridged."""


def seen(tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether the person was seen, with a body or without."""
    return tracklet.detected | (tracklet.score > 0)


def in_sight(tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether the person was seen, or was out of sight for a moment only."""
    return bridged(seen(tracklet), tracklet.frame, tracklet.video)


def with_body(tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether the body is believed: it was lifted, or missing for a moment only."""
    return bridged(tracklet.detected, tracklet.frame, tracklet.video) & in_sight(tracklet)


def bridged(
    known: NDArray[np.bool_], frame: NDArray[np.int64], video: VideoFacts
) -> NDArray[np.bool_]:
    """(T,) of something known at some of the (T,) frames: also in short gaps between two."""
    out, second = known.copy(), video.second_of(frame)
    for before, after in pairwise(np.flatnonzero(known).tolist()):
        if second[after] - second[before] <= BRIDGED + 1 / video.fps + 1e-6:
            out[before:after] = True
    return out
