"""Action probabilities of tracklets: windows, gaps, people, keyframes."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lart_core.errors import LartError
from lart_core.model import (
    LART,
    Checkpoint,
    LARTConfig,
    read_published_config,
)
from lart_core.model.inference import at_keyframes, over_windows, predict, windows
from lart_core.model.inputs import inputs_of, normalised
from lart_core.runs.actions import PersonActions
from lart_core.tracking import PosePredictor
from lart_core.tracklet import VideoFacts
from lart_core.untrusted.torch_file import read_state_dict
from tests.lart_core.model.tracks import tracklet

SMALL = {"width": 16, "depth": 2, "heads": 2, "head_width": 8, "mlp_width": 24}


def checkpoint(config=None, **other):
    torch.manual_seed(2)
    config = config or LARTConfig.published(
        actions=3,
        frames=100,
        people=1,
        appearance_size=5,
        appearance_layers=(8, 4),
        joints_layers=(8, 4),
        pose_layers=(8, 8),
        **SMALL,
    )
    rng = np.random.default_rng(5)
    model = LART(config).eval()
    return Checkpoint(
        "m", model, (12, 14, 80), rng.normal(size=229), rng.uniform(0.5, 1, 229), **other
    )


@torch.no_grad()
def published_loop(point, person, step=32, window=32):
    """The published `smooth_tracks`, written out: one full-length window after the other."""
    inputs = inputs_of(person, point.model.config)
    inputs["pose_shape"] = normalised(inputs["pose_shape"], point.mean, point.std)
    count, frames = len(person), point.model.config.frames
    stored = np.zeros((count, 3), np.float32)
    for w in range(0, count, step):
        start, end = max(w - window, 0), min(w + step + window, count)
        batch = {}
        for name, value in inputs.items():
            batch[name] = torch.zeros(1, frames, 1, value.shape[1])
            batch[name][0, : end - start, 0] = torch.from_numpy(value[start:end])
        said = point.model(batch)["action_logits_ava"][0, :, 0].sigmoid().numpy()
        offset = w if w <= window else window
        stored[w : min(w + step, count)] = said[offset : offset + min(step, count - w)]
    return stored


@pytest.mark.parametrize("length", [1, 20, 32, 33, 64, 65, 96, 97, 150, 333])
def test_the_published_sliding_window(length):
    point = checkpoint()
    gaps = [(3, 9), (40, 61), (length - 2, length)] if length > 5 else []
    person = tracklet(length, seed=length, gaps=gaps, appearance=5)
    said = predict(point, [person]).people[1]
    np.testing.assert_array_equal(said.frame, person.frame)
    np.testing.assert_allclose(said.probability, published_loop(point, person), atol=2e-6)


def test_a_window_in_which_nobody_is_seen():
    """There the published attention spreads over absent places too."""
    point = checkpoint()
    person = tracklet(300, gaps=[(50, 260)], appearance=5)
    said = predict(point, [person], parity=True).people[1]
    np.testing.assert_allclose(said.probability, published_loop(point, person), atol=2e-6)


def test_nothing_is_said_long_after_a_body_was_seen():
    """The mask token may infill a second on each side of a gap; given people get its word."""
    point = checkpoint()
    person = tracklet(300, gaps=[(50, 260)], appearance=5)
    fps = round(person.video.fps)
    said = predict(point, [person]).people[1].probability
    published = predict(point, [person], parity=True).people[1].probability
    silent = np.zeros(300, bool)
    silent[49 + fps + 1 : 260 - fps] = True
    assert (said[silent] == 0).all() and silent.sum() > 100
    np.testing.assert_array_equal(said[~silent], published[~silent])
    given = replace(person, given=np.array([100]))
    np.testing.assert_array_equal(predict(point, [given]).people[1].probability, published)


def test_head_and_chest_alone_are_not_judged():
    """Neither hip seen: the token is masked, whatever pose stands there."""
    point = checkpoint()
    person = tracklet(60, appearance=5)
    unseen = np.zeros((60, 24), bool)
    unseen[20:30, [0, 1, 2]] = True
    unseen[30:60, 1] = True
    gap = replace(person, detected=~unseen[:, 0])
    np.testing.assert_array_equal(
        predict(point, [replace(person, unseen=unseen)]).people[1].probability,
        predict(point, [gap]).people[1].probability,
    )


def test_legs_that_nobody_saw_have_no_say():
    """Neither thigh seen: two people who differ in their legs alone are told the same."""
    point = checkpoint()
    person = tracklet(60, appearance=5)
    unseen = np.zeros((60, 24), bool)
    unseen[:, [1, 2]] = True
    legs = person.body_pose.copy()
    legs[:, [0, 1, 3, 4, 6, 7, 9, 10]] = np.eye(3)
    seated, standing = (
        replace(person, body_pose=pose, unseen=unseen) for pose in (person.body_pose, legs)
    )
    told = [predict(point, [each]).people[1].probability for each in (seated, standing)]
    np.testing.assert_array_equal(*told)
    seen = [
        predict(point, [replace(each, unseen=unseen & False)]).people[1].probability
        for each in (seated, standing)
    ]
    assert np.abs(seen[0] - seen[1]).max() > 1e-3


def test_the_published_windows_on_the_golden(golden):
    """Upstream's `smooth_tracks` with PHALP's pose predictor inside."""
    name = golden / "phalp_pose_predictor_small"
    with np.load(f"{name}.npz", allow_pickle=False) as file:
        stored = dict(file)
    model = PosePredictor.from_published(
        read_state_dict(name.with_suffix(".state_dict.pt")),
        read_published_config(name.with_suffix(".config.yaml")),
        stored["mean_std"],
    )

    def location(batch, _):
        pose = torch.zeros(len(batch["pose_shape"]), model.frames, 229)
        seen = torch.zeros(pose.shape[:2], dtype=torch.bool)
        length = batch["pose_shape"].shape[1]
        pose[:, :length] = batch["pose_shape"][:, :, 0]
        seen[:, :length] = batch["has_detection"][:, :, 0, 0] == 1
        return model.location_head(model(pose, seen))[:, :length]

    pose = stored["smooth_in_pose_shape"][:, 0].astype(np.float32)
    track = {
        "pose_shape": normalised(pose, model.mean, model.std),
        "has_detection": stored["smooth_in_has_detection"][:, 0].astype(np.float32),
    }
    said = over_windows(location, [track], model.frames)[0]
    np.testing.assert_allclose(said, stored["smooth_out_cam_smoothed"][:, 0], rtol=0, atol=1e-5)


def test_people_do_not_depend_on_each_other():
    point = checkpoint()
    people = [
        tracklet(40 + 61 * i, seed=i, track_id=i + 3, first=7 * i, gaps=[(5, 9)], appearance=5)
        for i in range(4)
    ]
    together = predict(point, people)
    assert list(together.people) == [3, 4, 5, 6]
    assert together.ava_ids == (12, 14, 80)
    for person in people:
        alone = predict(point, [person]).people[person.track_id]
        both = together.people[person.track_id]
        np.testing.assert_array_equal(both.frame, person.frame)
        np.testing.assert_allclose(both.probability, alone.probability, atol=2e-6)


def test_what_stands_in_a_gap_is_not_looked_at():
    point = checkpoint()
    person = tracklet(80, gaps=[(20, 35)], appearance=5)
    moved = person.camera.copy()
    moved[20:35] += 100
    a, b = (
        predict(point, [t]).people[1].probability for t in (person, replace(person, camera=moved))
    )
    np.testing.assert_array_equal(a, b)
    assert np.isfinite(a).all() and (a > 0).all()


@given(length=st.integers(1, 400), frames=st.integers(1, 130))
@settings(max_examples=60, deadline=None)
def test_windows_keep_every_frame_once_and_see_no_more_than_the_network_can(length, frames):
    kept = []
    for window in windows(0, length, frames):
        assert 0 <= window.start <= window.keep < window.stop <= window.end <= length
        assert window.end - window.start <= frames
        kept += range(window.keep, window.stop)
    assert kept == list(range(length))


def test_a_network_of_few_frames_slides_too():
    point = checkpoint(LARTConfig.small(actions=3, frames=10, **SMALL))
    said = predict(point, [tracklet(57)]).people[1]
    assert said.probability.shape == (57, 3)


def test_another_frame_rate():
    """A model of 15 frames/s sees half of a 30 frames/s video and answers for every frame."""
    point = checkpoint(LARTConfig.small(actions=3, **SMALL), fps=15.0)
    person = tracklet(61, first=4)
    said = predict(point, [person]).people[1]
    np.testing.assert_array_equal(said.frame, person.frame)
    same = predict(replace(point, fps=None), [person]).people[1]
    assert not np.allclose(said.probability, same.probability, atol=1e-4)
    upstream = predict(point, [person], parity=True).people[1]
    np.testing.assert_array_equal(upstream.probability, same.probability)


def test_nobody_gives_nothing():
    assert predict(checkpoint(), []).people == {}


def test_what_the_model_needs_is_asked_for():
    with pytest.raises(LartError, match=r"appearance vectors of 5 numbers in track 1.*got 0 of 0"):
        predict(checkpoint(), [tracklet(30)])
    with pytest.raises(LartError, match="different ids"):
        predict(checkpoint(), [tracklet(30, appearance=5), tracklet(31, appearance=5)])


def test_vectors_of_another_encoder_are_refused():
    made = replace(tracklet(30, appearance=5), provenance={"appearance": "mobilenet-v2"})
    learnt = replace(checkpoint(), provenance={"appearance": "i3d-rgb"})
    with pytest.raises(LartError, match=r"vectors of 'i3d-rgb'.*'mobilenet-v2'"):
        predict(learnt, [made])
    assert predict(learnt, [replace(made, provenance={"appearance": "i3d-rgb"})]).people
    assert predict(checkpoint(), [made]).people


def test_appearance_is_the_nearest_in_time():
    config = LARTConfig.small(appearance_size=2)
    person = replace(
        tracklet(12, first=10),
        appearance=np.float32([[1, 0], [0, 1]]),
        appearance_frame=np.array([13, 19]),
    )
    shown = inputs_of(person, config)["apperance_emb"][:, 1]
    assert shown.tolist() == [0] * 6 + [1] * 6


def test_joints_stand_before_the_camera_with_its_depth_divided():
    person = tracklet(5)
    for order in ("smplx", "phalp"):
        config = LARTConfig.small(joints_layers=(4, 4), joints_order=order)
        joints = inputs_of(person, config)["joints_3D"].reshape(5, 45, 3)
        place = person.camera / [1, 1, 200]
        nose = person.joints[:, 24]
        at = {"smplx": 24, "phalp": 0}[order]
        np.testing.assert_allclose(joints[:, at], nose + place, rtol=1e-6)


def at_rate(fps: float) -> VideoFacts:
    return VideoFacts("a.mp4", 64, 48, fps, 150)


def test_where_the_rate_varies_the_same_time_is_pooled():
    times = np.concatenate([np.arange(50) / 30, 50 / 30 + np.arange(20) / 5])
    video = VideoFacts("a.mp4", 64, 48, 30.0, 70, times=times)
    person = PersonActions(np.arange(70), np.arange(70, dtype=np.float32)[:, None])
    dense, sparse = at_keyframes(person, [20, 60], video)
    assert dense[0] == np.arange(14, 26).mean()
    assert sparse[0] == np.arange(59, 61).mean()


def test_keyframes_are_pooled_over_twelve_frames():
    rng = np.random.default_rng(0)
    person = PersonActions(np.arange(100, 150), rng.random((50, 4)).astype(np.float32))
    pooled = at_keyframes(person, [100, 106, 120, 149], at_rate(29.97))
    for row, (start, stop) in enumerate([(0, 6), (0, 12), (14, 26), (43, 50)]):
        np.testing.assert_allclose(pooled[row], person.probability[start:stop].mean(0), rtol=1e-6)
    assert at_keyframes(person, [], at_rate(30)).shape == (0, 4)
    for outside in (99, 150):
        with pytest.raises(LartError, match=r"Expected key frames in 100\.\.149"):
            at_keyframes(person, [outside], at_rate(30))


@pytest.mark.parametrize(("fps", "half"), [(60, 12), (25, 5), (12, 2), (1, 1)])
def test_the_time_around_a_keyframe_does_not_follow_the_frame_rate(fps: float, half: int):
    rng = np.random.default_rng(0)
    person = PersonActions(np.arange(50), rng.random((50, 4)).astype(np.float32))
    mean = person.probability[20 - half : 20 + half].mean(0)
    np.testing.assert_allclose(at_keyframes(person, [20], at_rate(fps))[0], mean, rtol=1e-6)
    published = person.probability[14:26].mean(0)
    np.testing.assert_allclose(
        at_keyframes(person, [20], at_rate(fps), parity=True)[0], published, rtol=1e-6
    )
