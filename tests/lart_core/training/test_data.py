"""Labels, tracks and samples: what a training step is shown."""

from dataclasses import replace
from itertools import islice

import joblib
import numpy as np
import pytest
import torch

from lart_core.errors import LartError
from lart_core.model import LARTConfig
from lart_core.model.inputs import inputs_of, normalised
from lart_core.model.unseen_legs import with_mean_legs
from lart_core.tracklet import save_tracklets
from lart_core.training import (
    FrameLabels,
    LabelledTrack,
    Recipe,
    dataset,
    load_labels,
    new_model,
    open_tracks,
    save_labels,
)
from lart_core.training.dataset import ResumableBatches, TrackDataset
from lart_core.training.tracks import SMALLEST_STD, normalisation
from tests.lart_core.model.tracks import tracklet

CONFIG = LARTConfig.small(actions=3, frames=20, people=1)
IDS = (12, 14, 80)
ZERO, ONE = np.zeros(229, np.float32), np.ones(229, np.float32)


def labels(frames, actions=3, ground_truth=True, value=None):
    rng = np.random.default_rng(len(frames))
    target = rng.integers(0, 2, (len(frames), actions)) if value is None else value
    return FrameLabels(
        np.asarray(frames), np.asarray(target, np.float32), np.full(len(frames), ground_truth)
    )


def track(person, labelled, config=CONFIG, wanted=IDS):
    return LabelledTrack.of(person, labelled, IDS, config, wanted)


def test_labels_come_back_from_their_file(tmp_path):
    file = tmp_path / "labels.safetensors"
    saved = [labels([3, 5]), labels([]), labels([1], ground_truth=False, value=[[0.5, np.nan, 1]])]
    save_labels(file, IDS, saved)
    known, got = load_labels(file)
    assert known == IDS and len(got) == 3
    for a, b in zip(saved, got, strict=True):
        np.testing.assert_array_equal(a.frame, b.frame)
        np.testing.assert_array_equal(a.target, b.target)
        np.testing.assert_array_equal(a.ground_truth, b.ground_truth)


@pytest.mark.parametrize(
    "frame, target, truth, says",
    [
        ([1, 2], np.zeros((3, 3)), [True, True], r"\(K, C\) targets"),
        ([1, 2], np.full((2, 3), 2.0), [True, True], r"in 0\.\.1"),
        ([2, 1], np.zeros((2, 3)), [True, True], "ascending"),
        ([1, 2], np.zeros((2, 3)), [True], "ground_truth"),
    ],
)
def test_labels_that_cannot_be(frame, target, truth, says):
    with pytest.raises(LartError, match=says):
        FrameLabels(np.array(frame), target.astype(np.float32), np.array(truth))


def test_label_files_that_are_none(tmp_path):
    file = tmp_path / "labels.safetensors"
    with pytest.raises(LartError, match="is not there"):
        load_labels(file)
    file.write_bytes(b"nothing of the kind")
    with pytest.raises(LartError, match="is damaged"):
        load_labels(file)
    with pytest.raises(LartError, match="Expected 3 columns"):
        save_labels(file, IDS, [labels([1], actions=2)])
    save_labels(file, IDS, [labels([1])])
    file.write_bytes(file.read_bytes().replace(b"lart-lens labels 1", b"lart-lens labels 9"))
    with pytest.raises(LartError, match="newer version"):
        load_labels(file)


def test_targets_stand_at_their_frames_in_the_models_order():
    person = tracklet(30, first=50)
    made = track(person, labels([52, 70], value=[[1, 0, 0.25], [0, 1, 1]]), wanted=(80, 1, 12))
    known = ~np.isnan(made.target)
    assert np.flatnonzero(known.any(1)).tolist() == [2, 20]
    np.testing.assert_array_equal(made.target[2], [0.25, np.nan, 1])
    assert np.flatnonzero(made.ground_truth).tolist() == [2, 20]
    with pytest.raises(LartError, match=r"labels in frames 50\.\.79"):
        track(person, labels([49]))


