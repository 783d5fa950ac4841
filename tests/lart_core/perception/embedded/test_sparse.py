"""A detector that looks at few frames: people move evenly in between, unless something happens."""

from collections.abc import Callable

import numpy as np

from lart_core.perception.embedded.sparse import SparseDetector
from lart_core.perception.protocols import Detections

FRAMES = [np.full((100, 200, 3), n, np.uint8) for n in range(13)]


def person(x: float, wrist: float = 0.0) -> Detections:
    """A person 40 pixels wide and 80 high, whose wrist is off by so many pixels."""
    keypoints = np.ones((1, 17, 3), np.float32) * [x + 20, 50, 0.9]
    keypoints[0, 9, 0] += wrist
    box = np.array([[x, 10, x + 40, 90]], np.float32)
    return Detections(box, np.ones(1, np.float32), keypoints.astype(np.float32))


NOBODY = person(0).take([])


class Looking:
    name = "looking"

    def __init__(self, people: Callable[[int], Detections]) -> None:
        self.people, self.looked = people, []

    def detect(self, frames: list) -> list[Detections]:
        self.looked += [int(frame[0, 0, 0]) for frame in frames]
        return [self.people(int(frame[0, 0, 0])) for frame in frames]


def test_between_two_looks_people_move_evenly():
    detector = Looking(lambda n: person(2.0 * n))
    found = SparseDetector(detector).detect(FRAMES)
    assert sorted(detector.looked) == [0, 3, 6, 9, 12]
    left = [float(each.box[0, 0]) for each in found]
    np.testing.assert_allclose(left, 2.0 * np.arange(13), rtol=1e-5)
    np.testing.assert_allclose([each.keypoints[0, 0, 0] for each in found], [x + 20 for x in left])


def test_who_comes_or_goes_or_leaps_is_looked_at_half_way():
    for people in (
        lambda n: person(20) if n < 4 else NOBODY,
        lambda n: person(20) if n >= 4 else NOBODY,
        lambda n: person(20, wrist=50 if n >= 4 else 0),
    ):
        detector = Looking(people)
        SparseDetector(detector).detect(FRAMES)
        assert sorted(detector.looked) == [0, 3, 4, 6, 9, 12]


def test_who_is_in_one_of_two_looks_is_in_none_between():
    detector = Looking(lambda n: person(20) if n < 4 else NOBODY)
    found = SparseDetector(detector).detect(FRAMES)
    assert [len(each) for each in found] == [1] * 4 + [0] * 9


def test_a_keypoint_that_moved_between_two_looks_contradicts_nobody():
    found = SparseDetector(Looking(lambda n: person(20, wrist=3.0 * n))).detect(FRAMES)
    wrist = [float(each.keypoints[0, 9, 2]) for each in found]
    np.testing.assert_allclose(wrist[:4], [0.9, 0.45, 0.45, 0.9], rtol=1e-6)


def test_no_frames_are_no_people():
    assert SparseDetector(Looking(person)).detect([]) == []
