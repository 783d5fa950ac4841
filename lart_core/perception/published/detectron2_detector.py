"""`Detectron2Detector`: Mask R-CNN as a `Detector`, and masks for boxes that are given."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pycocotools import mask as rle

from lart_core.perception.protocols import Detections, Frame

PERSON = 0
"""COCO's class."""


class Detectron2Detector:
    """People and their masks by a Detectron2 network.

    Args:
        net: The network and `picture` its preparation of pictures, as `build` gives them.
        min_score: Fainter people are left out; PHALP's 0.8.
        device: Where to run it.
        batch: Frames a pass.
    """

    name = "detectron2"

    def __init__(
        self,
        net: Any,
        picture: Any,
        min_score: float = 0.8,
        device: str = "cpu",
        batch: int = 1,
    ) -> None:
        self.net = net.eval().to(device)
        self.picture = picture
        self.min_score = min_score
        self.batch = batch

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """People of each frame with their masks, best first."""
        found = []
        for inputs in self._batches(frames):
            found += [self._people(out) for out in self._run(inputs, None)]
        return found

    def masks(
        self, frames: Sequence[Frame], boxes: Sequence[NDArray[np.floating]]
    ) -> list[tuple[bytes, ...]]:
        """Masks of the people in given boxes (N, 4), x1 y1 x2 y2 in pixels, one tuple a frame.

        Boxes are cut at the frame's edges; one that lies outside of it gets an empty mask.
        """
        given = iter(boxes)
        masks = []
        for inputs in self._batches(frames):
            part = [np.asarray(next(given), np.float32).reshape(-1, 4) for _ in inputs]
            known = [self._instances(one, box) for one, box in zip(inputs, part, strict=True)]
            out = self._run(inputs, known)
            masks += [self._all_masks(*one) for one in zip(out, inputs, part, strict=True)]
        return masks

    def _batches(self, frames: Sequence[Frame]) -> Iterator[list[dict[str, Any]]]:
        for at in range(0, len(frames), self.batch):
            yield [self._input(frame) for frame in frames[at : at + self.batch]]

    def _input(self, frame: Frame) -> dict[str, Any]:
        """A frame as the network wants it; its own networks look at BGR or RGB."""
        from detectron2.data import transforms

        order = slice(None, None, -1) if self.net.input_format == "BGR" else slice(None)
        seen = np.ascontiguousarray(frame[..., order])
        seen = self.picture(transforms.AugInput(seen)).apply_image(seen)
        image = torch.from_numpy(seen.astype(np.float32).transpose(2, 0, 1))
        return {"image": image, "height": frame.shape[0], "width": frame.shape[1]}

    @torch.inference_mode()
    def _run(self, inputs: list[dict[str, Any]], known: list[Any] | None) -> list[Any]:
        found = self.net.inference(inputs, known)
        return [one["instances"].to("cpu") for one in found]

    def _people(self, out: Any) -> Detections:
        people = out[(out.pred_classes == PERSON) & (out.scores > self.min_score)]
        return Detections(
            box=people.pred_boxes.tensor.numpy().astype(np.float32),
            score=people.scores.numpy().astype(np.float32),
            mask=tuple(_encode(mask) for mask in people.pred_masks.numpy()),
        )

    def _instances(self, one: dict[str, Any], box: NDArray[np.float32]) -> Any:
        """Given boxes in the pixels of the picture that the network sees."""
        from detectron2.structures import Boxes, Instances

        height, width = one["image"].shape[1:]
        known = Instances((height, width))
        known.pred_boxes = Boxes(torch.from_numpy(box.copy()))
        known.pred_boxes.scale(width / one["width"], height / one["height"])
        known.pred_classes = torch.full((len(box),), PERSON)
        known.row = torch.arange(len(box))
        return known

    def _all_masks(
        self, out: Any, one: dict[str, Any], box: NDArray[np.float32]
    ) -> tuple[bytes, ...]:
        """One mask a box: Detectron2 drops boxes without area inside the frame."""
        whole = np.zeros((len(box), one["height"], one["width"]), bool)
        whole[out.row.numpy()] = out.pred_masks.numpy()
        return tuple(_encode(mask) for mask in whole)


def _encode(mask: NDArray[np.bool_]) -> bytes:
    return rle.encode(np.asfortranarray(mask, np.uint8))["counts"]