def test_normalisation_sees_detected_frames_only():
    still = tracklet(40, gaps=[(0, 20)])
    mean, std = normalisation([track(still, labels([]))])
    vector = still.person_vector()[20:]
    np.testing.assert_allclose(mean, vector.mean(0), atol=1e-5)
    np.testing.assert_allclose(std, np.maximum(vector.std(0), SMALLEST_STD), atol=1e-4)
    assert std[216:].min() == np.float32(SMALLEST_STD)  # betas and camera stand still
    with pytest.raises(LartError, match="detected frames"):
        normalisation([track(tracklet(9, gaps=[(0, 9)]), labels([]))])


def test_a_short_track_starts_at_the_first_place():
    person = tracklet(12, gaps=[(4, 6)])
    made = track(person, labels(range(12)))
    sample = TrackDataset([made], CONFIG, ZERO, ONE)[0, 0]
    seen = sample["has_detection"][:, 0, 0].numpy()
    assert seen.tolist() == [1] * 4 + [0] * 2 + [1] * 6 + [0] * 8
    expected = normalised(person.person_vector(), ZERO, ONE)
    np.testing.assert_array_equal(sample["pose_shape"][:12, 0], expected)
    known = ~sample["target"][:, 0].isnan().any(-1).numpy()
    np.testing.assert_array_equal(known, seen == 1)  # no loss on missing detections


def test_a_long_track_starts_anywhere_in_training_only():
    person = tracklet(60)
    samples = TrackDataset([track(person, labels(range(60)))], CONFIG, ZERO, ONE)
    vector = person.person_vector()
    starts = set()
    for epoch in range(300):
        first = samples[epoch, 0]["pose_shape"][0, 0].numpy()
        starts.add(int(np.flatnonzero((vector == first).all(1))[0]))
    assert starts == set(range(41))
    still = TrackDataset(samples.tracks, CONFIG, ZERO, ONE, random_start=False)
    np.testing.assert_array_equal(still[7, 0]["pose_shape"][:, 0], vector[:20])


def test_a_sample_is_a_function_of_seed_epoch_and_index():
    tracks = [track(tracklet(60, seed=i), labels(range(60))) for i in range(2)]

    def sample(seed, key):
        return TrackDataset(tracks, CONFIG, ZERO, ONE, mask_ratio=0.4, seed=seed)[key]

    for name, value in sample(1, (2, 1)).items():
        assert torch.equal(value, sample(1, (2, 1))[name]) or name == "target"
    for other in (sample(2, (2, 1)), sample(1, (3, 1)), sample(1, (2, 0))):
        assert not torch.equal(other["mask_detection"], sample(1, (2, 1))["mask_detection"])


@pytest.mark.parametrize("ratio", [0.0, 0.4, 1.0])
def test_the_mask_ratio_is_that_of_the_seen_tokens(ratio):
    made = track(tracklet(20, gaps=[(0, 3)]), labels([]))
    sample = TrackDataset([made], CONFIG, ZERO, ONE, mask_ratio=ratio)[0, 0]
    mask, seen = sample["mask_detection"][:, 0, 0], sample["has_detection"][:, 0, 0]
    assert mask.sum() == int(17 * ratio)
    assert (seen[mask == 1] == 1).all()


def test_fine_tuning_can_leave_pseudo_labels_out():
    made = track(
        tracklet(10),
        FrameLabels(np.array([2, 3]), np.ones((2, 3), np.float32), np.array([True, False])),
    )
    both = TrackDataset([made], CONFIG, ZERO, ONE)[0, 0]["target"]
    only = TrackDataset([made], CONFIG, ZERO, ONE, ground_truth_only=True)[0, 0]["target"]
    assert (~both.isnan()).any(-1)[:, 0].nonzero().flatten().tolist() == [2, 3]
    assert (~only.isnan()).any(-1)[:, 0].nonzero().flatten().tolist() == [2]


