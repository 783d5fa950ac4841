"""Stretches of frames, and values between frames."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from lart_core.series import between, stretches


@given(some.lists(some.booleans(), max_size=40), some.integers(0, 3))
def test_stretches_cover_the_flagged_frames_and_short_gaps_alone(flags, bridge) -> None:
    frames = 10 + np.flatnonzero(np.array(flags, bool))
    found = stretches(frames, bridge)
    held = {f for first, last in found for f in range(first, last + 1)}
    assert held >= set(frames.tolist())
    assert all({first, last} <= set(frames.tolist()) for first, last in found)
    assert all(b[0] - a[1] - 1 > bridge for a, b in pairwise(found))
    if not bridge:
        assert held == set(frames.tolist())


def test_between_rows_values_are_linear_and_ends_stay() -> None:
    values = np.array([[0.0, 1], [2, 5], [4, 1]], np.float32)
    at = np.array([0, 0.5, 1, 1.75, 2])
    assert between(values, at) == pytest.approx(
        np.array([[0, 1], [1, 3], [2, 5], [3.5, 2], [4, 1]], np.float32)
    )
