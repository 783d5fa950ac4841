"""Detections over time become tracks: PHALP's cost, predictors, assignment and life cycle."""

from lart_core.tracking.cost import association_cost
from lart_core.tracking.features import Features
from lart_core.tracking.location import predict_location
from lart_core.tracking.pose_predictor import PosePredictor
from lart_core.tracking.tracker import State, Step, Track, Tracker
from lart_core.tracking.video_tracks import track

__all__ = [
    "Features",
    "PosePredictor",
    "State",
    "Step",
    "Track",
    "Tracker",
    "association_cost",
    "predict_location",
    "track",
]
