"""Which parts of a body, as one whole number a frame: the bit of SMPL's joint 0 is the lowest."""

import numpy as np
from numpy.typing import NDArray

from lart_core.tracklet.data import PARTS

_BITS = 1 << np.arange(PARTS)


def to_bits(parts: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(T,) numbers of (T, 24) parts."""
    return np.asarray(parts @ _BITS, np.int32)


def from_bits(bits: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(T, 24) parts of (T,) numbers."""
    return np.asarray(np.asarray(bits)[:, None] & _BITS != 0)
