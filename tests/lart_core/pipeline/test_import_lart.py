"""LART's release: films out of windows, key frames out of names, labels both ways."""

from dataclasses import replace

import joblib
import numpy as np
import pytest

from analysis.ava.csv_file import to_csv
from analysis.runs.ava_predictions import predictions_of_run
from lart_core.errors import LartError, LartWarning
from lart_core.formats.lart import LartLabels, lart_labels, to_lart
from lart_core.model.config import LARTConfig
from lart_core.model.inputs import inputs_of
from lart_core.pipeline.import_lart import export_lart, films, import_film
from lart_core.pipeline.import_run import import_run
from lart_core.runs.actions import Actions, PersonActions
from lart_core.runs.run import Run
from lart_core.training import open_tracks
from lart_core.training.labels import load_labels
from lart_core.training.lart_folder import LartFolder

FRAMES = 128
FILM = "053oq2xB3oU"
CONFIG = LARTConfig.published(people=1, appearance_size=16)


def runs_of(folder, out):
    return [import_film(film, out / film.name) for film in films(folder)]


def released(folder, make, film=FILM, keyframe=90, track_id=0, seed=0):
    """A file as the release has it: no entry of ours, counted from 0, labels of both kinds."""
    person = make(track_id + 1, frames=FRAMES, first=0, seed=seed)
    person = replace(person, detected=np.ones(FRAMES, bool), keyframe=None, person=None)
    rng = np.random.default_rng(seed)
    kind = np.ones(FRAMES, int)
    kind[60] = 2
    target = rng.random((FRAMES, 80)).astype(np.float32)
    target[60] = rng.integers(0, 2, 80)
    data = to_lart(person, LartLabels(kind, target))
    for key in [k for k in data if k.startswith("lart_lens")]:
        del data[key]
    data["action_label_gt"][60, 0] = target[60]
    digits = range(keyframe - 60, keyframe - 60 + FRAMES)
    data["frame_name"] = [f"{film}/{film}_{n:06d}.jpg" for n in digits]
    data["frame_conf"][60] = 0.95
    joblib.dump(data, folder / f"ava-val_{film}_{keyframe:06d}_{track_id}_{FRAMES}.pkl")
    return person, data


@pytest.fixture
def release(tmp_path, make):
    """Two films; the first with two people in two windows."""
    folder = tmp_path / "ava_val"
    folder.mkdir()
    for keyframe in (90, 120):
        for track_id in (0, 1):
            released(folder, make, keyframe=keyframe, track_id=track_id, seed=keyframe + track_id)
    released(folder, make, film="-FaXLcSFjUI", keyframe=150)
    return folder


def test_a_film_becomes_a_run_with_windows_and_key_frames(release, tmp_path):
    other, film = runs_of(release, tmp_path / "out")
    assert [each.video.name for each in (other, film)] == ["-FaXLcSFjUI", FILM]
    people = film.tracklets()
    assert people.keyframes == [90, 90, 120, 120] and people.track_ids == [1, 2, 3, 4]
    assert people.spans.tolist() == [[30, 157]] * 2 + [[60, 187]] * 2
    assert people[0].given.tolist() == [90]
    assert film.begins_at == 900 and film.video.fps == 30


def test_predictions_carry_the_films_name_and_second(release, tmp_path):
    _, film = runs_of(release, tmp_path / "out")
    said = {
        t.track_id: PersonActions(t.frame, np.full((len(t), 2), 0.5, "f4"))
        for t in film.tracklets()
    }
    film.write_actions(Actions("m", (12, 14), said))
    rows = to_csv(predictions_of_run(film, "m")).decode().splitlines()
    assert len(rows) == 8
    assert {row.split(",")[0] for row in rows} == {FILM}
    assert [row.split(",")[1] for row in rows] == ["0903"] * 4 + ["0904"] * 4


