"""Ties: which of equals stay among the 50, and in which order."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.ava.ties import TUPLE, entries, heap_order, survivors

SCORES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=40)


@given(SCORES, st.integers(1, 12))
def test_survivors_are_those_of_the_heap(pairs: list[tuple[int, int]], capacity: int) -> None:
    score = np.array([s for s, _ in pairs], float)
    table = pd.DataFrame(dict.fromkeys(TUPLE, 0.0), index=range(len(pairs)))
    table["x1"] = [float(x) for _, x in pairs]
    row = np.argsort(-score, kind="stable")
    stays = survivors(row, score[row], np.zeros(row.size, np.int64), table, capacity)
    every = entries(table, np.arange(row.size), score)
    heap = [every[i] for i in heap_order(every, capacity)]
    assert sorted(every[i] for i in row[stays]) == sorted(heap)


def test_survivors_keep_keyframes_apart() -> None:
    table = pd.DataFrame(dict.fromkeys(TUPLE, 0.0), index=range(6))
    table["x1"] = [5.0, 1.0, 2.0, 3.0, 9.0, 4.0]
    frame = np.array([0, 0, 0, 1, 1, 1])
    stays = survivors(np.arange(6), np.ones(6), frame, table, 2)
    assert stays.tolist() == [True, True, False, True, True, False]


def test_equals_follow_the_array_of_the_heap() -> None:
    rows = [(1.0, 12, y, 0.0, 1.0, 1.0) for y in (0.3, 0.1, 0.2)]
    assert heap_order(rows) == [1, 0, 2]
