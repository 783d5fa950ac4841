"""What is known of a video, its clock included: which frame is on the screen at which second."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lart_core.errors import LartError

PUBLISHED_FPS = 30.0
"""Frames a second of AVA's films as the published networks saw them: what they count in frames
lasts so many 30ths of a second."""


@dataclass(frozen=True)
class VideoFacts:
    """What is known of the video that a tracklet was seen in.

    Second 0 is the moment at which the first frame is shown.

    Attributes:
        name: File name.
        width, height: Pixels, as the video is shown (upright, pixels square).
        fps: Frames a second; of a variable rate the median one.
        frames: How many there are.
        sha256: Hash of the file, or empty.
        times: (frames,) float64, the second at which each frame is shown, ascending from 0; None
            where the rate is constant: frame n is then shown at n / fps.

    Raises:
        LartError: No video is like that.

    Example:
        >>> pause = VideoFacts("a.mp4", 64, 48, 10.0, 4, times=np.array([0, 0.1, 3.1, 3.2]))
        >>> pause.seconds, pause.frame_at([0.1, 2.0, 3.1]).tolist()
        (3.3, [1, 1, 2])
    """

    name: str
    width: int
    height: int
    fps: float
    frames: int
    sha256: str = ""
    times: NDArray[np.float64] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        numbers = (self.width, self.height, self.frames)
        whole = all(isinstance(n, int | np.integer) for n in numbers)
        if not isinstance(self.name, str) or not whole:
            raise LartError(
                "Expected a video's name as text and its size and frames as whole numbers."
            )
        positive = self.width > 0 and self.height > 0 and self.frames >= 0 and self.fps > 0
        if not (positive and np.isfinite(self.fps)):
            raise LartError(
                f"Expected a video with positive size and frame rate, but got {self.name!r} with "
                f"{self.width}x{self.height} pixels, {self.fps} frames/s and {self.frames} frames."
            )
        if self.times is not None:
            times = np.asarray(self.times)
            if (
                times.dtype.kind not in "fiu"
                or times.shape != (self.frames,)
                or not _ascending(times)
            ):
                raise LartError(
                    f"Expected a second for each of the {self.frames} frames of {self.name}, "
                    f"ascending from 0, but got other numbers."
                )
            object.__setattr__(self, "times", times.astype(np.float64))

    @property
    def variable(self) -> bool:
        """Whether frames are shown for different lengths of time."""
        return self.times is not None

    @property
    def seconds(self) -> float:
        """How long it lasts, to the end of the last frame."""
        if self.times is None or not self.frames:
            return self.frames / self.fps
        return float(self.times[-1]) + 1 / self.fps

    def second_of(self, frame: ArrayLike) -> NDArray[np.float64]:
        """The second at which each frame is shown, any shape; frame + 1 is when it ends.

        Fractions of frames lie between: 3.5 is the middle of the time for which 3 is shown.
        """
        number = np.asarray(frame, np.float64)
        if self.times is None:
            return number / self.fps
        return np.interp(number, np.arange(self.frames + 1), self._edges)

    @property
    def _edges(self) -> NDArray[np.float64]:
        assert self.times is not None
        return np.append(self.times, self.seconds)

    def frame_at(self, second: ArrayLike) -> NDArray[np.int64]:
        """The frame that is on the screen at each second, any shape.

        One that comes within half a frame, and is nearer than the one on the screen, counts
        already: times in tables are rounded. -1 is before the first frame, `frames` past the end.
        """
        at = np.asarray(second, np.float64)
        if self.times is None:
            number = np.maximum(np.ceil(np.round(at * self.fps - 0.5, 6)), -1)
            ended = np.round(at * self.fps, 6) >= self.frames
            return np.where(ended, self.frames, np.minimum(number, self.frames - 1)).astype(
                np.int64
            )
        edges = self._edges
        before = np.searchsorted(edges, at + 1e-6, side="right") - 1
        after = np.minimum(before + 1, self.frames)
        wait, since = edges[after] - at, at - edges[np.maximum(before, 0)]
        soon = (wait < 0.5 / self.fps - 1e-6) & ((wait < since) | (before < 0))
        soon &= after < self.frames
        return np.where(soon, after, before).astype(np.int64)

    def record(self) -> dict[str, Any]:
        """All of it as plain values, for JSON; `VideoFacts(**record)` is the way back."""
        times = {} if self.times is None else {"times": self.times.tolist()}
        return times | {
            "name": self.name,
            "width": self.width,
            "height": self.height,
            "fps": self.fps,
            "frames": self.frames,
            "sha256": self.sha256,
        }


def timing(times: ArrayLike, rates: tuple[float, ...] = ()) -> tuple[float, NDArray | None]:
    """The rate of frames that are shown at these seconds, and their times if it is variable.

    Containers round: Matroska to milliseconds, QuickTime to 1/600 s. Frames that are never farther
    from a constant rate than that (5 ms, a quarter of a frame at most) are of that rate.

    Args:
        times: (N,) seconds, ascending.
        rates: Rates that the file names, the likeliest first.

    Returns:
        Frames a second (the median where they vary), and None or (N,) seconds from 0.
    """
    at = np.asarray(times, np.float64)
    at = at - at[:1].sum()
    if len(at) < 2:
        return (rates[0] if rates else 1.0), None
    steps = np.diff(at)
    middle = np.partition(steps, len(steps) // 2)[len(steps) // 2]  # One of them, unlike a median.
    usual = steps[np.abs(steps / middle - 1) < 0.25].mean()
    for rate in (*rates, 1 / steps.mean(), 1 / usual):
        if np.abs(at - np.arange(len(at)) / rate).max() <= min(0.25 / rate, 0.0055):
            return float(rate), None
    nearest = min(rates, key=lambda rate: abs(rate * usual - 1), default=1 / usual)
    return float(nearest if abs(nearest * usual - 1) < 0.02 else 1 / usual), at


def _ascending(times: NDArray[np.float64]) -> bool:
    return bool(np.isfinite(times).all() and (np.diff(times) > 0).all() and (times[:1] == 0).all())
