"""`MoveNetDetector`: people and their COCO keypoints by MoveNet MultiPose Lightning."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from lart_core import weights
from lart_core.errors import LartError
from lart_core.perception.embedded.litert import LiteRTModel
from lart_core.perception.embedded.tiles import Window, grid, suppress
from lart_core.perception.protocols import Detections, Frame

STRIDE = 32
"""MoveNet's input sides are multiples of this."""
DARK = 60.0
"""Mean brightness (0..255) under which a frame is brightened before it is searched."""


class MoveNetDetector:
    """Finds at most six people a pass, with 17 COCO keypoints each.

    Args:
        size: Longer side of the network input in pixels; rounded up to a multiple of 32.
        threads: CPU threads.
        tiles: 1 searches the whole frame; n > 1 searches it and n x n overlapping tiles, for
            crowds and small people, at about n * n + 1 times the cost.
        score: People under this score are dropped.

    Raises:
        LartError: A setting is out of range.
    """

    name = "movenet-multipose"

    def __init__(
        self,
        size: int = 384,
        threads: int = 2,
        tiles: int = 1,
        score: float = 0.2,
    ) -> None:
        if not 128 <= size <= 1024:
            raise LartError(f"Expected a MoveNet input size of 128 to 1024 pixels, got {size}.")
        if not 1 <= tiles <= 4:
            raise LartError(f"Expected 1 to 4 tiles a side, got {tiles}.")
        self.size = -(-size // STRIDE) * STRIDE
        self.tiles = tiles
        self.score = score
        self._model = LiteRTModel(weights.path("movenet-multipose"), threads)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """People of each RGB frame, best first."""
        return [self._detect(frame) for frame in frames]

    def _detect(self, frame: Frame) -> Detections:
        height, width = frame.shape[:2]
        places = [(0, 0, width, height)]
        if self.tiles > 1:
            places += grid(width, height, self.tiles)
        found = [self._search(frame, place) for place in places]
        box, score, keypoints = (np.concatenate(part) for part in zip(*found, strict=True))
        box = np.clip(box, 0, [width, height] * 2).astype(np.float32)
        good = (score >= self.score) & (box[:, 2:] - box[:, :2] >= 2).all(axis=1)
        box, score, keypoints = box[good], score[good], keypoints[good]
        keep = suppress(box, score, keypoints)
        return Detections(box[keep], score[keep], keypoints[keep])

    def _search(
        self, frame: Frame, window: Window
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Boxes (6, 4), scores (6,) and keypoints (6, 17, 3) in frame pixels of one window."""
        x1, y1, x2, y2 = window
        width, height = x2 - x1, y2 - y1
        scale = self.size / max(width, height)
        resized = cv2.resize(
            frame[y1:y2, x1:x2],
            (max(1, round(width * scale)), max(1, round(height * scale))),
            interpolation=cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR,
        )
        small = brighten(resized.astype(np.uint8, copy=False))
        rows, columns = (-(-side // STRIDE) * STRIDE for side in small.shape[:2])
        padded = np.zeros((1, rows, columns, 3), np.uint8)
        padded[0, : small.shape[0], : small.shape[1]] = small
        people = self._model(padded)[0][0]
        to_frame = np.array(padded.shape[2:0:-1]) * (width, height) / small.shape[1::-1]
        keypoints = people[:, :51].reshape(-1, 17, 3)[..., [1, 0, 2]].copy()
        keypoints[..., :2] = keypoints[..., :2] * to_frame + (x1, y1)
        corners = people[:, [52, 51, 54, 53]].reshape(-1, 2, 2) * to_frame + (x1, y1)
        return corners.reshape(-1, 4).astype(np.float32), people[:, 55], keypoints


def brighten(image: Frame) -> Frame:
    """A dark image with gamma 0.5 applied; others as they are."""
    if image.mean() >= DARK:
        return image
    table = np.round(255 * (np.arange(256) / 255) ** 0.5).astype(np.uint8)
    return table[image]
