"""What `benchmarks.study_elsewhere` counts."""

import numpy as np

from benchmarks.study_elsewhere import SECOND, rank, strongest_second, ways


def test_the_strongest_second_is_the_greatest_mean_of_any_second() -> None:
    said = np.zeros((5 * SECOND, 2), np.float32)
    said[7 : 7 + SECOND, 0] = 0.9
    said[3, 1] = 0.6
    np.testing.assert_allclose(strongest_second(said), [0.9, 0.6 / SECOND], rtol=1e-6)


def test_of_less_than_a_second_the_mean_is_taken() -> None:
    said = np.array([[0.2], [0.4]], np.float32)
    mean, strongest = ways(said)
    np.testing.assert_allclose(mean, strongest)


def test_the_rank_counts_the_actions_that_come_before() -> None:
    said = np.array([0.1, 0.9, 0.5], np.float32)
    assert [rank(said, column) for column in range(3)] == [2, 0, 1]
