"""When a person of a tracklet was in sight: what is shown, exported and counted.

A tracklet reaches over every gap between two sightings, as PHALP's do, and holds the tracker's
prediction there. A short gap is a blink of the detector: the person is there. In a longer one
nobody knows, and what was predicted must not look like a person.
"""

import numpy as np
from numpy.typing import NDArray

from lart_core.series import nearest
from lart_core.tracklet.data import Tracklet, VideoFacts

BRIDGED = 0.25
"""Seconds: gaps up to this are bridged."""
INFILLED = 1.0
"""Seconds over which a model may say what nothing of was seen."""
PELVIS, THIGHS, NECK = 0, (1, 2), 12
"""Parts of the body, as in `Tracklet.unseen`, and joints."""
RARE = 0.2
"""Share of bodies among the sights of a person within a second, below which none is believed."""
FORESHORTENED = 0.7
"""Cosine, about 45 degrees, of the trunk's angle to the vertical from which on it is not believed
that whoever has no legs leans at the camera."""


def seen(tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether the person was seen, with a body or without."""
    return sighted(tracklet.detected, tracklet.score)


def sighted(detected: NDArray[np.bool_], score: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(T,) whether somebody was seen, by what a tracklet says of the frames."""
    return np.asarray(detected | (score > 0))


def in_sight(tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether the person was seen, or was out of sight for a moment only."""
    return bridged(seen(tracklet), tracklet.frame, tracklet.video)


def with_body(tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether the body is believed: it was lifted, or missing for a moment only."""
    return bridged(tracklet.detected, tracklet.frame, tracklet.video) & in_sight(tracklet)


def judged(tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether a model is shown the body: it was lifted, and a hip was seen. Head and chest
    alone look alike while people stand, sit and lie.

    Nor is a model shown the body of whoever leans at the camera, or away, and has no thighs in
    sight: of a face that fills the picture the hips are guessed at its lower edge, far behind. And
    a body that somebody has now and then, in fewer than one of five of the frames within a second
    in which they were seen, is a slip. Where nothing is known of unseen parts, every lifted body is
    shown.
    """
    if not len(tracklet.unseen):
        return tracklet.detected
    guessed = ~leg_seen(tracklet) & foreshortened(tracklet.joints)
    believed = tracklet.detected & ~tracklet.unseen[:, PELVIS] & ~guessed
    return believed & ~_rare(believed, tracklet)


def foreshortened(joints: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(...) whether the trunk of (..., 45, 3) joints is more than 45 degrees from upright, and
    rather in depth than sideways."""
    trunk = joints[..., NECK, :] - joints[..., PELVIS, :]
    upright = -trunk[..., 1] > FORESHORTENED * np.linalg.norm(trunk, axis=-1)
    return np.asarray(~upright & (np.abs(trunk[..., 2]) > np.abs(trunk[..., 0])))


def leg_seen(tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether a thigh was seen; everybody's, where nothing is known of unseen parts."""
    if not len(tracklet.unseen):
        return np.ones(len(tracklet), bool)
    return np.asarray(~tracklet.unseen[:, THIGHS].all(axis=1))


def legless(tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether a model is shown the body, but no thigh was seen."""
    return judged(tracklet) & ~leg_seen(tracklet)


def infilled(tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether what a model says there rests on a body that it was shown, at most a second
    away."""
    return _within_a_second(judged(tracklet), tracklet)


def looked_at(tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether what a model says by appearance rests on a sight of the person, with a body or
    without, at most a second away."""
    return _within_a_second(seen(tracklet), tracklet)


def _rare(body: NDArray[np.bool_], tracklet: Tracklet) -> NDArray[np.bool_]:
    """(T,) whether within a second fewer than one in five of the sights of the person is a body."""
    second = tracklet.times
    first = np.searchsorted(second, second - INFILLED - 1e-6)
    end = np.searchsorted(second, second + INFILLED + 1e-6)

    def around(known: NDArray[np.bool_]) -> NDArray[np.int64]:
        until = np.concatenate([[0], np.cumsum(known)])
        return np.asarray(until[end] - until[first])

    return np.asarray(around(body) < RARE * around(seen(tracklet)))


def _within_a_second(known: NDArray[np.bool_], tracklet: Tracklet) -> NDArray[np.bool_]:
    at = np.flatnonzero(known)
    if not len(at):
        return np.zeros(len(tracklet), bool)
    second = tracklet.times
    return np.asarray(np.abs(second[at[nearest(second[at], second)]] - second) <= INFILLED + 1e-6)


def bridged(
    known: NDArray[np.bool_], frame: NDArray[np.int64], video: VideoFacts
) -> NDArray[np.bool_]:
    """(T,) of something known at some of the (T,) frames: also in short gaps between two."""
    at = np.flatnonzero(known)
    short = np.diff(video.second_of(frame)[at]) <= BRIDGED + 1 / video.fps + 1e-6
    ends = np.zeros(len(known), np.int64)
    ends[at[:-1][short]] += 1
    ends[at[1:][short]] -= 1
    return np.asarray(known | (np.cumsum(ends) > 0))
