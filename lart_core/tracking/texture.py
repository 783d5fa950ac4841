"""A person's texture over time."""

import numpy as np

from lart_core.tracking.features import Floats


def mixed(old: Floats, new: Floats, share: float) -> Floats:
    """A track's UV map after a sighting.

    Where both maps are valid the new one counts `share`, where one is valid it is taken as it is.
    Source: PHALP `Track.update`.

    Args:
        old, new: (4, H, W): colour, and validity 1 or -1.
    """
    was, now = old[3:] == 1, new[3:] == 1
    colour = np.where(now, new[:3], 0)
    colour = np.where(was, old[:3], colour)
    colour = np.where(was & now, (1 - share) * old[:3] + share * new[:3], colour)
    return np.concatenate([colour, np.where(was | now, 1, -1)]).astype(old.dtype)
