"""What somebody looks like, for the tracker: the colours of the upper and the lower half of a body.

The embedded default's stand-in for HMAR's texture: light, and good enough to tell a red coat from
a dark one. It says nothing of actions.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from lart_core.perception import roi
from lart_core.perception.blazepose import Landmarks
from lart_core.perception.protocols import Frame

SIDE = 64
"""Pixels a side at which a body's colours are counted."""
BINS = (4, 8, 8)
"""Of lightness, green to red, blue to yellow (CIE L*a*b*). Few of lightness: light changes."""
RANGES = [0, 256, 98, 158, 98, 158]
"""The same bins' limits: colours of real pictures lie near grey (128), others are not counted."""
FEWEST = 40
"""Pixels of a body below which its colours are not known."""


def signatures(frame: Frame, people: Landmarks) -> NDArray[np.float16]:
    """(N, 512) unit vectors: square roots of the shares of each colour; NaN where not known.

    The squared distance of two lies in 0..2. Measured against a track's running mean: median 0.09
    and 95 % under 0.34 for the same person on the sample (who walks through glare), 0.34 to 1 for
    the other one; 0.07 and 0.11 against 1.1 to 1.3 on a clip with two people in even light.
    """
    found = np.full((len(people), 2 * int(np.prod(BINS))), np.nan, np.float16)
    for person, (region, mask) in enumerate(zip(people.region, people.mask, strict=True)):
        picture = roi.crop(frame, region, SIDE)
        body = cv2.resize(mask, (SIDE, SIDE), interpolation=cv2.INTER_AREA) > 0.5
        if body.sum() >= FEWEST:
            lab = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB), np.uint8)
            found[person] = _signature(lab, body)
    return found


def _signature(lab: NDArray[np.uint8], body: NDArray[np.bool_]) -> NDArray[np.float16]:
    halves = []
    for rows in (slice(0, SIDE // 2), slice(SIDE // 2, SIDE)):
        inside = body[rows].astype(np.uint8)
        counted = cv2.calcHist([lab[rows]], [0, 1, 2], inside, list(BINS), RANGES)
        halves.append(counted.ravel())
    counts = np.concatenate(halves)
    return np.sqrt(counts / max(counts.sum(), 1)).astype(np.float16)
