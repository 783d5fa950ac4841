"""From detections and bodies to tracklets: life cycle, gaps, cuts, given boxes."""

from dataclasses import replace

import numpy as np
import pytest

from lart_core.errors import LartError
from lart_core.tracking import track
from lart_core.tracking.texture import mixed


def tracked(world, **options):
    return track(world.detections, world.bodies, world.video, **options)


def test_two_people_keep_their_identities(world, person):
    people = [person(-1, 0.02, 75, 1), person(1, -0.02, 90, 2)]
    got = tracked(world(100, people))
    assert [(t.track_id, t.first, t.last) for t in got] == [(1, 0, 99), (2, 0, 99)]
    for i, one in enumerate(got):
        assert one.detected.all()
        want = np.array([people[i](t)["camera"] for t in range(100)], "f4")
        np.testing.assert_array_equal(one.camera, want)


def test_a_gap_is_predicted_and_marked(world, person):
    got = tracked(world(60, [person(-1, 0.02, 75, 1)], lambda p, t: 20 <= t < 35))
    (one,) = got
    assert (one.first, one.last) == (0, 59)
    assert one.detected.tolist() == [not 20 <= t < 35 for t in range(60)]
    assert (one.score[20:35] == 0).all()
    walked = np.array([person(-1, 0.02, 75, 1)(t)["camera"] for t in range(60)])
    np.testing.assert_allclose(one.camera[20:35], walked[20:35], atol=0.12)
    assert np.abs(np.diff(one.box[15:38], axis=0)).max() < 12


def test_nothing_is_predicted_after_the_last_sighting(world, person):
    got = tracked(world(80, [person(0, 0, 75, 1)], lambda p, t: t >= 30))
    assert [(t.first, t.last) for t in got] == [(0, 29)]


def test_short_visits_are_no_people_and_confirmed_ones_are_filled_back(world, person):
    def hidden(i, t):
        return (i == 0 and not 10 <= t < 14) or (i == 1 and not 20 <= t < 25)

    got = tracked(world(40, [person(-1, 0, 75, 1), person(1, 0, 75, 2)], hidden))
    assert [(t.first, t.last) for t in got] == [(20, 24)]


def test_a_seen_person_without_a_body_keeps_the_box_and_gets_no_invented_body(world, person):
    scene = world(40, [person(-1, 0.02, 75, 1)], lambda p, t: "no body" if 15 <= t < 18 else False)
    (one,) = tracked(scene)
    assert np.flatnonzero(~one.detected).tolist() == [15, 16, 17]
    for t in (15, 16, 17):
        np.testing.assert_array_equal(one.box[t], scene.detections[t].box[0])
        assert one.score[t] == np.float32(0.9)
        np.testing.assert_array_equal(one.body_pose[t], one.body_pose[14])


def test_a_track_that_starts_without_a_body_waits_for_its_first_one(world, person):
    scene = world(20, [person(-1, 0.02, 75, 1)], lambda p, t: "no body" if t < 3 else False)
    (one,) = tracked(scene)
    assert one.first == 0 and one.detected.tolist() == [False] * 3 + [True] * 17
    np.testing.assert_array_equal(one.body_pose[0], one.body_pose[3])


def test_whoever_never_has_a_body_is_a_tracklet_of_boxes(world, person):
    scene = world(20, [person(0, 0, 75, 1)], lambda p, t: "no body")
    (one,) = tracked(scene)
    assert len(one) == 20
    assert not one.detected.any()
    assert (one.score > 0).all()
    np.testing.assert_array_equal(one.box[5], scene.detections[5].box[0])


def test_weak_boxes_alone_are_nobody(world, person):
    scene = world(20, [person(0, 0, 75, 1)], lambda p, t: "no body")
    weak = [replace(found, score=found.score * 0.3) for found in scene.detections]
    assert tracked(replace(scene, detections=weak)) == []


