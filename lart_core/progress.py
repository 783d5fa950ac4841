"""How far long work is, and who is told of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Progress:
    """How far a stage is.

    Attributes:
        stage: Its name; of a run ``perception``, ``tracking``, ``appearance``, ``actions`` or
            ``player``.
        done, total: What is counted: frames, people or epochs.
        remaining: Estimated seconds that are left of this stage, or None where nobody knows.
        boxes: (N, 4) pixels, of the people in the frame that was dealt with last; None in stages
            that do not look for people.
    """

    stage: str
    done: int
    total: int
    remaining: float | None = None
    boxes: NDArray[np.float32] | None = field(default=None, compare=False)


OnProgress = Callable[[Progress], None]
"""Called whenever a piece is done."""
