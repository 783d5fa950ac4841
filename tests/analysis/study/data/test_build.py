"""What is measured on videos for their labels."""

from dataclasses import replace

import numpy as np

from analysis.study.data.build import lying
from analysis.study.data.corpus import FPS
from lart_core.tracklet import VideoFacts
from tests.synthetic import person

HIPS, NECK = 0, 12


def test_who_fell_lies_from_when_the_trunk_is_flat_where_a_body_was_seen():
    somebody = person(1, VideoFacts("fall.mp4", 320, 240, FPS, 60), gap=(40, 49))
    assert not lying(somebody)
    joints = somebody.joints.copy()
    joints[30:, NECK] = joints[30:, HIPS] + np.array([0.5, -0.05, 0], np.float32)
    covered = [
        frame
        for span in lying(replace(somebody, joints=joints))
        for frame in range(span.first, span.last + 1)
        if span.label == "=8"
    ]
    assert covered[0] == 30 and covered[-1] == 59
    assert 39 in covered and 50 in covered and not {*covered} & {*range(40, 50)}
