"""Boxes of two networks, fused; people without keypoints beside those with."""

import numpy as np
import pytest

from lart_core import weights
from lart_core.perception.embedded import fusion, people, ssd, tfjs
from lart_core.perception.embedded.people import PeopleDetector
from lart_core.perception.embedded.ssd import Boxes
from lart_core.perception.protocols import Detections

FRAME = np.zeros((100, 200, 3), np.uint8)
LEFT, RIGHT = [0.0, 0.1, 0.3, 0.9], [0.6, 0.1, 0.9, 0.9]


def boxes(*rows: list[float], score: list[float]) -> Boxes:
    return Boxes(np.array(rows, np.float32).reshape(-1, 4), np.array(score, np.float32))


class Posed:
    """A detector with keypoints that finds the left person in the frames where it should."""

    name = "posed"

    def __init__(self, finds: list[bool]) -> None:
        self.finds = iter(finds)

    def begin(self, fps: float) -> None: ...

    def detect(self, frames: list) -> list[Detections]:
        box = np.array([LEFT], np.float32) * [200, 100, 200, 100]
        one = Detections(box.astype(np.float32), np.ones(1, np.float32), np.ones((1, 17, 3)))
        nobody = Detections(one.box[:0], one.score[:0], one.keypoints[:0])
        return [one if next(self.finds) else nobody for _ in frames]


def test_what_both_see_keeps_its_score_and_what_one_sees_half_of_it():
    near = [0.02, 0.1, 0.32, 0.9]
    found = fusion.fused(boxes(LEFT, score=[0.8]), boxes(near, RIGHT, score=[0.6, 0.6]))
    np.testing.assert_allclose(found.score, [0.7, 0.3])
    np.testing.assert_allclose(found.box[0], [0.01, 0.1, 0.31, 0.9], atol=1e-6)


def test_parts_of_people_and_hulls_of_two_are_dropped():
    head, hull = [0.05, 0.1, 0.2, 0.3], [0.0, 0.1, 0.9, 0.9]
    found = fusion.cleaned(boxes(hull, head, LEFT, RIGHT, score=[0.3, 0.4, 0.9, 0.8]))
    np.testing.assert_allclose(found.box, np.array([LEFT, RIGHT], np.float32))


def test_people_without_keypoints_are_found_beside_those_with():
    looked = []

    def look(frame: np.ndarray) -> dict[str, Boxes]:
        looked.append(frame)
        return {"person": boxes(LEFT, RIGHT, score=[0.6, 0.6])}

    detector = PeopleDetector(Posed([True] * 7), look, "both")
    found = detector.detect([FRAME] * 7)
    assert len(looked) == 3
    assert [len(each) for each in found] == [2] * 7
    assert found[3].keypoints[:, :, 2].max(axis=1).tolist() == [1, 0]
    np.testing.assert_allclose(found[3].box[1], np.array(RIGHT) * [200, 100, 200, 100], rtol=1e-5)


def test_somebody_unsure_must_be_seen_twice_and_a_flicker_is_forgiven():
    scores = [0.32, 0.32, 0.2, 0.0, 0.0]

    def look(frame: np.ndarray) -> dict[str, Boxes]:
        score = scores[frame[0, 0, 0]]
        found = boxes(RIGHT, score=[score]) if score else boxes(score=[])
        return {"person": found}

    detector = PeopleDetector(Posed([False] * 5), look, "both")
    detector.begin(10.0)  # a look at every frame near somebody
    found = [len(each) for each in detector.detect([FRAME + n for n in range(5)])]
    assert found == [0, 1, 0, 0, 0]


def test_where_everybody_has_keypoints_looks_are_seldom():
    looked = []

    def look(frame: np.ndarray) -> dict[str, Boxes]:
        looked.append(int(frame[0, 0, 0]))
        return {"person": boxes(LEFT, score=[0.9])}

    PeopleDetector(Posed([True] * 20), look, "both").detect([FRAME + n for n in range(20)])
    assert looked == [0, 9, 18, 19]


def test_somebody_who_is_lost_is_looked_for_at_once():
    looked = []

    def look(frame: np.ndarray) -> dict[str, Boxes]:
        looked.append(frame)
        return {"person": boxes(score=[])}

    PeopleDetector(Posed([True, True, False, False]), look, "both").detect([FRAME] * 4)
    assert len(looked) == 3  # the first and the last frame, and the third


