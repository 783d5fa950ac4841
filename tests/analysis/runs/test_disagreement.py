"""Where two models differ."""

import numpy as np
import pytest

from analysis.runs.disagreement import by_action, disagreements
from lart_core.runs.actions import Actions, PersonActions


def actions(name: str, ids: tuple[int, ...], people: dict[int, tuple[list, list]]) -> Actions:
    return Actions(
        name,
        ids,
        {
            track: PersonActions(np.array(frame), np.array(said, np.float32))
            for track, (frame, said) in people.items()
        },
    )


def test_only_what_both_know_is_compared_at_frames_that_both_have() -> None:
    a = actions("a", (12, 14), {1: ([5, 6, 7], [[0.1, 0.9], [0.2, 0.9], [0.3, 0.9]])})
    b = actions("b", (14, 8), {1: ([6, 7, 8], [[0.8, 0], [0.1, 0], [0.9, 0]]), 2: ([6], [[1, 1]])})
    (row,) = disagreements(a, b).itertuples()
    assert (row.person, row.action, row.frame) == (1, "walk", 7)
    assert row.difference == pytest.approx((0.1 + 0.8) / 2)
    assert (row.mean_a, row.mean_b) == (pytest.approx(0.9), pytest.approx(0.45))
    assert (row.at_a, row.at_b) == (pytest.approx(0.9), pytest.approx(0.1))


def test_frames_of_which_a_model_says_nothing_are_no_difference() -> None:
    a = actions("a", (12, 14), {1: ([0, 1], [[0.0, 0.0], [0.5, 0.0]]), 2: ([0], [[0.0, 0.0]])})
    b = actions("b", (12, 14), {1: ([0, 1], [[0.9, 0.9], [0.4, 0.3]]), 2: ([0], [[0.9, 0.9]])})
    table = disagreements(a, b)
    assert table["person"].tolist() == [1, 1] and table["frames"].tolist() == [1, 1]
    assert table["difference"].tolist() == pytest.approx([0.3, 0.1])


def test_the_largest_difference_comes_first() -> None:
    a = actions("a", (12, 14), {1: ([0], [[0.5, 0.5]])})
    b = actions("b", (12, 14), {1: ([0], [[0.4, 0.0]])})
    assert disagreements(a, b)["action"].tolist() == ["walk", "stand"]


def test_means_of_an_action_are_over_all_frames_of_everybody() -> None:
    frames = list(range(80))
    a = actions("a", (12,), {1: (frames, [[0.1]] * 80), 2: (frames[:2], [[0.1]] * 2)})
    b = actions("b", (12,), {1: (frames, [[0.1]] * 80), 2: (frames[:2], [[0.9]] * 2)})
    (row,) = by_action(disagreements(a, b)).itertuples()
    assert (row.Index, row.mean_a) == ("stand", pytest.approx(0.1))
    assert row.difference == pytest.approx(0.8 * 2 / 82)
    assert row.mean_b == pytest.approx((0.1 * 80 + 0.9 * 2) / 82)


def test_nothing_in_common_is_an_empty_table() -> None:
    a = actions("a", (12,), {1: ([0], [[0.5]])})
    b = actions("b", (14,), {1: ([0], [[0.5]])})
    assert disagreements(a, b).empty
