"""Training: labelled tracklets -> a checkpoint, by the paper's recipe, on Lightning."""

from lart_core.training.fitting import Machine, continue_from, dataset, describe, fit, new_model
from lart_core.training.labels import FrameLabels, load_labels, save_labels
from lart_core.training.recipe import Recipe
from lart_core.training.track import LabelledTrack
from lart_core.training.tracks import appearance_size, open_tracks

__all__ = [
    "FrameLabels",
    "LabelledTrack",
    "Machine",
    "Recipe",
    "appearance_size",
    "continue_from",
    "dataset",
    "describe",
    "fit",
    "load_labels",
    "new_model",
    "open_tracks",
    "save_labels",
]
