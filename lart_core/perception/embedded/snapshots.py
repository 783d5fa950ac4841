"""Appearance vectors from single pictures of each person, taken now and then along a track."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.perception import roi
from lart_core.perception.appearance_rate import STRIDE, group_centres
from lart_core.perception.embedded.mobilenet import SIZE, MobileNetV2
from lart_core.perception.protocols import Frame
from lart_core.tracklet import Tracklet

WIDER = 1.5
"""Side of a picture against the longer side of the person's box: things at hand are seen, too."""

Describe = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""(N, side, side, 3) pictures -> (N, D) features."""


class Snapshots:
    """An `AppearanceEncoder` of one picture for each 6 frames of a track, as MViT's are spaced.

    Vectors have a root mean square of one.

    Args:
        name: Of the encoder.
        describe: What makes features of square pictures.
        dim: Their number.
        side: Pixels a side of the pictures.
        wider: Side of a picture against the longer side of the person's box.
    """

    stride = STRIDE

    def __init__(
        self, name: str, describe: Describe, dim: int, side: int = SIZE, wider: float = WIDER
    ) -> None:
        self.name, self.describe, self.dim = name, describe, dim
        self.side, self.wider = side, wider

    def encode(self, frames: Iterable[Frame], tracklets: Sequence[Tracklet]) -> list[Tracklet]:
        """The tracklets with `appearance` (K, dim) at every group's centre frame.

        Where a person is not seen there, the picture is taken at the box of the nearest frame in
        which the person is, if there is one.

        Raises:
            LartError: The video ends before a tracklet does.
        """
        centres = [group_centres(len(tracklet)) for tracklet in tracklets]
        found = [np.zeros((len(each), self.dim), np.float32) for each in centres]
        wanted: dict[int, list[tuple[int, int, NDArray]]] = defaultdict(list)
        for who, tracklet in enumerate(tracklets):
            boxes = _boxes(tracklet, centres[who])
            for group, (frame, box) in enumerate(
                zip(tracklet.frame[centres[who]].tolist(), boxes, strict=True)
            ):
                wanted[frame].append((who, group, box))
        for now, frame in enumerate(frames):
            people = wanted.pop(now, ())
            if people:
                regions = [self._region(box) for *_, box in people]
                pictures = np.stack([roi.crop(frame, region, self.side) for region in regions])
                for (who, group, _), vector in zip(people, self.describe(pictures), strict=True):
                    scale = np.sqrt(np.mean(np.square(vector)))
                    found[who][group] = vector / max(float(scale), 1e-6)
            if not wanted:
                break
        if wanted:
            raise LartError(
                f"Expected frame {max(wanted)} of the video, which a tracklet names, but the video "
                "ends before it; the tracklets belong to another video."
            )
        return [
            replace(
                tracklet,
                appearance=vectors,
                appearance_frame=tracklet.frame[at],
                provenance={**tracklet.provenance, "appearance": self.name},
            )
            for tracklet, at, vectors in zip(tracklets, centres, found, strict=True)
        ]

    def _region(self, box: NDArray) -> NDArray[np.float64]:
        centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        return np.array([*centre, self.wider * size.max(), 0.0])


def describer(net: MobileNetV2) -> Describe:
    """A network as a function of arrays."""

    @torch.inference_mode()
    def describe(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(net(torch.from_numpy(pictures)).numpy(), np.float32)

    return describe


def _boxes(tracklet: Tracklet, centres: NDArray[np.int64]) -> NDArray[np.float32]:
    seen = np.flatnonzero(tracklet.detected)
    if not len(seen):
        seen = np.flatnonzero(tracklet.score)
    if not len(seen):
        return tracklet.box[centres]
    return tracklet.box[seen[np.abs(seen - centres[:, None]).argmin(axis=1)]]
