"""PHALP's and LART's pickles: exact both ways, and read by upstream's rules."""

from dataclasses import replace

import joblib
import numpy as np
import pytest
import torch

from lart_core import camera
from lart_core.formats import reader
from lart_core.formats.lart import LartLabels, from_lart, lart_labels, to_lart
from lart_core.formats.lart_names import file_name
from lart_core.formats.phalp import LISTS, from_phalp, to_phalp
from lart_core.tracklet.joint_orders import OPENPOSE


def test_phalp_round_trip_is_exact(make, same):
    people = [make(1), replace(make(4, frames=30, first=10), mask=None)]
    for got, want in zip(from_phalp(to_phalp(people), 25, "x"), people, strict=True):
        same(got, want)


def test_lart_round_trip_is_exact_but_for_masks(make, same):
    for person in (make(3), make(3, frames=1)):
        person = replace(
            person, appearance=person.appearance[:1], appearance_frame=person.frame[:1]
        )
        same(from_lart(to_lart(person), 25, "x"), replace(person, mask=None))


def test_files_travel_through_the_reader_with_limits(tmp_path, make, same):
    people = [make(1), make(2)]
    joblib.dump(to_phalp(people), tmp_path / "phalp.pkl", compress=3)
    for got, want in zip(
        reader.import_tracklets(tmp_path / "phalp.pkl", tmp_path / "a")[0], people, strict=True
    ):
        same(got, want)
    (tmp_path / "fast").mkdir()
    for person in people:
        joblib.dump(to_lart(person), tmp_path / "fast" / file_name(person))
    found = reader.import_tracklets(tmp_path / "fast", tmp_path / "b")[0]
    for got, want in zip(found, people, strict=True):
        same(got, replace(want, mask=None))


def upstream_tracks(frames):
    """What upstream's `get_tracks` and `create_fast_tracklets` take out of a result, in short."""
    tracks = {}
    for number, frame in enumerate(frames.values()):
        for row, track_id in enumerate(frame["tid"]):
            if frame["tracked_time"][row] == 0:
                tracks.setdefault(track_id, {})[number] = {
                    key: frame[key][row] for key in LISTS if not key.startswith("tracked_")
                }
    return tracks


def test_upstream_finds_in_our_phalp_file_what_it_expects(make):
    person = make(5)
    frames = to_phalp([person])
    assert len(frames) == person.video.frames
    tracks = upstream_tracks(frames)
    assert list(tracks) == [5]
    assert list(tracks[5]) == person.frame[person.detected].tolist()
    for i, number in enumerate(person.frame.tolist()):
        if not person.detected[i]:
            continue
        entry = tracks[5][number]
        x, y, w, h = entry["bbox"]
        np.testing.assert_allclose([x, y, x + w, y + h], person.box[i], rtol=1e-6)
        assert entry["size"] == [480, 640] and entry["smpl"]["global_orient"].shape == (1, 3, 3)
        assert entry["scale"] == pytest.approx(max(w, h) / 640)
        side = max(w, h) * 256 / 640
        centre = camera.image_to_square(entry["center"], (640, 480))
        again = camera.from_crop(entry["camera_bbox"], centre, side)
        np.testing.assert_allclose(again, person.camera[i], rtol=1e-4, atol=1e-4)
        assert entry["3d_joints"].shape == (45, 3) and not entry["3d_joints"][44].any()
        assert entry["2d_joints"].shape == (90,)
        assert isinstance(entry["mask"][0]["counts"], str)
    seen_ids = sum(len(frame["tracked_ids"]) for frame in frames.values())
    assert seen_ids == person.detected.sum()


def test_lart_finds_in_our_file_what_its_data_set_indexes(make):
    person = make(5)
    data = to_lart(person)
    t = len(person)
    index = data["apperance_index"][:, 0, 0]
    assert all(data["apperance_dict"][i][0].shape == (16,) for i in index)
    assert all(data["action_label_psudo"][i][0].shape == (80,) for i in index)
    joints = data["3d_joints"] + data["camera"][:, None]
    assert joints.reshape(t, 1, 135).shape == (t, 1, 135)
    assert data["pose_shape"].shape == (t, 1, 229) and data["has_gt"].shape == (t, 1, 1)
    assert data["has_detection"][:, 0, 0].tolist() == person.detected.tolist()
    np.testing.assert_allclose(data["pose_shape"][:, 0, 228] * 200, person.camera[:, 2])
    assert file_name(replace(person, keyframe=None)) == f"street_5_{t}.pkl"
    assert file_name(person) == f"ava-val_street_000013_5_{t}.pkl"


