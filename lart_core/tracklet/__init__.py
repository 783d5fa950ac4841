"""The data class at the centre: one person in one video, with its readers and writers."""

from lart_core.tracklet.data import Tracklet, VideoFacts

__all__ = ["Tracklet", "VideoFacts"]
