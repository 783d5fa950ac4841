"""Who is shown beside whom, and what it changes."""

from dataclasses import replace

import numpy as np
import torch

from lart_core.model import LART, Checkpoint, LARTConfig
from lart_core.model.company import with_company
from lart_core.model.inference import predict
from lart_core.model.inputs import inputs_of
from tests.lart_core.model.tracks import tracklet

CONFIG = LARTConfig.small(
    actions=3, people=2, frames=16, width=16, depth=2, heads=2, head_width=8, mlp_width=24,
    pose_layers=(8, 8), joints_layers=(8, 4), dropout=0.0,
)  # fmt: skip


def standing(track_id, left, frames=40, first=0):
    """Somebody of 100 x 200 pixels."""
    box = np.tile(np.float32([left, 100, left + 100, 300]), (frames, 1))
    return replace(tracklet(frames, first=first, track_id=track_id), box=box)


def company(people):
    tracks, begins = [inputs_of(each, CONFIG) for each in people], [each.first for each in people]
    windows = [each.keyframe for each in people]
    return with_company(tracks, people, windows, begins, CONFIG.frames)


def test_the_nearest_is_beside_in_the_same_frame():
    people = [standing(1, 0), standing(2, 150, first=10), standing(3, 400)]
    shown = company(people)
    assert shown[0]["pose_shape"].shape == (40, 2, 229)
    mine, theirs = (inputs_of(each, CONFIG)["pose_shape"] for each in people[:2])
    np.testing.assert_array_equal(shown[0]["pose_shape"][:, 0], mine)
    np.testing.assert_array_equal(shown[0]["pose_shape"][20:, 1], theirs[10:30])
    assert not shown[0]["has_detection"][:10, 1].any()


def test_whoever_is_far_or_never_seen_at_the_same_time_is_not_there():
    far = company([standing(1, 0), standing(2, 2000)])
    assert far[0]["pose_shape"].shape == (40, 229)
    later = company([standing(1, 0), standing(2, 100, first=60)])
    assert later[1]["pose_shape"].shape == (40, 229)


def test_nobody_is_his_own_company_in_another_keyframes_window():
    def window(keyframe, track_id, left):
        return replace(standing(track_id, left, first=keyframe - 20), keyframe=keyframe)

    people = [window(20, 1, 0), window(20, 2, 150), window(30, 3, 0), window(30, 4, 150)]
    together, apart = company(people), [*company(people[:2]), *company(people[2:])]
    for both, own in zip(together, apart, strict=True):
        np.testing.assert_array_equal(both["pose_shape"], own["pose_shape"])
    (first, *_) = company([people[0], people[2]])
    assert first["pose_shape"].shape == (40, 229)


def test_windows_stay_apart_at_another_rate_than_the_models():
    torch.manual_seed(0)
    model = Checkpoint("m", LART(CONFIG).eval(), (12, 14, 80), np.zeros(229), np.ones(229))
    model = replace(model, together=(14, 80), fps=12.0)
    people = [
        replace(standing(2 * number + who, 150 * who, first=keyframe - 20), keyframe=keyframe)
        for number, keyframe in enumerate((20, 30))
        for who in (0, 1)
    ]
    said = predict(model, people).people
    for window in (people[:2], people[2:]):
        for track_id, own in predict(model, window).people.items():
            np.testing.assert_allclose(said[track_id].probability, own.probability, atol=1e-6)


def test_a_model_of_people_together_heeds_the_other_and_others_do_not():
    torch.manual_seed(0)
    none, one = np.zeros(229), np.ones(229)
    apart = Checkpoint("m", LART(CONFIG).eval(), (12, 14, 80), none, one)
    together = replace(apart, together=(14, 80))
    pair = [standing(1, 0), standing(2, 150)]
    alone = predict(apart, pair).people[1].probability
    np.testing.assert_allclose(predict(together, pair[:1]).people[1].probability, alone, atol=1e-6)
    beside = predict(together, pair).people[1].probability
    assert (np.abs(beside - alone)[:, 1:].max(axis=0) > 1e-4).all()
    np.testing.assert_allclose(beside[:, 0], alone[:, 0], atol=1e-6)
    slow = replace(together, fps=12.0)
    late = standing(4, 150, first=20, frames=20)
    begun = predict(slow, [pair[0], late]).people[1].probability
    never = predict(replace(slow, together=()), pair[:1]).people[1].probability
    assert np.abs(begun - never)[25:].max() > 1e-4
    stranger = predict(together, [*pair, standing(3, 3000)]).people
    np.testing.assert_allclose(
        stranger[3].probability,
        predict(apart, [standing(3, 3000)]).people[3].probability,
        atol=1e-6,
    )


def test_the_other_is_of_the_same_moment_where_the_rate_is_nearly_the_models():
    """Rates within a tenth of the model's are not resampled: rows are then the video's frames."""
    torch.manual_seed(0)
    model = Checkpoint("m", LART(CONFIG).eval(), (12, 14, 80), np.zeros(229), np.ones(229))
    pair = [standing(1, 0, frames=220), standing(2, 150, frames=20, first=200)]
    near = [replace(each, video=replace(each.video, fps=12.5)) for each in pair]
    exact = [replace(each, video=replace(each.video, fps=12.0)) for each in pair]
    said = [
        predict(replace(model, together=(14, 80), fps=12.0), people).people[2].probability
        for people in (near, exact)
    ]
    np.testing.assert_allclose(*said, atol=1e-6)
