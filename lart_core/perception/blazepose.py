"""BlazePose GHUM: 33 landmarks in the image and in metres, a presence flag and a body mask."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as rle

from lart_core import weights
from lart_core.perception import roi
from lart_core.perception.litert import LiteRTModel
from lart_core.perception.protocols import Frame

SIZE = 256
LANDMARKS = 33
HIP_CENTRE, BODY_CIRCLE = 33, 34
"""The model's own alignment points, after the landmarks."""
MASK_THRESHOLD = 0.5


@dataclass(frozen=True)
class Landmarks:
    """What the model sees of N people in one frame.

    Attributes:
        image: (N, 33, 3) x, y in image pixels, visibility 0..1.
        world: (N, 33, 3) metres in the camera's axes (x right, y down, z away), hip-centred.
        presence: (N,) 0..1, whether there is a person.
        region: (N, 4) where it looked (`lart_core.perception.roi`).
        mask: (N, 256, 256) body probability in the region.
    """

    image: NDArray[np.float32]
    world: NDArray[np.float32]
    presence: NDArray[np.float32]
    region: NDArray[np.float64]
    mask: NDArray[np.float32]


class BlazePose:
    """The landmark model.

    Args:
        threads: CPU threads.
        model: The .tflite file; fetched from the register when None.
    """

    def __init__(self, threads: int = 2, model: Path | None = None) -> None:
        self._model = LiteRTModel(model or weights.path("blazepose-full"), threads)

    def look(self, frame: Frame, region: NDArray) -> Landmarks:
        """Landmarks of the people in N regions.

        The model looks twice: first in the given regions, then in those that its own alignment
        points draw, which are tighter and better turned.
        """
        if not len(region):
            return _nobody()
        first = self._look(frame, region)
        seen = first[2] > 0.1
        own = roi.from_alignment(*first[4].transpose(1, 0, 2))
        region = np.where(seen[:, None], own, region)
        image, world, presence, mask, _ = self._look(frame, region)
        return Landmarks(image, world, presence, region, mask)

    def _look(self, frame: Frame, region: NDArray) -> tuple[NDArray, ...]:
        """Landmarks, world landmarks, presence, mask and the two alignment points."""
        parts = [self._one(roi.crop(frame, r, SIZE)) for r in region]
        image, world, presence, mask = (np.stack(p) for p in zip(*parts, strict=True))
        xy = roi.to_image(image[..., :2], region, SIZE)
        # Of visibility and presence the smaller: both must hold for a landmark to be seen.
        seen = _sigmoid(image[:, :LANDMARKS, 3:5]).min(axis=-1)
        world = world.copy()
        world[..., :2] = roi.rotate(world[..., :2], region[:, 3])
        landmarks = np.concatenate([xy[:, :LANDMARKS], seen[..., None]], axis=-1)
        alignment = xy[:, [HIP_CENTRE, BODY_CIRCLE]]
        return landmarks.astype(np.float32), world, presence, mask, alignment

    def _one(self, picture: Frame) -> tuple[NDArray, NDArray, np.floating, NDArray]:
        points, presence, mask, _, world = self._model(picture[None] / np.float32(255))
        return (
            points.reshape(-1, 5),
            world.reshape(-1, 3)[:LANDMARKS],
            presence[0, 0],
            _sigmoid(mask[0, ..., 0]),
        )


def _nobody() -> Landmarks:
    image, world = np.zeros((2, 0, LANDMARKS, 3), np.float32)
    mask = np.zeros((0, SIZE, SIZE), np.float32)
    return Landmarks(image, world, np.zeros(0, np.float32), np.zeros((0, 4)), mask)


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
