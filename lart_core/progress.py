"""How far long work is, and who is told of it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a stage is.

    Attributes:
        stage: Its name; of a run ``perception``, ``tracking``, ``appearance``, ``actions`` or
            ``player``.
        done, total: What is counted: frames, people or epochs.
        remaining: Estimated seconds that are left of this stage, or None where nobody knows.
    """

    stage: str
    done: int
    total: int
    remaining: float | None = None


OnProgress = Callable[[Progress], None]
"""Called whenever a piece is done."""
