"""Tracklets for the tests of this folder."""

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lart_core.tracklet import Tracklet, VideoFacts
from lart_core.tracklet.data import LAYOUT


def make_tracklet(track_id: int = 1, frames: int = 20, first: int = 3, seed: int = 0) -> Tracklet:
    """A random but valid tracklet with a gap, masks and appearance."""
    rng = np.random.default_rng(seed + 1000 * track_id)
    corner = rng.uniform(0, 300, (frames, 2))
    detected = rng.random(frames) > 0.3
    detected[[0, -1]] = True
    turn = Rotation.random(frames * 24, rng=rng).as_matrix().reshape(frames, 24, 3, 3)
    return Tracklet(
        track_id=track_id,
        video=VideoFacts("street.mp4", 640, 480, 29.97, 400, "ab" * 32),
        frame=np.arange(first, first + frames),
        box=np.concatenate([corner, corner + rng.uniform(5, 200, (frames, 2))], 1).astype("f4"),
        score=(rng.random(frames) * detected).astype("f4"),
        detected=detected,
        global_orient=turn[:, 0].astype("f4"),
        body_pose=turn[:, 1:].astype("f4"),
        betas=rng.normal(size=(frames, 10)).astype("f4"),
        camera=(rng.normal(size=(frames, 3)) + np.array([0, 0, 40])).astype("f4"),
        joints=rng.normal(size=(frames, 45, 3)).astype("f4"),
        appearance=rng.normal(size=(3, 16)).astype("f4"),
        appearance_frame=np.array([first, first + 6, first + 12]),
        mask=tuple(bytes(rng.integers(48, 112, 9, "u1")) if d else None for d in detected),
        regressed=rng.normal(size=(frames, 19, 3)).astype("f4"),
        unseen=rng.random((frames, 24)) < 0.2,
        given=np.array([first, first + frames // 2])[: min(frames, 2)],
        keyframe=first + frames // 2,
        person=1,
        provenance={"detector": "test", "body": "random"},
    )


def assert_same(got: Tracklet, want: Tracklet) -> None:
    """Every field equal, floats bit for bit."""
    for field in fields(Tracklet):
        a, b = getattr(got, field.name), getattr(want, field.name)
        if field.name in LAYOUT:
            assert a.dtype == b.dtype and np.array_equal(a, b), field.name
        else:
            assert a == b, field.name


@pytest.fixture
def make() -> Callable[..., Tracklet]:
    return make_tracklet


@pytest.fixture
def same() -> Callable[[Tracklet, Tracklet], None]:
    return assert_same
