"""BlazePose GHUM: 33 landmarks in the image and in metres, a presence flag and a body mask."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as rle

from lart_core import weights
from lart_core.perception import roi
from lart_core.perception.embedded.litert import LiteRTModel, with_outputs
from lart_core.perception.protocols import Frame

SIZE = 256
LANDMARKS = 33
HIP_CENTRE, BODY_CIRCLE = 33, 34
"""The model's own alignment points, after the landmarks."""
MASK_THRESHOLD = 0.5
WITHOUT_MASK = (0, 1, 3, 4)
"""The model's outputs but for the mask, which takes half of its time."""
KERNEL = 7
"""Cells of a heat map that sharpen a landmark."""


@dataclass(frozen=True)
class Landmarks:
    """What the model sees of N people in one frame.

    Attributes:
        image: (N, 33, 3) x, y in image pixels, visibility 0..1.
        world: (N, 33, 3) metres in the camera's axes (x right, y down, z away), hip-centred.
        presence: (N,) 0..1, whether there is a person.
        region: (N, 4) where it looked (`lart_core.perception.roi`).
        own: (N, 4) where the model itself says that the bodies are.
        mask: (N, 256, 256) body probability in the region; (N, 0, 0) where none was asked for.
    """

    image: NDArray[np.float32]
    world: NDArray[np.float32]
    presence: NDArray[np.float32]
    region: NDArray[np.float64]
    own: NDArray[np.float64]
    mask: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.presence)

    def take(self, rows: NDArray | list[int]) -> "Landmarks":
        """The people in `rows`."""
        return Landmarks(**{name: value[rows] for name, value in vars(self).items()})


class BlazePose:
    """The landmark model.

    Args:
        threads: CPU threads.
        masks: Whether it gives masks, too, for twice the time.
    """

    def __init__(self, threads: int = 2, *, masks: bool = True) -> None:
        file = weights.path("blazepose-full")
        self._masks = masks
        self._model = LiteRTModel(file if masks else with_outputs(file, WITHOUT_MASK), threads)

    def look(self, frame: Frame, region: NDArray) -> Landmarks:
        """Landmarks of the people in (N, 4) regions of an RGB frame."""
        if not len(region):
            return _nobody(SIZE if self._masks else 0)
        parts = [self._one(roi.crop(frame, each, SIZE)) for each in region]
        points, world, presence, mask = (np.stack(part) for part in zip(*parts, strict=True))
        xy = roi.to_image(points[..., :2], region, SIZE)
        # Of visibility and presence the smaller: both must hold for a landmark to be seen.
        seen = _sigmoid(points[:, :LANDMARKS, 3:5]).min(axis=-1, keepdims=True)
        image = np.concatenate([xy[:, :LANDMARKS], seen], axis=-1).astype(np.float32)
        world[..., :2] = roi.rotate(world[..., :2], region[:, 3])
        own = roi.from_alignment(xy[:, HIP_CENTRE], xy[:, BODY_CIRCLE])
        return Landmarks(image, world, presence, region, own, mask)

    def _one(self, picture: Frame) -> tuple[NDArray, NDArray, np.floating, NDArray]:
        """Points (39, 5) of the crop, world landmarks (33, 3), presence and mask."""
        points, presence, *mask, heat, world = self._model(picture[None] / np.float32(255))
        points, world = points.reshape(-1, 5), world.reshape(-1, 3)[:LANDMARKS]
        points[:, :2] = sharpen(points[:, :2], heat[0])
        body = _sigmoid(mask[0][0, ..., 0]) if mask else np.zeros((0, 0), np.float32)
        return points, world.copy(), presence[0, 0], body


def joined(a: Landmarks, b: Landmarks) -> Landmarks:
    """The people of both, one after the other."""
    parts = {name: [value, getattr(b, name)] for name, value in vars(a).items()}
    return Landmarks(**{name: np.concatenate(both) for name, both in parts.items()})


def sharpen(xy: NDArray, heat: NDArray) -> NDArray:
    """Move points to the centre of the warm cells around them.

    Source: MediaPipe's refinement of landmarks from heat maps (7 x 7 cells).

    Args:
        xy: (P, 2) pixels of the crop.
        heat: (H, W, P) logits; a point stays where the heat around it is under 0.5.
    """
    cells, reach = heat.shape[0], KERNEL // 2
    cell = np.floor(xy * cells / SIZE).astype(int)
    inside = ((cell >= 0) & (cell < cells)).all(axis=1)
    x, y = np.clip(cell, 0, cells - 1).T[..., None, None]
    offset = np.arange(KERNEL)
    rows, columns = y + offset[:, None] - reach, x + offset - reach
    within = (rows >= 0) & (rows < cells) & (columns >= 0) & (columns < cells)
    rows, columns = rows.clip(0, cells - 1), columns.clip(0, cells - 1)
    warm = _sigmoid(heat[rows, columns, np.arange(len(xy))[:, None, None]]) * within
    total = np.maximum(warm.sum(axis=(1, 2)), 1e-6)
    columns = x[:, 0, 0] - reach + (warm.sum(axis=1) * offset).sum(axis=1) / total
    rows = y[:, 0, 0] - reach + (warm.sum(axis=2) * offset).sum(axis=1) / total
    sure = inside & (warm.max(axis=(1, 2)) >= 0.5)
    return np.where(sure[:, None], np.column_stack([columns, rows]) * SIZE / cells, xy)


def _nobody(size: int) -> Landmarks:
    image, world = np.zeros((2, 0, LANDMARKS, 3), np.float32)
    mask = np.zeros((0, size, size), np.float32)
    nowhere = np.zeros((0, 4))
    return Landmarks(image, world, np.zeros(0, np.float32), nowhere, nowhere, mask)


def encode_masks(
    mask: NDArray[np.float32],
    region: NDArray[np.float64],
    box: NDArray[np.float32],
    size: tuple[int, int],
) -> tuple[bytes, ...]:
    """Masks in the regions as COCO run-length strings over a (width, height) frame.

    A mask is clipped to its person's box, since it bleeds onto neighbours.
    """
    return tuple(_encode(*one, size) for one in zip(mask, region, box, strict=True))


def _encode(
    mask: NDArray[np.float32], region: NDArray, box: NDArray, size: tuple[int, int]
) -> bytes:
    x1, y1 = np.maximum(np.floor(box[:2]), 0).astype(int)
    x2, y2 = np.minimum(np.ceil(box[2:]), size).astype(int)
    to_box = roi.crop_to_image(region, SIZE)
    to_box[:, 2] -= (x1, y1)
    inside = cv2.warpAffine(mask, to_box, (int(max(x2 - x1, 1)), int(max(y2 - y1, 1))))
    whole = np.zeros((size[1], size[0]), np.uint8, order="F")
    whole[y1:y2, x1:x2] = inside[: y2 - y1, : x2 - x1] > MASK_THRESHOLD
    return rle.encode(whole)["counts"]


def _sigmoid(x: NDArray) -> NDArray:
    return 1 / (1 + np.exp(-np.clip(x, -50, 50)))