def test_people_of_one_video_are_seen_together_at_the_same_time():
    config = LARTConfig.small(actions=3, frames=20, people=3)
    people = [
        tracklet(20, seed=0, first=100),
        tracklet(20, seed=1, first=90, video="made-up"),
        tracklet(8, seed=2, first=115),
        tracklet(20, seed=3, first=300),
        tracklet(20, seed=4, first=100, video="another"),
    ]
    tracks = [track(p, labels([p.first + 1]), config) for p in people]
    samples = TrackDataset(tracks, config, ZERO, ONE)
    sample = samples[0, 0]
    seen = sample["has_detection"][..., 0].bool()
    vectors = [normalised(p.person_vector(), ZERO, ONE) for p in people]
    np.testing.assert_array_equal(sample["pose_shape"][:, 0], vectors[0])
    places = {int(seen[:, p].sum()): p for p in (1, 2)}
    assert sorted(places) == [5, 10]
    np.testing.assert_array_equal(sample["pose_shape"][:10, places[10]], vectors[1][10:])
    np.testing.assert_array_equal(sample["pose_shape"][15:, places[5]], vectors[2][:5])
    assert not sample["target"][16, places[5]].isnan().any()  # others carry loss, too
    alone = samples[0, 4]["has_detection"]
    assert alone[:, 0].all() and not alone[:, 1:].any()
    again = TrackDataset(tracks[:1] * 3, config, ZERO, ONE)[0, 1]["has_detection"]
    assert not again[:, 1:].any()  # Who is listed again is not beside himself.


@pytest.mark.parametrize("world", [1, 2, 4])
def test_processes_share_the_batches_of_one(world):
    def batches(world, rank, done=0):
        return list(ResumableBatches(10, 4, world, rank, 3, lambda: done))

    single = batches(1, 0)
    shared = [batches(world, rank) for rank in range(world)]
    for step, whole in enumerate(single):
        assert sorted(k for part in shared for k in part[step]) == sorted(whole)
    assert {index for batch in single for _, index in batch} == set(range(10))
    assert [len(b) for b in single] == [4, 4, 4]
    assert batches(1, 0, done=2) == single[2:]
    assert batches(1, 0, done=3) != single and batches(1, 0, done=3)[0][0][0] == 1


def test_folders_of_ours_are_read_lazily_and_joined(tmp_path):
    for part in range(2):
        people = [tracklet(25, seed=part * 2 + i, track_id=i + 1, first=i) for i in range(2)]
        save_tracklets(tmp_path / str(part), people)
        known = (12, 14, 80) if part else (1, 12)
        save_labels(
            tmp_path / str(part) / "labels.safetensors",
            known,
            [labels([p.first + 2], actions=len(known)) for p in people],
        )
    config = LARTConfig.small(people=2)
    tracks, ids = open_tracks([tmp_path / "0", tmp_path / "1"], config)
    assert ids == (1, 12, 14, 80) and len(tracks) == 4
    assert tracks[2] is tracks[2]  # kept in memory
    assert tracks.spans.tolist() == [[0, 24], [1, 25]] * 2
    np.testing.assert_array_equal(np.isnan(tracks[0].target[2]), [False, False, True, True])
    np.testing.assert_array_equal(np.isnan(tracks[3].target[2]), [True, False, False, False])
    start = new_model("m", LARTConfig.small(actions=4, people=2, frames=20), ids, tracks)
    sample = dataset(start, Recipe.small(), tracks)[0, 3]
    assert sample["pose_shape"].shape == (20, 2, 229)


def test_a_set_whose_labels_do_not_fit_is_refused(tmp_path):
    save_tracklets(tmp_path, [tracklet(25)])
    save_labels(tmp_path / "labels.safetensors", IDS, [labels([1]), labels([1])])
    with pytest.raises(LartError, match="labels of 1 tracklets"):
        open_tracks([tmp_path], CONFIG)


def lart_file(frames=30, first=5, size=6):
    """A released tracklet as DATASET.md describes it."""
    rng = np.random.default_rng(first)
    index = np.repeat(np.arange(0, frames, 6) * 100, 6)[:frames]
    index[:3] = -1
    has_gt = np.zeros((frames, 1, 1))
    has_gt[6:18], has_gt[10] = 1, 2
    return {
        "fid": np.arange(first, first + frames).reshape(-1, 1, 1).astype(float),
        "pose_shape": rng.normal(size=(frames, 1, 229)),
        "3d_joints": rng.normal(size=(frames, 1, 45, 3)),
        "camera": rng.normal(size=(frames, 1, 3)),
        "camera_bbox": rng.normal(size=(frames, 1, 3)),
        "has_detection": (rng.random((frames, 1, 1)) > 0.2).astype(float),
        "has_gt": has_gt,
        "action_label_gt": rng.integers(0, 2, (frames, 1, 80)),
        "action_label_psudo": {k: rng.random((1, 80)) for k in set(index.tolist()) - {-1}},
        "apperance_index": index.reshape(-1, 1, 1),
        "apperance_dict": {k: rng.normal(size=(1, size)) for k in set(index.tolist()) - {-1}},
        "frame_name": [f"{i}.jpg" for i in range(frames)],
        "frame_size": [np.array([240, 320])] * frames,
        "frame_bbox": [np.zeros(4)] * frames,
        "frame_conf": [0.9] * frames,
    }