def test_a_body_that_comes_late_goes_on_in_its_box(world, person):
    scene = world(40, [person(0, 0, 75, 1)], lambda p, t: "no body" if t % 10 < 7 else False)
    cut = [replace(found, box=found.box.copy()) for found in scene.detections]
    for found in cut:  # Boxes of close-ups, which end at the hips.
        found.box[:, 3] = found.box[:, 1] + 90
    (one,) = tracked(replace(scene, detections=cut))
    assert len(one) == 40


@pytest.mark.parametrize("vectors", [False, True])
def test_across_a_cut_only_appearance_carries_an_identity(world, person, vectors):
    scene = world(60, [person(-1, 0, 75, 1), person(1, 0, 75, 2)])
    looks = np.eye(2, 8, dtype="f4")
    if vectors:
        swapped = [looks if t < 30 else looks[::-1] for t in range(60)]
        scene.bodies[:] = [
            replace(body, appearance=look) for body, look in zip(scene.bodies, swapped, strict=True)
        ]
    got = tracked(scene, shots=[30])
    spans = [(t.track_id, t.first, t.last) for t in got]
    if vectors:
        assert spans == [(1, 0, 59), (2, 0, 59)]
        assert got[0].camera[0, 0] == got[1].camera[-1, 0]
    else:
        assert spans == [(1, 0, 29), (2, 0, 29), (3, 30, 59), (4, 30, 59)]


@pytest.mark.parametrize("blind", [0, 1, 3])
def test_nobody_takes_over_a_track_that_a_cut_left_unseen(world, person, blind):
    scene = world(60, [person(0, 0, 75, 1)], lambda p, t: 30 <= t < 30 + blind)
    looks = np.eye(2, 8, dtype="f4")
    scene.bodies[:] = [
        replace(body, appearance=looks[[int(t >= 30)]][: len(body)])
        for t, body in enumerate(scene.bodies)
    ]
    spans = [(t.track_id, t.first, t.last) for t in tracked(scene, shots=[30])]
    assert spans == [(1, 0, 29), (2, 30 + blind, 59)]


@pytest.mark.parametrize(("looks_like", "ids"), [(0, {1}), (None, {1, 2}), (1, {1, 2})])
def test_after_a_cut_somebody_is_found_again_at_once_or_not_at_all(world, person, looks_like, ids):
    """Somebody else is seen right after the cut; then one who looks like the first, or nobody knows
    like whom."""
    looks = np.eye(3, 8, dtype="f4")
    scene = world(60, [person(0, 0, 75, 1)], lambda p, t: 30 <= t < 33)
    scene.bodies[:] = [replace(body, appearance=looks[[0]][: len(body)]) for body in scene.bodies]
    after = looks[[0]] if looks_like == 0 else looks[[1]] if looks_like else np.full((1, 8), np.nan)
    for t in range(33, 60):
        scene.bodies[t] = replace(scene.bodies[t], appearance=after.astype("f4"))
    assert {t.track_id for t in tracked(scene, shots=[30])} == ids
    stranger = world(60, [person(1, 0, 75, 2)], lambda p, t: not 30 <= t < 40)
    both = replace(scene)
    for t in range(30, 33):
        both.detections[t] = stranger.detections[t]
        both.bodies[t] = replace(stranger.bodies[t], appearance=looks[[2]])
    assert all(t.last < 30 or t.first >= 30 for t in tracked(both, shots=[30]))


def test_given_boxes_confirm_at_once_and_may_be_small(world, person):
    scene = world(20, [person(0, 0, 400, 1)], lambda p, t: t != 10)
    assert tracked(scene) == []
    assert [(t.first, t.last) for t in tracked(scene, given=[10])] == [(10, 10)]


def test_frame_numbers_start_where_told(world, person):
    (one,) = tracked(world(20, [person(0, 0, 75, 1)]), first=100)
    assert (one.first, one.last) == (100, 119)


def test_parity_keeps_the_published_size_limits(world, person):
    scene = world(20, [person(0, 0, 200, 1)])
    assert len(tracked(scene)) == 1
    assert tracked(scene, parity=True) == []


