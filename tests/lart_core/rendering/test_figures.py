"""Figures: whose body is where in which frame."""

from dataclasses import replace

import numpy as np
import pytest

from lart_core import body
from lart_core.rendering import Figures, figures
from lart_core.rendering.figures import CHUNK
from lart_core.tracklet import Tracklet, VideoFacts

VIDEO = VideoFacts(name="made up", width=640, height=360, fps=25.0, frames=500)


def walker(track_id: int, first: int, count: int, *, missing: tuple[int, ...] = ()) -> Tracklet:
    """Someone who turns a little every frame; `missing` are frames that were only predicted."""
    angle = np.arange(count) * 0.01 + track_id
    orient = np.zeros((count, 3, 3), np.float32)
    orient[:, 0, 0] = orient[:, 2, 2] = np.cos(angle)
    orient[:, 0, 2], orient[:, 2, 0] = np.sin(angle), -np.sin(angle)
    orient[:, 1, 1] = 1
    frame = np.arange(first, first + count)
    return Tracklet(
        track_id=track_id,
        video=VIDEO,
        frame=frame,
        box=np.tile(np.array([10, 10, 60, 120], np.float32), (count, 1)),
        score=np.ones(count, np.float32),
        detected=~np.isin(frame, missing),
        global_orient=orient,
        body_pose=np.tile(np.eye(3, dtype=np.float32), (count, 23, 1, 1)),
        betas=np.zeros((count, 10), np.float32),
        camera=np.stack([np.arange(count), np.zeros(count), np.full(count, 50)], axis=1),
        joints=np.zeros((count, 45, 3), np.float32),
    )


def test_everyone_in_a_frame_is_there_with_the_body_of_that_frame() -> None:
    people = [walker(3, 0, CHUNK + 20), walker(7, CHUNK - 5, 10, missing=(CHUNK,))]
    frames = [0, CHUNK - 6, CHUNK - 5, CHUNK, CHUNK + 19, CHUNK + 20]
    found = list(figures(people, frames))
    assert [f.ids for f in found] == [(3,), (3,), (3, 7), (3, 7), (3,), ()]
    assert found[3].guessed.min(axis=1).tolist() == pytest.approx([0, 1], abs=1e-5)
    row = CHUNK - people[1].first
    np.testing.assert_allclose(
        found[3].vertices[1],
        body.vertices(
            people[1].global_orient[row, None], people[1].body_pose[row, None], np.zeros((1, 10))
        )[0],
        atol=1e-5,
    )
    assert found[3].cameras[1].tolist() == [row, 0, 50]
    assert len(found[-1]) == 0 and found[-1].vertices.shape[2] == 3


def test_chunks_leave_no_seam() -> None:
    person = walker(1, 0, 2 * CHUNK + 3)
    every = list(figures([person], range(2 * CHUNK + 3)))
    for frame in (CHUNK - 1, CHUNK, 2 * CHUNK, 2 * CHUNK + 2):
        (alone,) = figures([person], [frame])
        np.testing.assert_allclose(every[frame].vertices, alone.vertices, atol=1e-6)
        np.testing.assert_array_equal(every[frame].cameras, alone.cameras)


def test_predicted_people_are_paler() -> None:
    (seen,) = figures([walker(1, 0, 3)], [1])
    (predicted,) = figures([walker(1, 0, 3, missing=(1,))], [1])
    spread_seen, spread_predicted = (_spread(f.colors()[0, 0]) for f in (seen, predicted))
    assert spread_predicted < 0.6 * spread_seen


def test_parts_that_were_not_seen_are_paler() -> None:
    unseen = np.zeros((3, 24), bool)
    unseen[:, [1, 2, 4, 5, 7, 8, 10, 11]] = True
    (moment,) = figures([replace(walker(1, 0, 3), unseen=unseen)], [1])
    (whole,) = figures([walker(1, 0, 3)], [1])
    low = moment.vertices[0, :, 1] < -0.6
    high = moment.vertices[0, :, 1] > 0
    assert (moment.guessed[0, low] > 0.99).all() and (moment.guessed[0, high] < 0.1).all()
    assert (moment.colors()[0, high] == whole.colors()[0, high]).mean() > 0.95
    assert _spread(moment.colors()[0, low][0]) < 0.6 * _spread(whole.colors()[0, 0])
    assert 0.2 < moment.guessed_faces().mean() < 0.6


def _spread(color: np.ndarray) -> int:
    return int(np.ptp(color.astype(int)))


def test_one_person_alone() -> None:
    (both,) = figures([walker(3, 0, 2), walker(7, 0, 2)], [1])
    alone = both.only(7)
    assert isinstance(alone, Figures) and alone.ids == (7,)
    np.testing.assert_array_equal(alone.vertices[0], both.vertices[1])
    assert len(both.only(5)) == 0


def test_depths_become_plausible_beside_each_other() -> None:
    """Twenty metres apart before PHALP's camera is about one metre before a usual one."""
    near, far = walker(1, 0, 1), walker(2, 0, 1)
    (pair,) = figures([near, far], [0])
    pair.cameras[1, 2] += 20
    placed = pair.placed()
    shift = placed[1].mean(axis=0) - placed[0].mean(axis=0)
    assert shift[2] == pytest.approx(20 * 256 / 5000, abs=0.1)


def test_bodies_are_not_shown_where_nobody_knows_them() -> None:
    away = walker(1, 0, 40, missing=tuple(range(5, 35)))
    assert [len(f) for f in figures([away], [4, 5, 20, 34, 35])] == [1, 0, 0, 0, 1]
