"""Exports: every kind of file is made and can be read back by what it is for."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import av
import joblib
import numpy as np
import pandas as pd
import pytest
import trimesh
from PIL import Image

from analysis import read_predictions
from analysis.exports import FORMATS, Wish
from app.cli import main
from app.exports import files
from app.jobs import kinds
from app.storage import notes
from lart_core.errors import LartError
from lart_core.runs.corrections import Corrections, Span
from lart_core.runs.run import Run
from lart_core.tracklet import VideoFacts
from tests.synthetic import make_run


def make(run: Run, name: str, last: int = 9) -> Path:
    models = ["pose"] if FORMATS[name].one_model else ["pose", "other"]
    made = kinds.make_export(lambda *_: None, run.path.name, files.new_id(), name, models, 0, last)
    path = files.find(made["export"])
    assert path.name == made["file"]
    return path


def test_video(run: Run) -> None:
    with av.open(str(make(run, "video"))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == run.video.frames
    x1, y1 = run.tracklets()[0].box[40, :2]
    label = frames[40][int(y1) - 12 : int(y1) - 2, int(x1) + 1 : int(x1) + 4].astype(int)
    orange = np.median(label.reshape(-1, 3), axis=0)
    assert np.abs(orange - [230, 159, 0]).max() < 60  # the label of person 1, above the box


@pytest.mark.parametrize("kind", ["actions-csv", "actions-parquet"])
def test_probabilities(run: Run, kind: str) -> None:
    path = make(run, kind)
    table = pd.read_csv(path) if kind == "actions-csv" else pd.read_parquet(path)
    assert len(table) == 2 * 2 * run.video.frames
    row = table[(table.model == "pose") & (table.person == 2) & (table.frame == 30)].iloc[0]
    said = run.actions("pose").people[2].probability[30]
    assert np.allclose(
        row[["walk", "stand"]].astype(float), said[[1, 0]], atol=1e-4
    ) or np.allclose(sorted(row.iloc[4:].astype(float)), sorted(said), atol=1e-4)
    assert row.seconds == pytest.approx(1.0)


def test_seconds_of_long_films_keep_their_digits(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VideoFacts, "second_of", lambda _, frame: 1333 + np.asarray(frame) / 30)
    table = pd.read_csv(make(run, "actions-csv"))
    assert table.seconds.to_numpy() == pytest.approx(1333 + table.frame / 30, abs=1e-4)


def test_meshes(run: Run) -> None:
    scene = trimesh.load(make(run, "glb"))
    assert len(scene.geometry) == 2
    with zipfile.ZipFile(make(run, "obj", last=2)) as archive:
        assert sum(name.endswith(".obj") for name in archive.namelist()) == 3


def test_tracklets(run: Run) -> None:
    with np.load(make(run, "npz"), allow_pickle=False) as arrays:
        assert np.array_equal(arrays["1/box"], run.tracklets()[0].box)
    assert len(joblib.load(make(run, "phalp"))) == run.video.frames
    with zipfile.ZipFile(make(run, "lart")) as archive:
        assert sum(name.endswith(".pkl") for name in archive.namelist()) == 2


def test_the_app_and_the_command_write_the_same_files(run: Run, tmp_path: Path) -> None:
    run.correct(Corrections((Span(1, 80, 0, 89),)))
    dated = {"video", "person-html", "phalp", "lart", "labels"}  # times lie in those
    for name in FORMATS.keys() - dated:
        options = ["--model", "pose"] if FORMATS[name].one_model else []
        options += ["--last", "9"] if "span" in FORMATS[name].options else []
        out = tmp_path / f"out{FORMATS[name].suffix}"
        command = ["export", str(run.path), "--format", name, "--out", str(out), *options]
        assert main(command) == 0
        assert out.stat().st_size == make(run, name).stat().st_size, name


def test_avas_csv_is_what_lart_evaluate_reads(run: Run) -> None:
    table = read_predictions(make(run, "ava"))
    assert set(table["action_id"]) == set(run.actions("pose").ava_ids)


def test_a_frame_as_png(run: Run) -> None:
    picture = Image.open(io.BytesIO(files.content("png", Wish(run, ["pose"], frame=40))))
    assert picture.format == "PNG"
    assert picture.size == (run.video.width, run.video.height)


def test_a_person_as_one_page_that_needs_nothing(run: Run) -> None:
    page = files.content("person-html", Wish(run, ["pose", "other"], person=1)).decode()
    assert page.count("<svg") == 2 and page.count("data:image/jpeg") == 4
    assert "http" not in page.replace("http://www.w3.org", "")


def test_the_command_says_what_a_format_takes(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    cases = {
        ("glb", "--frame", "3"): "takes --first and --last and --person, but got --frame",
        ("npz", "--model", "pose"): "takes no options, but got --model",
        ("glb", "--last", "99999"): "Expected frames within 0 to",
        ("png", "--model", "pose", "--frame", "-1"): "Expected frames within 0 to",
        ("person-html",): "Expected a person (--person) of this run (1, 2), got None",
        ("ava",): "Expected one model (--model NAME)",
        ("ava", "--model", "nobody"): "Expected a model of this run",
    }
    for (name, *options), words in cases.items():
        command = ["export", str(run.path), "--format", name, "--out", str(out), *options]
        assert main(command) == 2, name
        assert words in capsys.readouterr().err
        assert not out.exists()


def test_the_help_says_which_formats_are_of_one_model(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    said = capsys.readouterr().out
    marked = {line.split()[0] for line in said.splitlines() if line.endswith(", of one model")}
    assert marked == {name for name, made in FORMATS.items() if made.one_model}
    assert "asks for a name" in said


def test_a_beginning_that_is_no_number_is_refused(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["export", str(run.path), "--format", "ava", "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit, match="2"):
        main([*command, "--model", "pose", "--begins-at", "nan"])
    assert "expected a number, but got 'nan'" in capsys.readouterr().err


def test_an_unknown_kind_is_a_sentence(run: Run) -> None:
    with pytest.raises(LartError, match="Expected an export format"):
        files.content("exe", Wish(run))


def test_csv_is_still_a_name_of_avas(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    command = ["export", str(run.path), "--format", "csv", "--model", "pose", "--out", str(out)]
    assert main(command) == 0
    assert out.read_bytes() == make(run, "ava").read_bytes()


@pytest.mark.parametrize("export", ["../runs", "0" * 16, ""])
def test_export_ids_are_not_paths(run: Run, export: str) -> None:
    with pytest.raises(LartError, match="not there"):
        files.find(export)


def test_bodies_of_one_person(run: Run) -> None:
    alone = files.content("glb", Wish(run, first=5, last=5, person=2))
    assert alone[:4] == b"glTF"
    assert len(alone) < len(files.content("glb", Wish(run, first=5, last=5)))


def test_a_folder_of_lart_keeps_other_films_and_drops_who_is_gone(
    home: Path, run: Run, tmp_path: Path
) -> None:
    other = make_run(home, "other", frames=30)
    out = tmp_path / "tracklets"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    for each in (run, other):
        assert main(["export", str(each.path), "--format", "lart", "--out", str(out)]) == 0
    assert len(list(out.glob("synthetic_*.pkl"))) == len(list(out.glob("other_*.pkl"))) == 2
    run.correct(Corrections(people={2: ()}))
    assert main(["export", str(run.path), "--format", "lart", "--out", str(out)]) == 0
    assert len(list(out.glob("synthetic_*.pkl"))) == 1 and len(list(out.glob("other_*.pkl"))) == 2
    assert (out / "notes.txt").read_text() == "mine" and not list(tmp_path.glob(".*"))


def test_a_folder_of_lart_with_another_film_called_alike_is_left(
    home: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("take 1", "take_1"):
        other = make_run(home, name.replace(" ", "-"), frames=30)
        facts = json.loads((other.path / "run.json").read_text())
        facts["video"]["name"] = f"{name}.mp4"
        (other.path / "run.json").write_text(json.dumps(facts))
        other.write_tracklets([replace(t, video=other.video) for t in other.tracklets()])
        done = main(["export", str(other.path), "--format", "lart", "--out", str(tmp_path / "out")])
        assert done == (2 if name == "take_1" else 0)
    assert "those of take 1.mp4" in " ".join(capsys.readouterr().err.split())
    assert len(list((tmp_path / "out").glob("*.pkl"))) == 2


def test_a_folder_in_the_way_is_said_and_left(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run.correct(Corrections((Span(1, 80, 0, 89),)))
    (tmp_path / "notes.txt").write_text("mine")
    for name, says in (("npz", "is a folder; name a file"), ("labels", "Expected a new folder")):
        assert main(["export", str(run.path), "--format", name, "--out", str(tmp_path)]) == 2
        assert says in capsys.readouterr().err
    assert [path.name for path in tmp_path.glob("*.txt")] == ["notes.txt"]
    for name in ("lart", "labels"):
        out = tmp_path / f"{name}.ZIP"
        assert main(["export", str(run.path), "--format", name, "--out", str(out)]) == 0
        assert zipfile.is_zipfile(out)


@pytest.mark.parametrize("name", ["run.json", "player.mp4", "tracklets", "../film.mp4", ""])
def test_an_export_never_takes_the_place_of_what_it_is_made_of(
    run: Run, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    film = run.path.parent / "film.mp4"
    film.write_bytes(b"film")
    facts = json.loads((run.path / "run.json").read_text()) | {"source": str(film)}
    (run.path / "run.json").write_text(json.dumps(facts))
    out = str(run.path / name)
    assert main(["export", str(run.path), "--format", "npz", "--out", out]) == 2
    assert "Expected a new file" in capsys.readouterr().err
    assert film.read_bytes() == b"film" and Run.open(run.path).tracklets()


@pytest.mark.parametrize(
    ("name", "called"),
    [("Scene 1.2", "Scene-1.2"), ("Mr. Smith walks", "Mr.-Smith-walks"), ("a.b.MP4", "a.b")],
)
def test_files_are_called_as_the_video_is(run: Run, name: str, called: str) -> None:
    notes.rename(run.path.name, name)
    assert files.file_name("video", Wish(run, [])) == f"{called}-video.mp4"
