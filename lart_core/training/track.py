"""One person with labels, as training takes it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.model.config import LARTConfig
from lart_core.model.inputs import Inputs, inputs_of
from lart_core.motion.rate import at_rate
from lart_core.series import nearest
from lart_core.tracklet import Tracklet
from lart_core.tracklet.sight import legless
from lart_core.training.labels import FrameLabels, columns


@dataclass(frozen=True, eq=False)
class LabelledTrack:
    """One person in one video, ready for the network, with labels.

    Attributes:
        video: Name of the video; tracks of one video are seen together.
        first: Number of the first frame.
        inputs: (T, size) arrays under the keys of `LART`'s batch, not normalised, with the legs
            as they were lifted, also where nobody saw them.
        target: (T, C) float32 in 0..1, NaN where the action is not known.
        ground_truth: (T,) bool, False where the label is a model's or there is none.
        keyframe: Of the window that the track is from, or None: only tracks of one window are seen
            together, since another window shows the same people again.
        legless: (T,) bool, frames in which a model is shown mean legs, since no thigh was seen; or
            (0,) for nowhere.
    """

    video: str
    first: int
    inputs: Inputs
    target: NDArray[np.float32]
    ground_truth: NDArray[np.bool_]
    keyframe: int | None = None
    legless: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))

    def __len__(self) -> int:
        return len(self.target)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self.target.nbytes + sum(value.nbytes for value in self.inputs.values())

    @classmethod
    def of(
        cls,
        tracklet: Tracklet,
        labels: FrameLabels,
        known: Sequence[int],
        config: LARTConfig,
        wanted: Sequence[int],
        fps: float | None = None,
    ) -> "LabelledTrack":
        """A tracklet and its labels, whose columns are the AVA ids `known`, for the ids `wanted`.

        Args:
            fps: Frames a second at which the model sees it; None for the video's own. A frame's
                labels are those of the nearest frame in time.

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
        seen, first = tracklet, tracklet.first
        if fps is not None:
            seen = at_rate(tracklet, fps)
        if seen is not tracklet:
            rows = nearest(tracklet.times - tracklet.times[0], seen.times)
            target, ground_truth = target[rows], ground_truth[rows]
            first = round(float(tracklet.times[0]) * seen.video.fps)
        return cls(
            tracklet.video.name,
            first,
            inputs_of(seen, config),
            target,
            ground_truth,
            tracklet.keyframe,
            legless(seen),
        )
