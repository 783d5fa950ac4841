"""Lanes: which actions are on top, and curves that lose no peak."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from analysis.runs import lanes
from lart_core.runs.actions import Actions, PersonActions
from lart_core.tracklet import VideoFacts

VIDEO = VideoFacts("a.mp4", 64, 48, 30.0, 200)


def person(probability, first: int = 0) -> PersonActions:
    values = np.asarray(probability, np.float32)
    return PersonActions(np.arange(first, first + len(values)), values)


def test_a_short_strong_action_ranks_with_a_long_one_and_a_noisy_frame_does_not() -> None:
    said = np.zeros((200, 3), np.float32)
    said[:, 0] = 0.5  # all the time
    said[50:80, 1] = 0.9  # one second
    said[120, 2] = 1.0  # one frame
    actions = Actions("m", (12, 5, 14), {1: person(said)})
    assert lanes.top_actions([actions], 1, VIDEO) == [5, 12, 14]


def test_a_person_that_no_model_knows_has_no_lanes() -> None:
    assert lanes.person_lane([Actions("m", (12,), {})], 7, 0, 9, 10, {}) == []


@given(
    some.integers(1, 60), some.integers(0, 40), some.integers(1, 50), some.integers(0, 2**32 - 1)
)
def test_no_peak_is_lost_however_coarse_the_curve(length, first, bins, seed) -> None:
    said = np.random.default_rng(seed).random((length, 1))
    drawn = lanes.curve(person(said, first), 0, 0, first + length + 5, bins)
    assert max(drawn) == pytest.approx(said.max() * 1000, abs=0.51)
    assert all(-1 <= value <= 1000 for value in drawn)


def test_frames_without_the_person_are_marked() -> None:
    assert (
        lanes.curve(person([[1.0], [1.0]], first=3), 0, 0, 7, 8) == [-1] * 3 + [1000] * 2 + [-1] * 3
    )


def test_at_frame() -> None:
    actions = Actions("m", (12, 14), {1: person([[0.1, 0.2], [0.3, 0.4]], first=5)})
    assert lanes.at_frame(actions, 1, 6) == {12: pytest.approx(0.3), 14: pytest.approx(0.4)}
    assert lanes.at_frame(actions, 1, 7) == lanes.at_frame(actions, 2, 6) == {}
