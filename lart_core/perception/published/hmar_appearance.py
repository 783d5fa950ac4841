"""`HMARAppearance`: PHALP's own appearance of detected people, for the full association cost."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from pycocotools import mask as rle

from lart_core.perception.crop import SIZE, crop, normalised, squares
from lart_core.perception.protocols import Detections, Frame
from lart_core.perception.published.hmar import DIM, HMAR


class HMARAppearance:
    """Textures of detected people and their embeddings.

    Args:
        net: The networks, as `load_hmar` gives them.
        device: Where to run them.
        batch: People a pass.
    """

    name = "hmar"
    dim = DIM

    def __init__(self, net: HMAR, device: str = "cpu", batch: int = 8) -> None:
        self.net = net.eval().to(device)
        self.device = torch.device(device)
        self.batch = batch

    @torch.inference_mode()
    def textures(self, frame: Frame, detections: Detections) -> NDArray[np.float32]:
        """(N, 4, 256, 256) UV maps of one frame's detections; without a mask all is seen."""
        parts = [np.zeros((0, 4, SIZE, SIZE), np.float32)]
        crops = list(_crops(frame, detections))
        for at in range(0, len(crops), self.batch):
            pictures = torch.from_numpy(np.stack(crops[at : at + self.batch])).to(self.device)
            parts.append(self.net.textures(pictures).cpu().numpy())
        return np.concatenate(parts)

    @torch.inference_mode()
    def embeddings(self, textures: NDArray[np.floating]) -> NDArray[np.float32]:
        """(N, 4096) embeddings of UV maps, on PHALP's scale before its division by 1000."""
        parts = [np.zeros((0, DIM), np.float32)]
        for at in range(0, len(textures), self.batch):
            maps = torch.as_tensor(textures[at : at + self.batch], dtype=torch.float32)
            parts.append(self.net.embeddings(maps.to(self.device)).cpu().numpy())
        return np.concatenate(parts)

    def compared(
        self, track: NDArray[np.floating], detection: NDArray[np.floating]
    ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Embeddings (P, 4096) of P pairs of UV maps (P, 4, 256, 256), where both are valid.

        Each is divided by 1000. The `texture_embedding` of `lart_core.tracking.association_cost`.
        Source: PHALP `get_uv_distance`.
        """
        both = (track[:, 3:] > 0.5) & (detection[:, 3:] > 0.5)
        found = self.embeddings(np.concatenate([track * both, detection * both])) / 1000
        return found[: len(track)], found[len(track) :]


def _crops(frame: Frame, detections: Detections) -> Sequence[NDArray[np.float32]]:
    """(4, 256, 256) normalised crop and mask of each detection, as PHALP makes them."""
    size = [frame.shape[0], frame.shape[1]]
    crops = []
    masks = detections.mask or (None,) * len(detections)
    for square, counts in zip(squares(detections.box), masks, strict=True):
        mask = np.ones(size, np.uint8)
        if counts is not None:
            mask = rle.decode({"size": size, "counts": counts})
        inside = crop(mask * np.uint8(255), square)[None].astype(np.float32)
        crops.append(np.concatenate([normalised(crop(frame, square)), inside]))
    return crops