def test_files_of_one_name_in_two_folders_are_two_videos(tmp_path):
    for folder in ("one", "two"):
        save_tracklets(tmp_path / folder, [tracklet(10, video="clip.mp4")])
        save_labels(tmp_path / folder / "labels.safetensors", IDS, [labels([3])])
    pair = replace(CONFIG, people=2)
    tracks, _ = open_tracks([tmp_path / "one", tmp_path / "two"], pair, IDS)
    samples = TrackDataset(tracks, pair, ZERO, ONE)
    shown = samples[0, 0]["has_detection"]
    assert shown[:, 0].any() and not shown[:, 1].any()


def test_lart_pickles_are_read_as_the_published_dataset_reads_them(tmp_path):
    content = lart_file()
    joblib.dump(content, tmp_path / "ava-train_abc_000150_3_30.pkl", compress=3)
    joblib.dump(lart_file(first=20), tmp_path / "ava-train_abc_000150_4_30.pkl")
    config = LARTConfig.published(people=2, appearance_size=6, appearance_layers=(8, 256))
    tracks, ids = open_tracks([tmp_path], config)
    assert len(ids) == 60 and tracks.videos == ["0/ava-train_abc_000150"] * 2
    assert tracks.spans is None
    made = tracks[0]
    assert made.first == 5
    expected = (content["3d_joints"] + content["camera"][:, None]).reshape(30, 135)
    np.testing.assert_allclose(made.inputs["joints_3D"], expected, atol=1e-6)
    look = content["apperance_dict"][600][0]
    np.testing.assert_allclose(made.inputs["apperance_emb"][8], look, atol=1e-6)
    assert not made.inputs["apperance_emb"][:3].any()
    columns = np.array(ids) - 1
    labelled = (~np.isnan(made.target)).any(1)
    assert np.flatnonzero(labelled).tolist() == list(range(6, 18))
    pseudo = content["action_label_psudo"][600][0, columns]
    np.testing.assert_allclose(made.target[7], pseudo, rtol=1e-6)
    np.testing.assert_array_equal(made.target[10], content["action_label_gt"][10, 0, columns])
    assert np.flatnonzero(made.ground_truth).tolist() == [10]
    sample = TrackDataset(tracks, config, ZERO, ONE)[0, 0]
    assert sample["has_detection"][15:30, 1].any() and not sample["has_detection"][:15, 1].any()


def test_lart_pickles_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(LartError, match="tracklets to train on"):
        open_tracks([tmp_path], CONFIG)
    content = lart_file()
    del content["has_gt"]
    joblib.dump(content, tmp_path / "v_1_30.pkl")
    with pytest.raises(LartError, match=r"layout in v_1_30\.pkl.*has_gt"):
        open_tracks([tmp_path], CONFIG)[0][0]
    with pytest.raises(LartError, match="PHALP's order"):
        open_tracks([tmp_path], LARTConfig.small(joints_layers=(4, 4)))


def test_recipes_are_the_columns_of_table_6():
    kinetics, ava = Recipe.kinetics(), Recipe.ava()
    for recipe in (kinetics, ava):
        assert recipe.betas == (0.9, 0.95) and recipe.weight_decay == 0.05
        assert (recipe.warmup_epochs, recipe.epochs, recipe.batch) == (5, 30, 64)
        assert recipe.rate == 1e-3 and recipe.dropout == 0.1
    assert (kinetics.mask_ratio, kinetics.layer_decay, kinetics.drop_path) == (0.4, 1.0, 0.0)
    assert (ava.mask_ratio, ava.layer_decay, ava.drop_path) == (0.0, 0.9, 0.1)


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"epochs": 0}, "at least one epoch"),
        ({"rate": 0.0}, "positive rate"),
        ({"epochs": 3}, "fewer warm-up epochs"),
        ({"mask_ratio": 2.0}, "mask ratio"),
        ({"layer_decay": 0.0}, "layer decay"),
    ],
)
def test_recipes_that_cannot_be(wrong, says):
    with pytest.raises(LartError, match=says):
        Recipe.small(**wrong)


