"""What somebody looks like, for the tracker: the colours of the upper and the lower half of a body.

Stands in for HMAR's texture: light, and good enough to tell a red coat from a dark one. It says
nothing of actions.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as rle

from lart_core.perception import roi
from lart_core.perception.protocols import Detections, Frame

SIDE = 64
"""Pixels a side at which a body's colours are counted."""
BINS = (4, 8, 8)
"""Of lightness, green to red, blue to yellow (CIE L*a*b*). Few of lightness: light changes."""
RANGES = [0, 256, 98, 158, 98, 158]
"""The same bins' limits: colours of real pictures lie near grey (128); stronger ones count as the
strongest."""
FEWEST = 40
"""Pixels of a body below which its colours are not known."""


def signatures(
    frame: Frame, region: NDArray[np.floating], mask: NDArray[np.floating]
) -> NDArray[np.float16]:
    """(N, 512) unit vectors: square roots of the shares of each colour; NaN where not known.

    The squared distance of two lies in 0..2. Measured against a track's running mean: median 0.16
    and 95 % under 0.60 for the same person on the sample (who walks through glare), median 0.77 and
    95 % over 0.40 for the other one; 0.10 and 0.15 against 1.1 to 1.5 on a clip with two people in
    even light.

    Args:
        region: (N, 4) squares around the bodies (`lart_core.perception.roi`), the head above.
        mask: (N, S, S) body probability in each.
    """
    found = np.full((len(region), 2 * int(np.prod(BINS))), np.nan, np.float16)
    for person, (square, inside) in enumerate(zip(region, mask, strict=True)):
        picture = roi.crop(frame, square, SIDE)
        body = cv2.resize(inside, (SIDE, SIDE), interpolation=cv2.INTER_AREA) > 0.5
        if body.sum() >= FEWEST:
            lab = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), np.uint8)
            lab[..., 1:] = lab[..., 1:].clip(RANGES[2], RANGES[3] - 1)
            found[person] = _signature(lab, body)
    return found


def of_masks(frame: Frame, people: Detections) -> NDArray[np.float16]:
    """`signatures` of the people of any detector that gives masks."""
    region = roi.from_keypoints(people.box, people.keypoints)
    inside = np.zeros((len(people), SIDE, SIDE), np.float32)
    for person, counts in enumerate(people.mask or ()):
        if counts is not None:
            whole = rle.decode({"size": list(frame.shape[:2]), "counts": counts})
            inside[person] = roi.crop(whole * np.uint8(255), region[person], SIDE) / 255
    return signatures(frame, region, inside)


def _signature(lab: NDArray[np.uint8], body: NDArray[np.bool_]) -> NDArray[np.float16]:
    halves = []
    for rows in (slice(0, SIDE // 2), slice(SIDE // 2, SIDE)):
        inside = body[rows].astype(np.uint8)
        counted = cv2.calcHist([lab[rows]], [0, 1, 2], inside, list(BINS), RANGES)
        halves.append(counted.ravel())
    counts = np.concatenate(halves)
    return np.sqrt(counts / max(counts.sum(), 1)).astype(np.float16)
