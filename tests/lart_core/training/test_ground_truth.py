"""Labels of tracklets from annotated boxes: by overlap, several a person, windows apart."""

from dataclasses import replace

import numpy as np
import pytest

from lart_core.errors import LartError
from lart_core.training.ground_truth import (
    AnnotatedBoxes,
    label_tracklets,
    over_pseudo_labels,
)
from lart_core.training.labels import FrameLabels
from tests.lart_core.model.tracks import tracklet

IDS = (12, 14, 80)


def at(person, frame, shift=0.0):
    """A person's box in a frame as fractions."""
    size = np.array([person.video.width, person.video.height] * 2)
    return person.box[frame - person.first] / size + [shift, 0, shift, 0]


def placed(first, left, **more):
    """Somebody of 60 frames whose box stands at `left` in a picture of 640 x 480."""
    made = tracklet(60, first=first)
    video = replace(made.video, width=640, height=480, fps=30.0)
    box = np.tile(np.array([left, 100, left + 100, 400], np.float32), (60, 1))
    return replace(made, video=video, box=box, **more)


def annotated(*rows):
    """Rows of (seconds, box, action)."""
    seconds, boxes, actions = zip(*rows, strict=True)
    return AnnotatedBoxes(np.array(seconds, float), np.array(boxes, float), np.array(actions))


def test_labels_go_to_who_overlaps_most_each_once():
    left, right = placed(0, 100), placed(0, 150)
    truth = annotated(
        (1, at(left, 30, 0.01), 12),
        (1, at(left, 30, 0.01), 80),
        (1, at(right, 30), 17),
        (1, at(left, 30, 0.6), 14),
    )
    first, second = label_tracklets([left, right], truth, IDS)
    assert first.frame.tolist() == list(range(15, 46)) and first.ground_truth.all()
    assert (first.target == [1, 0, 1]).all()
    assert (second.target == [0, 0, 0]).all() and len(second.frame) == 31, "17 is not listed"


def test_the_annotated_frame_alone_and_two_times_that_meet():
    person = placed(0, 100)
    truth = annotated((0.5, at(person, 15), 12), (1.5, at(person, 45), 14))
    (exact,) = label_tracklets([person], truth, IDS, reach=0)
    assert exact.frame.tolist() == [15, 45]
    (spread,) = label_tracklets([person], truth, IDS, reach=2)
    assert len(spread.frame) == 60
    assert spread.target[:31, 0].all() and spread.target[31:, 1].all()


def test_windows_are_labelled_at_their_own_keyframe_only():
    windows = [placed(0, 100, keyframe=30), placed(30, 100, keyframe=60)]
    truth = annotated((1, at(windows[0], 30), 12), (2, at(windows[1], 60), 14))
    first, second = label_tracklets(windows, truth, IDS)
    assert (first.target == [1, 0, 0]).all() and first.frame.tolist() == list(range(15, 46))
    assert (second.target == [0, 1, 0]).all() and second.frame.tolist() == list(range(45, 76))


def test_people_whom_nobody_annotated_have_no_label():
    person, far = placed(0, 100), placed(90, 100)
    truth = annotated((1, at(person, 30, 0.1), 12))
    assert [len(found.frame) for found in label_tracklets([person, far], truth, IDS)] == [0, 0]


def test_ground_truth_replaces_pseudo_labels():
    pseudo = FrameLabels(np.arange(4), np.full((4, 3), 0.3), np.zeros(4, bool))
    truth = FrameLabels(np.array([1, 2]), np.ones((2, 3)), np.ones(2, bool))
    both = over_pseudo_labels(pseudo, truth)
    assert both.frame.tolist() == [0, 1, 2, 3]
    assert both.ground_truth.tolist() == [False, True, True, False]
    np.testing.assert_allclose(both.target[:, 0], [0.3, 1, 1, 0.3])


def test_pixels_are_refused():
    with pytest.raises(LartError, match="fractions"):
        annotated((1, [10, 10, 50, 90], 12))
