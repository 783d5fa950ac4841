"""The body's surface as game engines and browsers move it: four joints a vertex."""

import numpy as np
from numpy.typing import NDArray

from lart_core.body.model import load

INFLUENCES = 4


def skin() -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The strongest joints of each vertex, and their shares.

    Returns:
        (V, 4) joint numbers, strongest first, and (V, 4) shares that sum to 1.
    """
    weights = load().lbs_weights.numpy()
    strongest = np.argsort(-weights, axis=1)[:, :INFLUENCES]
    shares = np.take_along_axis(weights, strongest, axis=1)
    strongest[shares == 0] = 0
    return strongest.astype(np.uint8), shares / shares.sum(axis=1, keepdims=True)


def share_of_parts(parts: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How far each vertex belongs to parts of the body.

    Args:
        parts: (T, 24) which parts, one for each joint.

    Returns:
        (T, V) in 0..1.
    """
    return np.asarray(parts, np.float32) @ load().lbs_weights.numpy().T
