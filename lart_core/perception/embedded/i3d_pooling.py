"""I3D's features pooled at each person's box, from one pass over the film for everybody."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.perception.appearance_rate import STRIDE, group_centres
from lart_core.perception.embedded.i3d import CELL, DIM, I3D, load_i3d
from lart_core.perception.protocols import Frame
from lart_core.tracklet import Tracklet
from lart_core.tracklet.sight import seen

CLIP = 64
"""Frames that the network sees at once, as in its training."""
SIDE = 224
"""Pixels of the frame's shorter side."""


class PooledI3D:
    """An `AppearanceEncoder`: the mean of I3D's last map over the person's box, for each 6 frames.

    Vectors have a root mean square of one. No shipped model was trained with them: the light
    preset describes people with MobileNetV2.

    Args:
        net: The network; with the register's weights when None.
    """

    name, dim, stride = "i3d-rgb", DIM, STRIDE

    def __init__(self, net: I3D | None = None) -> None:
        self._net = net or load_i3d()

    def encode(self, frames: Iterable[Frame], tracklets: Sequence[Tracklet]) -> list[Tracklet]:
        """The tracklets with `appearance` (K, 1024) at every group's centre frame.

        Where a person is not seen there, the box of the nearest sighting counts.

        Raises:
            LartError: The video ends before a tracklet does.
        """
        centres = [group_centres(len(tracklet)) for tracklet in tracklets]
        found = [np.zeros((len(each), DIM), np.float32) for each in centres]
        first, last = 0, max((tracklet.last for tracklet in tracklets), default=-1)
        for clip, scale in _clips(frames):
            last_map = self._map(clip)
            for vectors, tracklet, at in zip(found, tracklets, centres, strict=True):
                when = tracklet.frame[at] - first
                for row in np.flatnonzero((when >= 0) & (when < len(clip))).tolist():
                    step = min(int(when[row]) // CELL[0], last_map.shape[1] - 1)
                    box = tracklet.box[_nearest_seen(tracklet, int(at[row]))] * scale / CELL[1]
                    vectors[row] = _normal(pooled(last_map[:, step], box))
            first += len(clip)
            if first > last:
                break
        if first <= last:
            raise LartError(
                f"Expected frame {last} of the video, which a tracklet names, but the video ends "
                "before it; the tracklets belong to another video."
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

    @torch.inference_mode()
    def _map(self, clip: list[Frame]) -> NDArray[np.float32]:
        """(1024, t, h, w)."""
        pictures = torch.from_numpy(np.stack(clip)).permute(3, 0, 1, 2)[None]
        return np.asarray(self._net(pictures / 127.5 - 1)[0].numpy(), np.float32)


def pooled(last_map: NDArray[np.float32], box: NDArray[np.floating]) -> NDArray[np.float32]:
    """(C,) mean of a (C, h, w) map over a box in cells, each weighed by its share of it."""
    height, width = last_map.shape[1:]
    rows, columns = _shares(box[1], box[3], height), _shares(box[0], box[2], width)
    return np.einsum("chw,h,w->c", last_map, rows, columns).astype(np.float32)


def _shares(low: float, high: float, cells: int) -> NDArray[np.float64]:
    """(cells,) shares of a stretch that lie in each cell; the nearest one's where none does."""
    at = np.arange(cells)
    share = np.clip(np.minimum(high, at + 1) - np.maximum(low, at), 0, None)
    if not share.sum() > 0:
        share = (at == np.clip(int((low + high) / 2), 0, cells - 1)).astype(float)
    return share / share.sum()


def _normal(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return vector / max(float(np.sqrt(np.mean(np.square(vector)))), 1e-6)


def _nearest_seen(tracklet: Tracklet, at: int) -> int:
    rows = np.flatnonzero(seen(tracklet))
    return int(rows[np.abs(rows - at).argmin()]) if len(rows) else at


def _clips(frames: Iterable[Frame]) -> Iterator[tuple[list[Frame], float]]:
    """Small frames, 64 at a time, and how small they are."""
    clip: list[Frame] = []
    scale = 1.0
    for frame in frames:
        height, width = frame.shape[:2]
        scale = SIDE / min(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        clip.append(cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.uint8))
        if len(clip) == CLIP:
            yield clip, scale
            clip = []
    if clip:
        yield clip, scale