def test_a_result_as_upstream_writes_it(tmp_path, make):
    """No entry of ours, ghosts that repeat the last record, numpy scalars, torch tensors."""
    person = make(1, frames=12, first=0)
    frames = to_phalp([person])
    for number, frame in enumerate(frames.values()):
        for key in [k for k in frame if k.startswith("lart_lens")]:
            del frame[key]
        frame["conf"] = [np.float32(0.95) for _ in frame["conf"]]
        frame["tracked_time"] = [np.int64(t) for t in frame["tracked_time"]]
        if number < 12:
            frame["ava_action"] = {1: torch.zeros(1, 60)}
            frame["label"] = {1: ["90% : stand"]}
    joblib.dump(frames, tmp_path / "demo_street.pkl", compress=3)
    ((got,), _) = reader.import_tracklets(tmp_path / "demo_street.pkl", tmp_path / "out", fps=24)
    assert got.video.name == "demo_street" and got.video.fps == 24
    assert (got.video.width, got.video.height) == (640, 480)
    np.testing.assert_array_equal(got.box, person.box)
    np.testing.assert_array_equal(got.body_pose, person.body_pose)
    assert got.detected.tolist() == person.detected.tolist() == (got.score > 0).tolist()
    seen = got.detected
    exact = person.joints[seen][:, OPENPOSE]
    np.testing.assert_array_equal(got.joints[seen][:, OPENPOSE], exact)
    np.testing.assert_array_equal(got.regressed[seen], person.regressed[seen])


def test_a_lart_tracklet_as_upstream_writes_it(tmp_path, make):
    """Zeros and -1 in gaps, upstream's appearance index, tensors of the smoother."""
    person = make(7, frames=20)
    data = to_lart(person)
    for key in ("lart_lens", "lart_lens_joints"):
        del data[key]
    data["frame_conf"] = [0.9] * 20
    gaps = ~person.detected
    for key in ("pose_shape", "camera", "3d_joints"):
        data[key][gaps] = 0
    for i in np.flatnonzero(gaps):
        data["frame_bbox"][i], data["frame_size"][i] = np.zeros(4), np.array([0, 0])
    data["apperance_index"] = (np.arange(20) // 6).reshape(20, 1, 1)
    data["apperance_dict"] = {i: np.full((1, 1152), i, "f4") for i in range(4)}
    data["ava_action"] = torch.zeros(20, 1, 60)
    data["cam_smoothed"] = torch.zeros(20, 1, 3)
    joblib.dump(data, tmp_path / "ava-val_clip_7_20.pkl")
    ((got,), _) = reader.import_tracklets(tmp_path / "ava-val_clip_7_20.pkl", tmp_path / "out")
    assert got.track_id == 7 and got.video.name == "ava-val_clip" and got.keyframe is None
    assert got.detected.tolist() == person.detected.tolist() == (got.score > 0).tolist()
    seen = person.detected
    np.testing.assert_array_equal(got.camera[seen], person.camera[seen])
    np.testing.assert_array_equal(got.box[seen], person.box[seen])
    assert got.appearance_frame.tolist() == [6, 12, 18, 22]
    assert got.appearance[:, 0].tolist() == [0, 1, 2, 3]


def test_lart_finds_appearance_and_a_models_labels_under_one_key(make):
    """By the nearest vector; also where people labelled the very frame of the vector."""
    person = replace(make(3, frames=24, first=0), appearance_frame=np.array([3, 9, 15]))
    kind, target = np.ones(24, int), np.zeros((24, 80), "f4")
    target[:, 11] = np.where(np.arange(24) < 6, 0.2, np.where(np.arange(24) < 12, 0.4, 0.6))
    kind[8:11], target[8:11] = 2, 1
    data = to_lart(person, LartLabels(kind, target))
    assert data["apperance_index"][:, 0, 0].tolist() == [3] * 6 + [9] * 6 + [15] * 12
    np.testing.assert_array_equal(data["apperance_emb"][11, 0], person.appearance[1])
    got = lart_labels(data)
    np.testing.assert_array_equal(got.kind, kind)
    np.testing.assert_allclose(got.target, target)
    bare = replace(person, appearance=np.zeros((0, 0), "f4"), appearance_frame=np.zeros(0, int))
    assert set(to_lart(bare, LartLabels(kind, target))["has_gt"].ravel()) == {0, 2}
