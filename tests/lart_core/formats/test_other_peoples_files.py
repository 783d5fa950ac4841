"""PHALP's and 4D-Humans' results as people have them, and files that are not results at all."""

import io
import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import torch
from PIL import Image
from pycocotools import mask as coco

from app.cli import main
from lart_core.body.smpl_file import read_smpl
from lart_core.errors import LartError, LartWarning
from lart_core.formats.reader import import_tracklets
from lart_core.pipeline.import_run import import_run
from lart_core.runs.run import Run
from lart_core.untrusted.torch_file import read_state_dict
from lart_core.video import write_player

WIDTH, HEIGHT = 192, 144


def box_at(number: int) -> list[float]:
    """The white box of the film at a frame, x y w h: it moves two pixels a frame."""
    return [10.0 + 2 * number, 20.0, 20.0, 60.0]


def result(first: int = 0, last: int = 7, track_id: int = 1, film: str = "film") -> dict[str, Any]:
    """What PHALP writes of a person in frames first..last, told to start and end there."""
    frames = {}
    for number in range(first, last + 1):
        path = f"outputs/_DEMO/{film}/img/{number + 1:06d}.jpg"
        smpl = {
            "global_orient": np.eye(3, dtype=np.float32)[None],
            "body_pose": np.tile(np.eye(3, dtype=np.float32), (23, 1, 1)),
            "betas": np.zeros(10, np.float32),
        }
        mask = coco.encode(np.asfortranarray(np.eye(HEIGHT, WIDTH, dtype=np.uint8)))
        frames[path] = {
            "time": number - first,
            "shot": 0,
            "frame_path": path,
            "tid": [track_id],
            "bbox": [np.array(box_at(number))],
            "tracked_time": [0],
            "size": [[HEIGHT, WIDTH]],
            "conf": [np.float32(0.9)],
            "smpl": [smpl],
            "camera": [np.array([0, 0, 30], np.float32)],
            "3d_joints": [np.zeros((45, 3), np.float32)],
            "mask": [[{"size": [HEIGHT, WIDTH], "counts": mask["counts"].decode()}]],
        }
    return frames


def changed(content: dict[str, Any], **entries: Any) -> dict[str, Any]:
    """The same result with other entries in every frame."""
    return {path: frame | entries for path, frame in content.items()}


def people(path: Path, tmp_path: Path) -> list[Any]:
    return list(import_tracklets(path, tmp_path / "out")[0])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_plain_pickle_is_read_as_joblibs_is(tmp_path: Path, protocol: int, same) -> None:
    joblib.dump(result(), tmp_path / "demo_film.pkl", compress=3)
    (want,) = list(import_tracklets(tmp_path / "demo_film.pkl", tmp_path / "a")[0])
    (tmp_path / "demo_film.pkl").write_bytes(pickle.dumps(result(), protocol))
    (got,) = list(import_tracklets(tmp_path / "demo_film.pkl", tmp_path / "b")[0])
    same(got, want)
    assert len(got) == 8 and got.mask is not None


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param([[{"size": [HEIGHT, WIDTH], "counts": b"0PPk0"}]], id="bytes"),
        pytest.param([[]], id="none of this person"),
        pytest.param([], id="stripped"),
    ],
)
@pytest.mark.parametrize("dump", [joblib.dump, lambda v, f: f.write_bytes(pickle.dumps(v))])
def test_masks_of_any_form(tmp_path: Path, mask: list[Any], dump) -> None:
    dump(changed(result(), mask=mask), tmp_path / "r.pkl")
    (person,) = people(tmp_path / "r.pkl", tmp_path)
    assert len(person) == 8


def test_masks_that_were_deleted(tmp_path: Path) -> None:
    content = result()
    for frame in content.values():
        del frame["mask"]
    joblib.dump(content, tmp_path / "r.pkl")
    (person,) = people(tmp_path / "r.pkl", tmp_path)
    assert person.mask is None and len(person) == 8


def test_people_stand_where_phalp_started(tmp_path: Path) -> None:
    """The whole walk of `lart import`: a film, a part of it tracked, the boxes on the pictures."""
    film = tmp_path / "film.mp4"

    def pictures():
        for number in range(60):
            picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
            x, y, w, h = map(int, box_at(number))
            picture[y : y + h, x : x + w] = 255
            yield picture

    write_player(film, pictures(), 30.0)
    joblib.dump(result(30, 49), tmp_path / "demo_film.pkl", compress=3)
    out = tmp_path / "run"
    command = ["import", str(tmp_path / "demo_film.pkl"), "--video", str(film), "--out", str(out)]
    assert main(command) == 0
    (person,) = Run.open(out).tracklets()
    assert (person.first, person.last) == (30, 49)
    assert person.box[0].tolist() == [70, 20, 90, 80]


