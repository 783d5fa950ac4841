"""The data class at the centre: one person in one video, with its readers and writers."""

from lart_core.tracklet.data import Tracklet
from lart_core.tracklet.store import TrackletSet, open_tracklets, save_tracklets
from lart_core.tracklet.video_facts import PUBLISHED_FPS, VideoFacts

__all__ = [
    "PUBLISHED_FPS",
    "Tracklet",
    "TrackletSet",
    "VideoFacts",
    "open_tracklets",
    "save_tracklets",
]
