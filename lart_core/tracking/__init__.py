"""Detections over time become tracks: PHALP's cost, predictors, assignment and life cycle."""

from lart_core.perception.given_boxes import BoxFormat, read_boxes, read_seconds, with_given
from lart_core.tracking.cost import association_cost
from lart_core.tracking.cuts import Cuts
from lart_core.tracking.features import Features
from lart_core.tracking.location import predict_location
from lart_core.tracking.pose_predictor import PosePredictor
from lart_core.tracking.shots import detect_shots
from lart_core.tracking.tracker import State, Step, Track, Tracker
from lart_core.tracking.video_tracks import track
from lart_core.tracking.windows import Window, keyframes, ticks, track_windows, windows

__all__ = [
    "BoxFormat",
    "Cuts",
    "Features",
    "PosePredictor",
    "State",
    "Step",
    "Track",
    "Tracker",
    "Window",
    "association_cost",
    "detect_shots",
    "keyframes",
    "predict_location",
    "read_boxes",
    "read_seconds",
    "ticks",
    "track",
    "track_windows",
    "windows",
    "with_given",
]