@pytest.mark.parametrize(
    ("names", "first"),
    [
        ("img/{:06d}.png", 30),
        ("{:06d}.JPG", 30),
        ("img_{:06d}.jpg", 0),
        ("frames/still.jpg", 0),
    ],
)
def test_which_names_of_pictures_count(tmp_path: Path, names: str, first: int) -> None:
    content = result(30, 37)
    for number, frame in enumerate(content.values(), 31):
        frame["frame_path"] = names.format(number)
    joblib.dump(content, tmp_path / "r.pkl")
    (person,) = people(tmp_path / "r.pkl", tmp_path)
    assert person.first == first


def test_pictures_counted_from_0_keep_their_times(tmp_path: Path) -> None:
    content = result()
    for number, frame in enumerate(content.values()):
        frame["frame_path"] = f"img/{number:06d}.jpg"
    joblib.dump(content, tmp_path / "r.pkl")
    (person,) = people(tmp_path / "r.pkl", tmp_path)
    assert (person.first, person.last) == (0, 7)


def test_the_film_may_be_a_folder_of_pictures(tmp_path: Path) -> None:
    joblib.dump(result(), tmp_path / "film.pkl")
    (tmp_path / "img").mkdir()
    for number in range(1, 9):
        picture = Image.new("RGB", (WIDTH, HEIGHT))
        picture.save(tmp_path / "img" / f"{number:06d}.jpg")
    file, film = tmp_path / "film.pkl", tmp_path / "img"
    run = import_run(file, tmp_path / "run", film=film, fps=25)
    assert run.video.fps == 25 and run.video.frames == 8 and run.player is not None


def test_results_of_several_videos_are_never_mixed(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    joblib.dump(result(film="a"), folder / "demo_a.pkl")
    joblib.dump(result(film="b"), folder / "demo_b.pkl")
    with pytest.raises(LartError, match="2 videos"):
        import_run(folder, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_assumed_frame_rate_is_said(tmp_path: Path) -> None:
    joblib.dump(result(), tmp_path / "r.pkl")
    with pytest.warns(LartWarning, match=r"r\.pkl does not say a frame rate: 30"):
        run = import_run(tmp_path / "r.pkl", tmp_path / "assumed")
    assert run.facts["provenance"]["frame_rate"] == "assumed: 30 frames a second"
    with warnings.catch_warnings():
        warnings.simplefilter("error", LartWarning)
        given = import_run(tmp_path / "r.pkl", tmp_path / "given", fps=25)
    assert given.video.fps == 25 and "frame_rate" not in given.facts["provenance"]


def torch_checkpoint() -> bytes:
    out = io.BytesIO()
    torch.save({"state_dict": {"weight": torch.zeros(2)}}, out)
    return out.getvalue()


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("demo_film.pkl", b"x")
    return out.getvalue()


NOT_THE_FILE = {
    "pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 39\n",
        "a Git-LFS pointer: fetch it with `git lfs pull`",
    ),
    "page": (b"\n<!DOCTYPE HTML><title>Sign in</title>", "a web page: the download failed"),
    "fault of a cloud": (b'<?xml version="1.0"?><Error><Code>AccessDenied', "a web page"),
    "empty": (b"", "empty: the download or the copy failed"),
    "zip": (archive(), "a zip archive: unpack it first"),
    "PDF": (b"%PDF-1.7\n", "a PDF"),
}


@pytest.mark.parametrize(("content", "words"), NOT_THE_FILE.values(), ids=NOT_THE_FILE)
@pytest.mark.parametrize("name", ["SMPL_NEUTRAL.pkl", "body.npz"])
def test_what_is_no_body_at_all(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LartError) as refused:
        read_smpl(tmp_path / name)
    assert words in str(refused.value) and "damaged" not in str(refused.value)


@pytest.mark.parametrize(("content", "words"), NOT_THE_FILE.values(), ids=NOT_THE_FILE)
def test_what_are_no_weights_at_all(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "model.pth").write_bytes(content)
    with pytest.raises(LartError) as refused:
        read_state_dict(tmp_path / "model.pth")
    assert words in str(refused.value) and "damaged" not in str(refused.value)


OTHERS = NOT_THE_FILE | {"checkpoint": (torch_checkpoint(), "a PyTorch checkpoint.")}


@pytest.mark.parametrize(("content", "words"), OTHERS.values(), ids=OTHERS)
def test_what_is_no_result_at_all(
    tmp_path: Path, content: bytes, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demo.pkl").write_bytes(content)
    assert main(["import", str(tmp_path / "demo.pkl"), "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert words in said and "damaged" not in said and said.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_objects_are_refused_in_plain_pickles_too(tmp_path: Path) -> None:
    content = changed(result(), extra_data=[Path("x")])
    (tmp_path / "r.pkl").write_bytes(pickle.dumps(content))
    with pytest.raises(LartError, match="which no tracklet file needs"):
        people(tmp_path / "r.pkl", tmp_path)
    (tmp_path / "r.pkl").write_bytes(pickle.dumps(changed(result(), extra_data=[np.array([{}])])))
    with pytest.raises(LartError, match="arrays of numbers or text"):
        people(tmp_path / "r.pkl", tmp_path)