def test_keys_of_endless_epochs():
    """After the last batch of an epoch the next one begins."""
    later = ResumableBatches(5, 5, 1, 0, 0, lambda: 7)
    assert [key[0] for key in next(islice(later, 1))] == [7] * 5


def test_windows_show_nobody_to_himself(tmp_path):
    """Two people in three overlapping windows: companions are of the same window only."""
    people = [
        replace(tracklet(40, first=10 * k), track_id=2 * k + who, keyframe=10 * k + 20, person=who)
        for k in range(3)
        for who in (1, 2)
    ]
    save_tracklets(tmp_path, people)
    save_labels(tmp_path / "labels.safetensors", IDS, [labels([])] * len(people))
    config = replace(CONFIG, people=4)
    tracks, _ = open_tracks([tmp_path], config)
    lazily = TrackDataset(tracks, config, ZERO, ONE)._companions
    read = TrackDataset([tracks[i] for i in range(len(tracks))], config, ZERO, ONE)._companions
    assert lazily == read == [[1], [0], [3], [2], [5], [4]]
    sample = TrackDataset(tracks, config, ZERO, ONE)[0, 2]
    assert sample["has_detection"].amax((0, 2)).tolist() == [1, 1, 0, 0]


def test_a_model_of_another_rate_is_trained_as_it_will_see(tmp_path):
    """Labels go with the nearest frame in time; two people stay side by side in time."""
    people = [tracklet(61, first=4), tracklet(41, first=24, track_id=2)]
    own = [labels([4, 5, 6, 34, 64]), labels([44])]
    ours = LabelledTrack.of(people[0], own[0], IDS, CONFIG, IDS, fps=people[0].video.fps / 2)
    assert len(ours) == 31 and len(ours.inputs["pose_shape"]) == 31 and ours.first == 2
    assert np.flatnonzero(ours.ground_truth).tolist() == [0, 1, 15, 30]
    np.testing.assert_array_equal(ours.target[15], own[0].target[3])
    save_tracklets(tmp_path, people)
    save_labels(tmp_path / "labels.safetensors", IDS, own)
    tracks, _ = open_tracks([tmp_path], CONFIG, fps=people[0].video.fps / 2)
    assert [track.first for track in tracks] == [2, 12]
    assert [len(track) for track in open_tracks([tmp_path], CONFIG)[0]] == [61, 41]


def test_legs_that_nobody_saw_are_shown_as_inference_shows_them(tmp_path):
    """Two people who differ in unseen legs alone are one sample; seen legs make two."""
    config = replace(CONFIG, frames=40, joints_layers=(8, 4))
    person = tracklet(40)
    upright = person.joints.copy()
    upright[:, 12] = upright[:, 0] - np.array([0, 0.5, 0], np.float32)  # Neck above hips.
    person = replace(person, joints=upright)
    unseen = np.zeros((40, 24), bool)
    unseen[10:30, [1, 2]] = True
    legs = person.body_pose.copy()
    legs[10:30, [0, 1, 3, 4, 6, 7, 9, 10]] = np.eye(3)
    people = [
        replace(person, body_pose=pose, unseen=hidden, track_id=number)
        for number, (pose, hidden) in enumerate(
            [(person.body_pose, unseen), (legs, unseen), (person.body_pose, unseen & False)]
        )
    ]
    save_tracklets(tmp_path, people)
    save_labels(tmp_path / "labels.safetensors", IDS, [labels([20])] * 3)
    mean = np.random.default_rng(0).normal(0, 0.3, 229).astype(np.float32)
    samples = TrackDataset(open_tracks([tmp_path], config)[0], config, mean, ONE)
    one, two, whole = ({**samples[0, index]} for index in range(3))
    for name, value in one.items():
        torch.testing.assert_close(value[:, 0], two[name][:, 0], equal_nan=True)
    differs = (one["pose_shape"] != whole["pose_shape"])[:, 0].any(dim=1)
    assert differs.tolist() == unseen[:, 1].tolist()
    shown = with_mean_legs(inputs_of(people[0], config), unseen[:, 1], mean)
    np.testing.assert_array_equal(one["joints_3D"][:, 0].numpy(), shown["joints_3D"])
