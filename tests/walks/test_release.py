"""LART's release, from its files to AVA's figure, by command."""

import csv
import json

import joblib
import numpy as np
import pytest

from app.cli import main
from lart_core.dataset import VideoSet
from lart_core.training.labels import load_labels
from lart_core.training.tracks import LABELS, PSEUDO
from tests.release import corners, write_track

FILMS = [f"{number:02d}-_oq2xB3oU"[:11] for number in range(24)]
KEYFRAMES = {90: "0903", 120: "0904"}
BOXES = [(40.0, 50.0, 80.0, 200.0), (300.0, 60.0, 90.0, 250.0)]
SAID, OURS = 14, 80
"""Of the release, and of the annotations that the set is labelled by."""


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """Two people in two windows of many films."""
    folder = tmp_path_factory.mktemp("release") / "ava_val"
    for film in FILMS:
        for keyframe in KEYFRAMES:
            for track_id, box in enumerate(BOXES):
                write_track(folder, film, keyframe, track_id, box=box, action=SAID, appearance=24)
    return folder


@pytest.fixture(scope="module")
def imported(release, tmp_path_factory):
    out = tmp_path_factory.mktemp("imported") / "set"
    command = ["dataset", "import", str(release), "--layout", "lart", "--out", str(out)]
    assert main(command) == 0
    return out


@pytest.fixture
def truth(tmp_path):
    """AVA's CSV: both people do what nobody said in the release."""
    path = tmp_path / "truth.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        for film in FILMS:
            for second in KEYFRAMES.values():
                for person, box in enumerate(BOXES):
                    writer.writerow([film, second, *corners(box), OURS, person])
    return path


def test_a_folder_becomes_a_set(imported, capsys):
    assert main(["dataset", "status", str(imported), "--json"]) == 0
    now = json.loads(capsys.readouterr().out)
    assert (now["tracked"], now["refused"], now["left"]) == (len(FILMS), 0, 0)
    for film, run in VideoSet.open(imported).runs():
        assert film == run.video.name and run.begins_at == 900
        people = run.tracklets()
        assert sorted(people.keyframes) == [90, 90, 120, 120]
        ids, labels = load_labels(run.path / "tracklets" / LABELS)
        assert [int(each.ground_truth.sum()) for each in labels] == [1] * 4
        assert ids[int(labels[0].target[labels[0].ground_truth][0].argmax())] == SAID


@pytest.mark.slow
def test_the_experiment(imported, truth, tmp_path, capsys):
    """Labels, a model, and its predictions under the films' names and seconds."""
    assert main(["dataset", "label", str(imported), "--gt", str(truth)]) == 0
    assert f"{4 * len(FILMS)} tracklets are labelled" in capsys.readouterr().out
    run = dict(VideoSet.open(imported).runs())[FILMS[0]]
    ids, labels = load_labels(run.path / "tracklets" / LABELS)
    known = labels[0].target[labels[0].ground_truth]
    assert ids == tuple(range(1, 81)) and (known[:, OURS - 1] == 1).all()
    assert (run.path / "tracklets" / PSEUDO).is_file() and not labels[0].ground_truth.all()

    assert main([
        "train", "--config", "small", "--data", str(imported), "--validation", str(imported),
        "--out", str(tmp_path / "model"), "--actions", str(OURS), str(SAID), "--epochs", "2",
        "--warmup-epochs", "1", "--batch", "16", "--rate", "0.01", "--accelerator", "cpu",
        "--quiet",
    ]) == 0  # fmt: skip
    assert "epoch 1: mAP@0.5" in capsys.readouterr().out

    pred = tmp_path / "pred.csv"
    assert main([
        "dataset", "predict", str(imported), "--model", str(tmp_path / "model/model.safetensors"),
        "--out", str(pred),
    ]) == 0  # fmt: skip
    rows = list(csv.reader(pred.open(newline="")))
    asked = {(film, second) for film in FILMS for second in KEYFRAMES.values()}
    assert {(film, second) for film, second, *_ in rows} == asked
    assert len(rows) == len(asked) * len(BOXES) * 2
    for row in rows:
        error = [np.abs(np.array(row[2:6], float) - corners(box)).max() for box in BOXES]
        assert min(error) < 1e-3
    capsys.readouterr()
    assert main(["evaluate", "--gt", str(truth), "--pred", str(pred), "--json"]) == 0
    (figure, *_) = json.loads(capsys.readouterr().out)["metrics"].values()
    assert figure == pytest.approx(1.0)


def test_a_damaged_file_refuses_its_film_alone(release, tmp_path, capsys):
    folder = tmp_path / "some"
    folder.mkdir()
    for file in release.glob(f"ava-val_0[0-3]{FILMS[0][2:]}_*"):
        (folder / file.name).write_bytes(file.read_bytes())
    spoilt = next(folder.glob(f"*{FILMS[1]}*"))
    kept = spoilt.read_bytes()
    spoilt.write_bytes(kept[:1000])
    command = ["dataset", "import", str(folder), "--out", str(tmp_path / "set")]
    assert main(command) == 1
    said = capsys.readouterr()
    assert "3 of 4 films" in said.out and spoilt.name in said.err
    spoilt.write_bytes(kept)
    assert main(command) == 0
    assert "4 of 4 films" in capsys.readouterr().out


def test_it_cannot_be_mixed_with_videos(imported, tmp_path, capsys):
    (tmp_path / "a.mp4").write_bytes(b"film")
    assert main(["dataset", "track", str(tmp_path), "--out", str(imported)]) == 2
    assert "other settings" in capsys.readouterr().err


def test_training_reads_how_long_appearance_is(tmp_path, capsys):
    """Hiera's vectors have 2048 numbers; without being told, from the pickles and from a set."""
    write_track(tmp_path / "pickles", FILMS[0], 90, 0)
    out = tmp_path / "set"
    assert main(["dataset", "import", str(tmp_path / "pickles"), "--out", str(out)]) == 0
    for data in (tmp_path / "pickles", out):
        command = ["train", "--config", "ava", "--network", "published", "--data", str(data)]
        assert main([*command, "--dry-run"]) == 0
        assert "appearance" in capsys.readouterr().out
        assert main([*command, "--dry-run", "--appearance", "1152"]) == 2
        said = " ".join(capsys.readouterr().err.split())
        assert "1152" in said and "2048" in said and "reshape" not in said
    write_track(tmp_path / "others", FILMS[1], 90, 0, appearance=1152)
    both = [str(out), str(tmp_path / "others")]
    assert main(["train", "--config", "ava", "--data", *both, "--dry-run"]) == 2
    assert "one length" in " ".join(capsys.readouterr().err.split())


def test_a_track_that_lost_its_keyframe_is_never_judged(tmp_path):
    """It stands where its frames' numbers say, and only the others are predicted."""
    folder = tmp_path / "release"
    write_track(folder, FILMS[0], 90, 0)
    path = write_track(folder, FILMS[0], 120, 0)
    track = joblib.load(path)
    names = track["frame_name"]
    track["frame_name"] = ["-1" if "000120" in name else name for name in names]
    joblib.dump(track, path)
    out = tmp_path / "set"
    assert main(["dataset", "import", str(folder), "--out", str(out)]) == 0
    ((_, run),) = VideoSet.open(out).runs()
    people = run.tracklets()
    assert people.keyframes == [90, None] and people.spans.tolist() == [[30, 157], [60, 187]]
    assert people[0].given.tolist() == [90] and not len(people[1].given)
