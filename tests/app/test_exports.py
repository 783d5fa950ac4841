"""Exports: every kind of file is made and can be read back by what it is for."""

import io
import zipfile
from pathlib import Path

import av
import joblib
import numpy as np
import pandas as pd
import pytest
import trimesh
from PIL import Image

from app.jobs import kinds
from app.storage import exports
from lart_core.errors import LartError
from lart_core.runs.run import Run


def make(run: Run, kind: str, last: int = 9) -> Path:
    export = exports.new_id()
    made = kinds.make_export(
        lambda *_: None, run.path.name, export, kind, ["pose", "other"], 0, last
    )
    path = exports.find(made["export"])
    assert path.name == made["file"]
    return path


def test_video(run: Run) -> None:
    with av.open(str(make(run, "video"))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == run.video.frames
    x1, y1 = run.tracklets()[0].box[40, :2]
    label = frames[40][int(y1) + 1 : int(y1) + 12, int(x1) + 1 : int(x1) + 6].astype(int)
    orange = np.median(label.reshape(-1, 3), axis=0)
    assert np.abs(orange - [230, 159, 0]).max() < 60  # the label of person 1, after H.264


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_probabilities(run: Run, kind: str) -> None:
    path = make(run, kind)
    table = pd.read_csv(path) if kind == "csv" else pd.read_parquet(path)
    assert len(table) == 2 * 2 * run.video.frames
    row = table[(table.model == "pose") & (table.person == 2) & (table.frame == 30)].iloc[0]
    said = run.actions("pose").people[2].probability[30]
    assert np.allclose(
        row[["walk", "stand"]].astype(float), said[[1, 0]], atol=1e-4
    ) or np.allclose(sorted(row.iloc[4:].astype(float)), sorted(said), atol=1e-4)
    assert row.seconds == pytest.approx(1.0)


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


def test_a_frame_as_png(run: Run) -> None:
    picture = Image.open(io.BytesIO(exports.frame_png(run, 40, "pose")))
    assert picture.format == "PNG"
    assert picture.size == (run.video.width, run.video.height)


def test_a_person_as_one_page_that_needs_nothing(run: Run) -> None:
    page = exports.person_page(run, 1, ["pose", "other"]).decode()
    assert page.count("<svg") == 2 and page.count("data:image/jpeg") == exports.SHOTS
    assert "http" not in page.replace("http://www.w3.org", "")


def test_an_unknown_kind_is_a_sentence(run: Run) -> None:
    with pytest.raises(LartError, match="Expected an export"):
        make(run, "exe")


@pytest.mark.parametrize("export", ["../runs", "0" * 16, ""])
def test_export_ids_are_not_paths(run: Run, export: str) -> None:
    with pytest.raises(LartError, match="not there"):
        exports.find(export)
