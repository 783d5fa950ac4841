"""A tracklet at another frame rate: between frames, and values stretched back."""

from dataclasses import replace

import numpy as np
import pytest

from lart_core.motion.rate import at_rate, at_times
from lart_core.tracklet import Tracklet, VideoFacts


def walker(frames: int, fps: float, first: int = 5) -> Tracklet:
    eye = np.tile(np.eye(3, dtype=np.float32), (frames, 1, 1))
    camera = np.zeros((frames, 3), np.float32)
    camera[:, 0], camera[:, 2] = np.arange(frames) / fps, 50
    return Tracklet(
        track_id=3,
        video=VideoFacts("walk", 640, 480, fps, first + frames),
        frame=np.arange(first, first + frames),
        box=np.tile(np.array([0, 0, 10, 20], np.float32), (frames, 1)),
        score=np.ones(frames, np.float32),
        detected=np.arange(frames) % 7 != 0,
        global_orient=eye,
        body_pose=np.tile(eye[:, None], (1, 23, 1, 1)),
        betas=np.zeros((frames, 10), np.float32),
        camera=camera,
        joints=np.zeros((frames, 45, 3), np.float32),
    )


@pytest.mark.parametrize("fps", [10.0, 24.0, 30.0, 60.0])
def test_motion_per_second_stays(fps):
    tracklet = at_rate(walker(round(4 * fps) + 1, fps), 15.0)
    assert tracklet.video.fps == 15.0 and len(tracklet) == 61
    x = tracklet.camera[:, 0]
    assert x[0] == 0 and x[-1] == pytest.approx(4.0)
    assert np.abs(x - np.arange(61) / 15).max() <= 0.5 / fps + 1e-6


def test_turns_go_on_between_frames():
    still = walker(31, 30.0)
    angle = np.linspace(0, 1, 31)
    c, s, zero, one = np.cos(angle), np.sin(angle), np.zeros(31), np.ones(31)
    turn = np.stack([c, zero, s, zero, one, zero, -s, zero, c], axis=1).reshape(31, 3, 3)
    turned = replace(still, global_orient=turn.astype(np.float32), detected=np.ones(31, bool))
    seen = at_rate(turned, 12.0).global_orient
    np.testing.assert_allclose(
        np.arctan2(seen[:, 0, 2], seen[:, 0, 0]), np.linspace(0, 1, 13), atol=1e-4
    )
    np.testing.assert_allclose(
        seen @ seen.transpose(0, 2, 1), np.tile(np.eye(3), (13, 1, 1)), atol=1e-6
    )


def test_same_rate_is_the_same_tracklet():
    tracklet = walker(20, 14.985)
    assert at_rate(tracklet, 15.0) is tracklet


def test_one_frame():
    assert len(at_rate(walker(1, 30.0), 15.0)) == 1


def test_stretch_keeps_ends_and_lines():
    values = np.linspace(0, 1, 16, dtype=np.float32)[:, None]
    long = at_times(values, np.arange(31) / 30)
    np.testing.assert_allclose(long[:, 0], np.linspace(0, 1, 31), atol=1e-6)
    assert at_times(values, np.arange(16) / 30) is values


def test_another_rate_goes_by_time_not_by_number():
    times = np.r_[np.arange(20) / 30, 3 + np.arange(20, 46) / 30]
    steady = walker(46, 30.0, first=0)
    uneven = replace(
        steady,
        video=replace(steady.video, times=times),
        detected=np.ones(46, bool),
        camera=np.stack([times, times * 0, times * 0 + 50], axis=1).astype(np.float32),
    )
    seen = at_rate(uneven, 15.0)
    assert len(seen) == round(times[-1] * 15) + 1
    np.testing.assert_allclose(seen.camera[:, 0], np.arange(len(seen)) / 15, atol=0.04)
    back = at_times(seen.camera[:, :1], uneven.times)
    np.testing.assert_allclose(back[:, 0], times, atol=0.04)
