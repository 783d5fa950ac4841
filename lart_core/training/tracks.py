"""Where training samples come from: labelled tracks, each read when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.model.config import PERSON_VECTOR, LARTConfig
from lart_core.model.inputs import Inputs, inputs_of
from lart_core.tracklet import Tracklet, open_tracklets
from lart_core.training.labels import FrameLabels, columns, load_labels

LABELS = "labels.safetensors"
SMALLEST_STD = 1e-2
"""Joints that hardly move in the data must not be blown up when they do elsewhere."""


@dataclass(frozen=True, eq=False)
class LabelledTrack:
    """One person in one video, ready for the network, with labels.

    Attributes:
        video: Name of the video; tracks of one video are seen together.
        first: Number of the first frame.
        inputs: (T, size) arrays under the keys of `LART`'s batch, not normalised.
        target: (T, C) float32 in 0..1, NaN where the action is not known.
        ground_truth: (T,) bool, False where the label is a model's or there is none.
    """

    video: str
    first: int
    inputs: Inputs
    target: NDArray[np.float32]
    ground_truth: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.target)

    @classmethod
    def of(
        cls,
        tracklet: Tracklet,
        labels: FrameLabels,
        known: Sequence[int],
        config: LARTConfig,
        wanted: Sequence[int],
    ) -> "LabelledTrack":
        """A tracklet and its labels, whose columns are the AVA ids `known`, for the ids `wanted`.

        Raises:
            LartError: A labelled frame is outside the tracklet, or the model's input is missing.
        """
        t = len(tracklet)
        rows = labels.frame - tracklet.first
        if np.any((rows < 0) | (rows >= t)):
            raise LartError(
                f"Expected labels in frames {tracklet.first}..{tracklet.last} of track "
                f"{tracklet.track_id} of {tracklet.video.name}, but got {labels.frame.tolist()}."
            )
        target = np.full((t, len(wanted)), np.nan, np.float32)
        target[rows] = columns(known, wanted, labels.target)
        ground_truth = np.zeros(t, bool)
        ground_truth[rows] = labels.ground_truth
        inputs = inputs_of(tracklet, config)
        return cls(tracklet.video.name, tracklet.first, inputs, target, ground_truth)


class TrackletFolder(Sequence[LabelledTrack]):
    """A folder that `save_tracklets` wrote, with `labels.safetensors` from `save_labels` in it.

    Attributes:
        videos: Name of each track's video.
        spans: (N, 2) first and last frame of each track.
        known: AVA ids that the labels speak of.
    """

    def __init__(self, path: Path, config: LARTConfig, wanted: Sequence[int]) -> None:
        self._tracklets = open_tracklets(path)
        self.known, self._labels = load_labels(path / LABELS)
        if len(self._labels) != len(self._tracklets):
            raise LartError(
                f"Expected labels of {len(self._tracklets)} tracklets in {path}, but got "
                f"{len(self._labels)}."
            )
        self._config, self._wanted = config, tuple(wanted)
        self.videos, self.spans = self._tracklets.videos, self._tracklets.spans

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, row: int) -> LabelledTrack:  # type: ignore[override]
        row = range(len(self))[row]
        return LabelledTrack.of(
            self._tracklets[row], self._labels[row], self.known, self._config, self._wanted
        )


def normalisation(
    tracks: Sequence[LabelledTrack],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(229,) mean and standard deviation of the person vectors of all detected frames.

    Raises:
        LartError: No frame has a detection.
    """
    count, total, squares = 0, np.zeros(PERSON_VECTOR), np.zeros(PERSON_VECTOR)
    for track in tracks:
        seen = track.inputs["pose_shape"][track.inputs["has_detection"][:, 0] == 1]
        seen = seen.astype(np.float64)
        count, total, squares = count + len(seen), total + seen.sum(0), squares + (seen**2).sum(0)
    if not count:
        raise LartError("Expected training tracklets with detected frames, but there are none.")
    mean = total / count
    std = np.sqrt(np.maximum(squares / count - mean**2, 0))
    return mean.astype(np.float32), np.maximum(std, SMALLEST_STD).astype(np.float32)
