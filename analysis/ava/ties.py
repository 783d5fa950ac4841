"""What the official AVA evaluator's heap does where scores tie.

It pushes the predictions of a keyframe, as tuples (score, class, y1, x1, y2, x2), on a heap that
holds 50 at most, and then sorts the heap's array by score alone. So among equal scores the order
is that of the heap's array, and at the 50th place the tuples decide.
"""

import heapq
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

TUPLE = ["action_id", "y1", "x1", "y2", "x2"]
"""What the heap compares after the score."""


Entry = tuple[float, ...]


def entries(table: pd.DataFrame, row: NDArray[np.int64], score: NDArray[np.float64]) -> list[Entry]:
    """The tuples that the heap would hold for some rows of a table."""
    columns = (table[c].to_numpy()[row].tolist() for c in TUPLE)
    return list(zip(score.tolist(), *columns, strict=True))


def heap_order(entries: Sequence[Entry], capacity: int | None = None) -> list[int]:
    """Order in which the evaluator sees the boxes of one keyframe.

    Args:
        entries: The keyframe's n boxes in the order of the file.
        capacity: How many the heap holds; None for no limit.

    Returns:
        Indices of the boxes that stay, best score first. Boxes that are equal in everything are
        interchangeable.
    """
    heap: list[Entry] = []
    for entry in entries:
        if capacity is None or len(heap) < capacity:
            heapq.heappush(heap, entry)
        elif entry[0] > heap[0][0]:
            heapq.heapreplace(heap, entry)
    places = defaultdict(list)
    for index in range(len(entries) - 1, -1, -1):
        places[entries[index]].append(index)
    return [places[entry].pop() for entry in sorted(heap, key=_worst_last)]


def _worst_last(entry: Entry) -> float:
    return -entry[0]


def survivors(
    row: NDArray[np.int64],
    score: NDArray[np.float64],
    keyframe: NDArray[np.int64],
    table: pd.DataFrame,
    capacity: int,
) -> NDArray[np.bool_]:
    """Which boxes stay on their keyframe's heap, for all keyframes at once.

    Everything above the score of the 50th place stays. Of the boxes with just that score, those
    can stay that are among the first 50 to arrive with at least that score (later ones find the
    heap full of equals or betters and are refused); each better one that arrives later pushes out
    the smallest tuple, so of these the largest tuples stay.

    Args:
        row: (n,) row numbers in `table`; rows in the order of the file.
        score: (n,) scores, sorted from best to worst within each keyframe.
        keyframe: (n,) keyframe numbers, ascending.
        table: Predictions, with the columns of `TUPLE`.
        capacity: How many a heap holds.

    Returns:
        (n,) True for the boxes that stay.
    """
    start = np.flatnonzero(np.r_[True, keyframe[1:] != keyframe[:-1]]) if row.size else row
    size = np.diff(np.r_[start, row.size])
    place = np.arange(row.size) - np.repeat(start, size)
    stays = place < capacity
    last = start[size > capacity] + capacity - 1
    last = last[score[last] == score[last + 1]]
    if not last.size:
        return stays

    bar = np.full(start.size, np.nan)
    frame_of = np.searchsorted(start, last, side="right") - 1
    bar[frame_of] = score[last]
    bar_of = np.repeat(bar, size)
    stays &= score != bar_of
    contender = np.flatnonzero(score >= bar_of)
    contender = contender[np.lexsort((row[contender], keyframe[contender]))]
    frame = keyframe[contender]
    first = np.flatnonzero(np.r_[True, frame[1:] != frame[:-1]])
    count = np.diff(np.r_[first, frame.size])
    arrival = np.arange(frame.size) - np.repeat(first, count)
    better = np.add.reduceat((score > bar_of)[contender].astype(np.int64), first)
    room = np.repeat(capacity - better, count)
    equal = (arrival < capacity) & (score == bar_of)[contender]
    contender, room = contender[equal], room[equal]

    keys = [table[c].to_numpy()[row[contender]] for c in reversed(TUPLE)]
    order = np.lexsort((*(-k for k in keys), keyframe[contender]))
    contender, room = contender[order], room[order]
    frame = keyframe[contender]
    first = np.flatnonzero(np.r_[True, frame[1:] != frame[:-1]])
    place = np.arange(frame.size) - np.repeat(first, np.diff(np.r_[first, frame.size]))
    stays[contender[place < room]] = True
    return stays
