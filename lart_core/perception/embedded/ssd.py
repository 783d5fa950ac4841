"""Two single-shot detectors of people and things: SSD MobileNetV2 on Open Images, and coco-ssd.

Source: Liu et al., "SSD: Single Shot MultiBox Detector", ECCV 2016; TensorFlow's object detection
library for anchors and the coding of boxes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lart_core import weights
from lart_core.boxes import iou
from lart_core.perception.embedded import tfjs
from lart_core.perception.embedded.litert import LiteRTModel
from lart_core.perception.protocols import Frame

SIZE = 300
GRIDS = (19, 10, 5, 3, 2, 1)
SCALES = (0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.0)
RATIOS = (1.0, 2.0, 0.5, 3.0, 1 / 3)
CODING = np.array([10.0, 10, 5, 5])
"""What the networks multiplied centres and log sizes by."""
SAME = 0.6
"""Boxes of one network that overlap by more are one."""
LEAST = 0.1
"""Boxes under this score are not read."""

Things = dict[str, int]
"""Name of a thing -> its class in the network."""
PERSON = "person"
OPEN_IMAGES: Things = {
    PERSON: 4,
    "laptop": 3,
    "chair": 5,
    "cup": 12,
    "bottle": 16,
    "book": 21,
    "camera": 22,
}
COCO: Things = {
    PERSON: 1,
    "bottle": 44,
    "cup": 47,
    "chair": 62,
    "laptop": 73,
    "phone": 77,
    "book": 84,
}


@dataclass(frozen=True)
class Boxes:
    """N boxes: (N, 4) float32 x1 y1 x2 y2 as shares of the frame, and (N,) scores in 0..1."""

    box: NDArray[np.float32]
    score: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.box)

    def take(self, rows: NDArray | list[int]) -> "Boxes":
        """The boxes in `rows`."""
        return Boxes(self.box[rows], self.score[rows])


class SSD:
    """One network.

    Args:
        forward: (1, 300, 300, 3) in -1..1 -> coded boxes (1917, 4) and class logits (1917, C).
        things: Which of its classes are read.
    """

    def __init__(
        self, forward: Callable[[NDArray], tuple[NDArray, NDArray]], things: Things
    ) -> None:
        self._forward, self._things = forward, things
        self._anchors = anchors()

    def find(self, picture: NDArray[np.float32]) -> dict[str, Boxes]:
        """Everything of each kind in one `picture` (see `prepare`), best first."""
        coded, logits = self._forward(picture)
        found = {}
        for name, column in self._things.items():
            score = 1 / (1 + np.exp(-logits[:, column].clip(-50, 50)))
            rows = np.flatnonzero(score >= LEAST)
            box = decode(coded[rows], self._anchors[rows])
            boxes = Boxes(box, score[rows].astype(np.float32))
            found[name] = boxes.take(distinct(boxes, SAME))
        return found


def open_images(threads: int = 2) -> SSD:
    """SSD MobileNetV2 trained on Open Images v4, from the register of weights."""
    network = LiteRTModel(weights.path("ssd-oidv4"), threads)

    def forward(picture: NDArray) -> tuple[NDArray, NDArray]:
        coded, logits = network(picture)
        return coded[0], logits[0]

    return SSD(forward, OPEN_IMAGES)


def coco(threads: int = 2) -> SSD:
    """TensorFlow.js's coco-ssd (MobileNetV2), from the register of weights."""
    nodes, constants = tfjs.read_weights(
        weights.path("coco-ssd-graph"), weights.path("coco-ssd-weights")
    )
    kinds = {"BoxEncodingPredictor": 4, "ClassPredictor": 91}
    heads = [f"BoxPredictor_{i}/{kind}/BiasAdd" for kind in kinds for i in range(len(GRIDS))]
    made = tfjs.to_tflite(nodes, constants, "Preprocessor/sub", SIZE, heads)
    network = LiteRTModel(made, threads)

    def forward(picture: NDArray) -> tuple[NDArray, NDArray]:
        maps = network(picture)
        coded, logits = (
            np.concatenate([each.reshape(-1, width) for each in part])
            for part, width in zip(
                (maps[: len(GRIDS)], maps[len(GRIDS) :]), kinds.values(), strict=True
            )
        )
        return coded, logits

    return SSD(forward, COCO)


def prepare(frame: Frame) -> NDArray[np.float32]:
    """A frame as both networks take it: stretched to 300 x 300, -1..1; (1, 300, 300, 3)."""
    small = cv2.resize(frame, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
    return small[None].astype(np.float32) / np.float32(127.5) - 1


def anchors() -> NDArray[np.float64]:
    """(1917, 4) centres x, y and sizes of the boxes that the networks start from, as shares."""
    parts = []
    for grid, scale, larger in zip(GRIDS, SCALES, SCALES[1:], strict=False):
        shapes = [(scale, ratio) for ratio in RATIOS] + [(np.sqrt(scale * larger), 1.0)]
        if grid == GRIDS[0]:
            shapes = [(0.1, 1.0), (scale, 2.0), (scale, 0.5)]
        sizes = np.array([(s * np.sqrt(ratio), s / np.sqrt(ratio)) for s, ratio in shapes])
        middle = (np.arange(grid) + 0.5) / grid
        y, x = np.meshgrid(middle, middle, indexing="ij")
        centres = np.stack([x, y], axis=-1).reshape(-1, 1, 2).repeat(len(sizes), axis=1)
        parts.append(np.concatenate([centres, np.broadcast_to(sizes, centres.shape)], axis=-1))
    return np.concatenate([part.reshape(-1, 4) for part in parts])


def decode(coded: NDArray, anchor: NDArray) -> NDArray[np.float32]:
    """Boxes as shares of the frame from coded y, x, height, width and their anchors."""
    y, x, height, width = (coded / CODING).T
    centre = np.stack([x, y], axis=-1) * anchor[:, 2:] + anchor[:, :2]
    half = np.exp(np.stack([width, height], axis=-1).clip(-10, 10)) * anchor[:, 2:] / 2
    return np.concatenate([centre - half, centre + half], axis=1).clip(0, 1).astype(np.float32)


def distinct(boxes: Boxes, same: float) -> list[int]:
    """Rows of the boxes that overlap no surer one by more than `same`, best first."""
    shared = iou(boxes.box[:, None], boxes.box)
    keep: list[int] = []
    for i in np.argsort(-boxes.score, kind="stable").tolist():
        if not (shared[i, keep] > same).any():
            keep.append(i)
    return keep
