"""High dynamic range (PQ and HLG) as a player shows it on a usual screen.

The FFmpeg that comes with PyAV has no zscale, which ffmpeg's own tone mapping needs.
Sources: ITU-R BT.2100 (both transfer functions), BT.2087 (primaries), BT.2408 (203 cd/m2 is white).
"""

from functools import cache

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

PQ, HLG = 16, 18
"""Transfer functions of high dynamic range, by their numbers in ITU-T H.273."""
WIDE = 9
"""Primaries of BT.2020."""
WHITE = 203.0
"""Light in cd/m2 that a usual screen's white stands for."""
HLG_PEAK = 1000.0
KNEE = 0.75
"""Share of white up to which light is shown as it is; what is brighter is compressed to white."""

BT2020_TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)


def is_hdr(frame: VideoFrame) -> bool:
    """Whether a frame is of high dynamic range."""
    return frame.color_trc in (PQ, HLG)


def picture(coded: NDArray[np.uint16], frame: VideoFrame) -> NDArray[np.uint8]:
    """A frame of high dynamic range as RGB (H, W, 3).

    Args:
        coded: Its picture, (H, W, 3), 16 bits a channel as they are coded.
        frame: Says what the codes mean.
    """
    light = _light(frame.color_trc)[coded]
    if frame.color_trc == HLG:
        light *= (np.maximum(light @ LUMINANCE, 1e-6) ** 0.2)[..., None] * (HLG_PEAK / WHITE)
    if frame.color_primaries == WIDE:
        light = light @ BT2020_TO_709.T
    brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    rest = 1 - KNEE
    over = np.maximum(brightest - KNEE, 0)
    above = KNEE + rest * over / (over + rest)
    light *= np.where(brightest > KNEE, above / brightest, 1)
    return np.rint(np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


@cache
def _light(transfer: int) -> NDArray[np.float32]:
    """(65536,) light of each code: of PQ with white as 1, of HLG the scene's from 0 to 1."""
    code = np.linspace(0, 1, 1 << 16)
    if transfer == PQ:
        root = code ** (1 / 78.84375)
        ratio = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
        return (ratio ** (1 / 0.1593017578125) * (10_000 / WHITE)).astype(np.float32)
    bright = (np.exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return np.where(code <= 0.5, code**2 / 3, bright).astype(np.float32)