def test_lists_of_other_lengths_are_refused(world, person):
    scene = world(20, [person(0, 0, 75, 1)])
    with pytest.raises(LartError, match="same frames"):
        track(scene.detections[1:], scene.bodies, scene.video)


def test_an_empty_video_has_nobody(world):
    assert tracked(world(5, [])) == []


def test_textures_tell_people_apart_who_swap_places(world, person):
    """Two people of the same pose cross behind a pillar; only their colours differ."""

    def people(t):
        return [person(-0.6, 0.04, 75, 1), person(0.6, -0.04, 75, 1)]

    scene = world(40, people(0), lambda p, t: 12 <= t < 19)
    colour = np.concatenate([np.full((2, 3, 4, 4), 0.1), np.ones((2, 1, 4, 4))], axis=1)
    colour[1, :3] = 0.9

    def compared(a, b):
        return a[:, :3].reshape(len(a), -1), b[:, :3].reshape(len(b), -1)

    got = tracked(
        scene,
        terms="TPL",
        textures=lambda t: colour[: len(scene.detections[t])],
        texture_embedding=compared,
    )
    assert [(t.track_id, t.first, t.last) for t in got] == [(1, 0, 39), (2, 0, 39)]
    np.testing.assert_allclose(got[0].camera[-1, 0], -0.6 + 0.04 * 39, atol=1e-5)


def test_textures_are_mixed_where_both_are_valid():
    old, new = np.full((4, 1, 4), 0.5), np.full((4, 1, 4), 0.1)
    old[3, 0], new[3, 0] = [1, 1, -1, -1], [1, -1, 1, -1]
    got = mixed(old, new, 0.25)
    np.testing.assert_allclose(got[0, 0], [0.4, 0.5, 0.1, 0])
    assert got[3, 0].tolist() == [1, 1, 1, -1]


def jumper(first, last, person):
    """Somebody who stands, is not seen in frames first..last, and is two metres on after them."""
    here, there = person(-1, 0, 75, 1), person(1, 0, 75, 1)
    return lambda t: here(t) if t < last else there(t)


@pytest.mark.parametrize(
    ("hidden", "cut", "ids"),
    [((20, 40), (), {1}), ((20, 40), (30,), {1, 2}), ((20, 80), (), {1, 2})],
)
def test_who_moves_unseen_for_a_moment_stays_the_same(world, person, hidden, cut, ids):
    scene = world(120, [jumper(*hidden, person)], lambda p, t: hidden[0] <= t < hidden[1])
    assert {t.track_id for t in tracked(scene, shots=cut)} == ids


@pytest.mark.parametrize(("lost_after", "ids"), [(1.0, {1}), (0.5, {1, 2}), (0.05, {1, 2})])
def test_nobody_is_linked_over_more_than_a_track_lives(world, person, lost_after, ids):
    scene = world(120, [jumper(20, 40, person)], lambda p, t: 20 <= t < 40)
    assert {t.track_id for t in tracked(scene, lost_after=lost_after)} == ids


def test_a_link_over_more_frames_than_a_track_lives_holds_its_last_prediction(world, person):
    scene = world(120, [jumper(85, 110, person)], lambda p, t: 85 <= t < 110)
    times = np.concatenate([np.arange(80) / 10, 8 + np.arange(40) / 60])
    slow = replace(scene.video, fps=10.0, times=times)  # a second is 10 frames, then 60
    (one,) = tracked(replace(scene, video=slow))
    assert len(one) == 120 and not one.detected[85:110].any()
    assert np.isfinite(one.camera).all() and (one.camera[96:110] == one.camera[96]).all()


def test_nobody_is_linked_where_two_could_be_meant(world, person):
    both = [jumper(20, 40, person), lambda t: person(0.8, 0, 75, 2)(t)]
    scene = world(120, both, lambda p, t: 20 <= t < 40 if p == 0 else t < 40)
    assert len(tracked(scene)) == 3
