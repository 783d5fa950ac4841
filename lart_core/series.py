"""Values over frames: where something holds, and what lies between two frames."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def stretches(
    frames: NDArray[np.integer],
    bridge: float = 0,
    clock: Callable[[NDArray[np.integer]], NDArray[Any]] = lambda frame: frame,
) -> list[list[int]]:
    """Stretches [first, last] of ascending frame numbers without a gap.

    Of a flag over frames 0, 1, ... take `np.flatnonzero(flag)`; of other frames, `frames[flag]`.

    Args:
        frames: (N,) ascending integers.
        bridge: Gaps of up to so many frames do not end a stretch.
        clock: Gives the moments at which frames begin, where gaps are measured in another unit.

    Example:
        >>> stretches(np.array([3, 4, 5, 9]))
        [[3, 5], [9, 9]]
    """
    if len(frames) == 0:
        return []
    gaps = np.flatnonzero(clock(frames[1:]) - clock(frames[:-1] + 1) > bridge + 1e-6)
    firsts, lasts = frames[np.r_[0, gaps + 1]], frames[np.r_[gaps, len(frames) - 1]]
    return [[int(first), int(last)] for first, last in zip(firsts, lasts, strict=True)]


def joined(spans: Iterable[Sequence[int]]) -> list[list[int]]:
    """Stretches [first, last] in ascending order; those that touch or overlap become one.

    Example:
        >>> joined([[5, 9], [0, 2], [3, 4], [8, 12]])
        [[0, 12]]
    """
    found: list[list[int]] = []
    for first, last in sorted(map(tuple, spans)):
        if found and first <= found[-1][1] + 1:
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    return found


def between(values: NDArray[np.floating], at: NDArray[np.floating]) -> NDArray[np.floating]:
    """(T, ...) values at the row numbers `at` (N,), linear between rows -> (N, ...)."""
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    share = (at - low).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    return values[low] * (1 - share) + values[high] * share


def nearest(known: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.int64]:
    """Index of the nearest of the ascending `known` for each `wanted`, the later where tied."""
    right = np.searchsorted(known, wanted).clip(max=len(known) - 1)
    left = (right - 1).clip(min=0)
    return np.where(np.abs(known[right] - wanted) <= np.abs(wanted - known[left]), right, left)
