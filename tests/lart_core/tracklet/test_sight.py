"""What is shown of a tracklet with gaps."""

from dataclasses import replace

import numpy as np

from lart_core.tracklet import sight


def leaning(frames: int, trunk: tuple[float, float, float]) -> np.ndarray:
    joints = np.zeros((frames, 45, 3), np.float32)
    joints[:, 12] = trunk
    return joints


def test_a_blink_is_bridged_and_a_long_gap_is_not(make):
    tracklet = make(frames=60)
    lost = np.zeros(60, bool)
    lost[10:14] = lost[30:50] = True
    tracklet = replace(
        tracklet,
        detected=~lost,
        score=np.where(lost, 0, 0.9).astype(np.float32),
        video=replace(tracklet.video, fps=20.0),
    )
    shown = sight.in_sight(tracklet)
    assert shown[:30].all()
    assert not shown[30:50].any()
    assert shown[50:].all()
    np.testing.assert_array_equal(sight.with_body(tracklet), shown)


def test_head_and_chest_alone_are_not_judged(make):
    """Thighs may be hidden; nothing rests on a body that is more than a second away."""
    tracklet = make(frames=100)
    unseen = np.zeros((100, 24), bool)
    unseen[10:90, 1:3] = unseen[20:90, 0] = True
    tracklet = replace(
        tracklet,
        joints=leaning(100, (0, -1, 0)),
        detected=np.ones(100, bool),
        unseen=unseen,
        video=replace(tracklet.video, fps=20.0, times=None),
    )
    judged, infilled = sight.judged(tracklet), sight.infilled(tracklet)
    assert judged[:20].all() and not judged[20:90].any() and judged[90:].all()
    assert infilled[: 20 + 20].all() and not infilled[40:70].any() and infilled[70:].all()
    assert sight.with_body(tracklet).all()
    nowhere = replace(tracklet, detected=np.zeros(100, bool))
    assert not sight.infilled(nowhere).any()
    assert sight.judged(replace(tracklet, unseen=unseen[:0])).all()


def test_a_body_without_legs_that_leans_at_the_camera_is_not_judged(make):
    """So faces that fill the picture are lifted; a bow or a fall to the side is shown."""
    unseen = np.zeros((40, 24), bool)
    unseen[:, 1:3] = True
    tracklet = replace(make(frames=40), detected=np.ones(40, bool), unseen=unseen)
    for trunk, shown in (
        ((0, -0.5, -0.9), False),
        ((0.1, -0.3, 0.9), False),
        ((0, -0.9, -0.5), True),
        ((0.9, -0.3, 0.1), True),
    ):
        leans = replace(tracklet, joints=leaning(40, trunk))
        assert sight.judged(leans).all() == sight.judged(leans).any() == shown
        assert sight.judged(replace(leans, unseen=unseen & False)).all(), "legs are in sight"


def test_a_body_now_and_then_is_a_slip_but_not_where_nothing_else_was_seen(make):
    tracklet = make(frames=90)
    lifted = np.zeros(90, bool)
    lifted[20:24] = lifted[70:] = True
    tracklet = replace(
        tracklet,
        joints=leaning(90, (0, -1, 0)),
        detected=lifted,
        unseen=np.zeros((90, 24), bool),
        score=np.full(90, 0.9, np.float32),
        video=replace(tracklet.video, fps=30.0, times=None),
    )
    assert np.flatnonzero(sight.judged(tracklet)).tolist() == [*range(70, 90)]
    assert not sight.infilled(tracklet)[:30].any()
    given = replace(tracklet, score=np.where(lifted, 0.9, 0).astype(np.float32))
    assert (sight.judged(given) == lifted).all(), "as with boxes at keyframes alone"


def test_whoever_is_seen_without_a_body_is_shown_without_one(make):
    tracklet = make(frames=40)
    tracklet = replace(tracklet, detected=np.zeros(40, bool), score=np.full(40, 0.5, np.float32))
    assert sight.seen(tracklet).all()
    assert sight.in_sight(tracklet).all()
    assert not sight.with_body(tracklet).any()
