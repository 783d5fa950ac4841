"""BlazePose with and without masks: the same landmarks."""

import numpy as np

from lart_core import video
from lart_core.perception.embedded.blazepose import BlazePose
from tests.fetched import cached

JUMPER = np.array([[878.0, 489.0, 400.0, 0.1]])


def test_without_masks_landmarks_are_the_same():
    clip, _ = cached("sample-clip", "blazepose-full")
    frame = next(iter(video.frames(clip)))
    whole = BlazePose().look(frame, JUMPER)
    bare = BlazePose(masks=False).look(frame, JUMPER)
    assert whole.mask.shape == (1, 256, 256)
    assert bare.mask.shape == (1, 0, 0)
    for name in ("image", "world", "presence", "region", "own"):
        np.testing.assert_array_equal(getattr(bare, name), getattr(whole, name))


def test_nobody_looked_at_is_nobody():
    cached("blazepose-full")
    frame = np.zeros((90, 160, 3), np.uint8)
    for masks in (True, False):
        assert len(BlazePose(masks=masks).look(frame, np.zeros((0, 4)))) == 0