def test_between_two_looks_boxes_move_evenly():
    moved = [0.65, 0.1, 0.95, 0.9]
    looks = iter([boxes(RIGHT, score=[0.9]), boxes(moved, score=[0.9])])
    detector = PeopleDetector(Posed([False] * 4), lambda _: {"person": next(looks)}, "both")
    left = [float(each.box[0, 0]) for each in detector.detect([FRAME] * 4)]
    np.testing.assert_allclose(left, np.linspace(120, 130, 4), rtol=1e-5)


def test_a_badly_cut_box_gives_way_to_the_networks():
    posed = Posed([True]).detect([FRAME])[0]
    wide = boxes([0.0, 0.1, 0.5, 0.9], score=[0.9])
    found = people.together(posed, wide, (200, 100))
    np.testing.assert_allclose(found.box, [[0, 10, 100, 90]], rtol=1e-5)
    assert found.keypoints[0, 0, 2] == 1


def test_keypoints_in_a_part_of_somebody_are_not_believed():
    box = np.array([[50, 40, 100, 80]], np.float32)
    keypoints = np.ones((1, 17, 3), np.float32) * [70, 60, 1]
    posed = Detections(box, np.ones(1, np.float32), keypoints.astype(np.float32))
    whole = boxes([0.1, 0.1, 0.6, 0.9], score=[0.6])
    found = people.together(posed, whole, (200, 100))
    np.testing.assert_allclose(found.box, [[20, 10, 120, 90]], rtol=1e-5)
    assert not found.keypoints.any()


def test_people_with_keypoints_are_never_parts_of_others():
    box = np.array([[0, 0, 100, 100], [20, 20, 60, 60]], np.float32)
    keypoints = np.ones((2, 17, 3), np.float32)
    keypoints[:, :, :2] = 40
    posed = Detections(box, np.array([0.9, 0.3], np.float32), keypoints)
    nobody = boxes(score=[])
    assert len(people.together(posed, nobody, (200, 100))) == 2


def test_anchors_are_those_in_the_file():
    for name in ("coco-ssd-graph", "coco-ssd-weights"):
        if weights.state(weights.find(name)) is not weights.State.PRESENT:
            pytest.skip(f"{name} is not cached (lart weights fetch {name})")
    files = (weights.path("coco-ssd-graph"), weights.path("coco-ssd-weights"))
    y1, x1, y2, x2 = tfjs.read_weights(*files)[1]["Postprocessor/ExpandDims"][0].T
    own = ssd.anchors()
    corners = np.concatenate([own[:, :2] - own[:, 2:] / 2, own[:, :2] + own[:, 2:] / 2], axis=1)
    np.testing.assert_allclose(corners, np.stack([x1, y1, x2, y2], axis=1), atol=1e-4)


def test_boxes_are_decoded_as_they_were_coded():
    anchor = np.array([[0.5, 0.5, 0.2, 0.4]])
    box = ssd.decode(np.array([[1.0, 2.0, 5 * np.log(1.5), 5 * np.log(2)]]), anchor)
    np.testing.assert_allclose(box, [[0.34, 0.24, 0.74, 0.84]], atol=1e-6)


def test_things_are_noted_with_their_frames():
    found = {"person": boxes(LEFT, score=[0.9]), "book": boxes(RIGHT, LEFT, score=[0.8, 0.1])}
    detector = PeopleDetector(Posed([True] * 4), lambda _: found, "both")
    for _ in range(2):
        detector.detect([FRAME] * 2)
    assert [(each.frame, each.kind) for each in detector.things] == [(n, "book") for n in range(4)]
    np.testing.assert_allclose(detector.things[0].box, np.array(RIGHT) * [200, 100, 200, 100])
    detector.begin(30.0)
    assert not detector.things


def test_things_of_both_networks_are_one():
    class Network:
        def __init__(self, **found: Boxes) -> None:
            self.found = found

        def find(self, picture: np.ndarray) -> dict[str, Boxes]:
            return self.found

    nobody = boxes(score=[])
    look = people.both(
        [
            Network(person=nobody, book=boxes(RIGHT, score=[0.8]), camera=boxes(LEFT, score=[0.5])),
            Network(person=nobody, book=boxes(RIGHT, score=[0.4]), phone=nobody),
        ]
    )
    found = look(FRAME)
    np.testing.assert_allclose(found["book"].score, [0.6])
    np.testing.assert_allclose(found["camera"].score, [0.5])
    assert set(found) == {"person", "book", "camera", "phone"}
