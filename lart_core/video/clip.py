"""Which part of a video is meant."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError

MOST = 1e9
"""Seconds, and frames a second, that no video has."""


@dataclass(frozen=True)
class Clip:
    """Seconds of a video, and the rate of one that does not say its own.

    Attributes:
        start, end: Seconds from the first frame; frames that are shown from `start` on and before
            `end` belong to the clip. None is the video's own end.
        fps: Frames a second of a folder of pictures.
    """

    start: float = 0.0
    end: float | None = None
    fps: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("start", self.start), ("end", self.end), ("fps", self.fps)):
            if value is not None and not 0 <= value < MOST:
                raise LartError(
                    f"Expected {name} as a number from 0 to under {MOST:g}, but got {value:g}."
                )
        if self.end is not None and self.end <= self.start:
            raise LartError(
                f"Expected an end after the start, but got {self.start:g} to {self.end:g} s."
            )
        if self.fps is not None and self.fps <= 0:
            raise LartError(f"Expected frames a second above 0, but got {self.fps:g}.")

    def settings(self) -> dict[str, Any]:
        """What is not as usual of it, as JSON."""
        said = {"start": self.start or None, "end": self.end, "fps": self.fps}
        return {name: value for name, value in said.items() if value is not None}

    def rows(self, seconds: NDArray[np.float64], name: str) -> range:
        """The frames of the clip, of a video whose frames are shown at these seconds.

        Raises:
            LartError: The video has none there.
        """
        at = seconds - seconds[:1].sum() + 1e-4
        first = int(np.searchsorted(at, self.start))
        stop = len(at) if self.end is None else int(np.searchsorted(at, self.end))
        if len(at) and first >= stop:
            raise LartError(
                f"Expected a clip within {name}, whose last frame is shown at {at[-1]:.2f} s, but "
                f"got {self.start:g} to {'the end' if self.end is None else f'{self.end:g} s'}."
            )
        return range(first, stop)