def test_the_network_sees_what_the_published_data_set_reads(release, tmp_path):
    """Pose, joints, appearance and labels, number by number."""
    _, film = runs_of(release, tmp_path / "out")
    direct = LartFolder(release, CONFIG, LartFolder.known_ids(release))
    theirs = direct[direct.videos.index(f"ava-val_{FILM}_000090")]
    tracklet = film.tracklets()[0]
    ours = inputs_of(tracklet, CONFIG)
    for name in ("pose_shape", "joints_3D", "has_detection"):
        np.testing.assert_allclose(ours[name], theirs.inputs[name], atol=1e-5, err_msg=name)
    tracks, ids = open_tracks([film.path / "tracklets"], CONFIG, LartFolder.known_ids(release))
    np.testing.assert_allclose(tracks[0].target, theirs.target, atol=1e-6)
    assert np.flatnonzero(tracks[0].ground_truth).tolist() == [60] and len(ids) == 60


def test_labels_and_key_frames_go_back(release, tmp_path):
    _, film = runs_of(release, tmp_path / "out")
    assert export_lart(film, tmp_path / "back", "ava-train") == 4
    names = sorted(file.name for file in (tmp_path / "back").iterdir())
    assert names[0] == f"ava-train_{FILM}_000090_1_128.pkl"
    written = joblib.load(tmp_path / "back" / names[0])
    before = joblib.load(release / f"ava-val_{FILM}_000090_0_128.pkl")
    got, want = lart_labels(written), lart_labels(before)
    np.testing.assert_array_equal(got.kind, want.kind)
    np.testing.assert_array_equal(got.target[60], want.target[60])
    (row,) = [i for i, name in enumerate(written["frame_name"]) if "000090" in name]
    assert row == 60
    again = runs_of(tmp_path / "back", tmp_path / "again")
    assert again[0].tracklets().keyframes == [90, 90, 120, 120]
    known, labels = load_labels(again[0].path / "tracklets" / "labels.safetensors")
    assert known == tuple(range(1, 81)) and labels[0].ground_truth.sum() == 1


def test_our_own_files_come_back_as_long_and_at_the_second_of_before(tmp_path, make):
    """They were taken for the release's: 900 seconds late, four seconds longer, boxes left out."""
    person = replace(make(1, frames=90), keyframe=30)
    source = Run.create(tmp_path / "run", person.video, source="clip.mp4", settings={"start": 2.0})
    source.write_tracklets([person])
    source.finish("tracking", None)
    export_lart(source, tmp_path / "files")
    (again,) = runs_of(tmp_path / "files", tmp_path / "out")
    assert (again.begins_at, again.least_score) == (2.0, 0.0)
    assert again.video.frames == person.video.frames


def test_a_film_of_plain_files_is_as_long_as_its_longest_track(tmp_path, make):
    for track, frames in ((1, 40), (2, 90), (10, 20)):
        data = to_lart(make(track, frames=frames, first=0))
        for key in [k for k in data if k.startswith("lart_lens")]:
            del data[key]
        joblib.dump(data, tmp_path / f"film_{track}_{frames}.pkl")
    with pytest.warns(LartWarning, match="30 frames a second are assumed"):
        (run,) = runs_of(tmp_path, tmp_path / "out")
    assert run.video.frames == 90
    assert run.facts["provenance"]["frame_rate"] == "assumed: 30 frames a second"


def test_one_film_is_a_run_by_import_too_and_several_say_the_command(release, tmp_path, make):
    with pytest.raises(LartError, match="lart dataset import"):
        import_run(release, tmp_path / "run")
    one = tmp_path / "one"
    one.mkdir()
    released(one, make)
    (person,) = import_run(one, tmp_path / "run").tracklets()
    assert person.keyframe == 90


def test_a_damaged_file_is_named(release, tmp_path):
    (release / f"ava-val_{FILM}_000090_1_128.pkl").write_bytes(b"no pickle")
    with pytest.raises(LartError, match=rf"{FILM}_000090_1"):
        runs_of(release, tmp_path / "out")


def test_given_boxes_that_the_published_evaluator_drops(release, tmp_path):
    file = release / f"ava-val_{FILM}_000120_1_128.pkl"
    data = joblib.load(file)
    data["frame_conf"][60] = 0.79
    joblib.dump(data, file)
    _, film = runs_of(release, tmp_path / "out")
    said = {
        t.track_id: PersonActions(t.frame, np.full((len(t), 1), 0.5, "f4"))
        for t in film.tracklets()
    }
    film.write_actions(Actions("m", (12,), said))
    assert film.least_score == 0.8
    assert predictions_of_run(film, "m")["timestamp"].tolist() == [903, 903, 904]
