"""A folder of videos: resumable, the same bytes after any break, honest about what it refused."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from lart_core import atomic_files, pipeline, presets, video
from lart_core.errors import LartError
from lart_core.perception.protocols import Bodies, Detections
from lart_core.pipeline.folder import track_dataset
from lart_core.runs.run import Run


class Stub:
    """One person who walks through every video."""

    name = "stub"

    def detect(self, frames):
        box = np.array([[50, 20, 90, 110]], np.float32)
        return [Detections(box, np.ones(1, np.float32)) for _ in frames]

    def estimate(self, frames, detections):
        eye = np.eye(3, dtype=np.float32)
        body = Bodies(
            np.ones(1, bool),
            eye[None],
            np.tile(eye, (1, 23, 1, 1)),
            np.zeros((1, 10), np.float32),
            np.array([[0, 0, 60]], np.float32),
            np.zeros((1, 45, 3), np.float32),
        )
        return [body for _ in frames]

    def refine(self, tracklet):
        return tracklet


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Three short videos, and a perception that needs no model."""
    monkeypatch.setattr(presets, "load", lambda _: presets.Backends(Stub(), Stub(), None, {}))
    for name in ("a/one.mp4", "a/two.mp4", "three.mp4"):
        path = tmp_path / "videos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        video.write_player(path, [np.full((120, 160, 3), 60, np.uint8)] * 12, 30)
    return tmp_path / "videos"


def digests(folder: Path) -> dict[str, str]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def test_every_video_becomes_a_run_and_a_line(folder, tmp_path):
    lines = track_dataset(folder, tmp_path / "out")
    assert [(line.video, line.state, line.people, line.frames) for line in lines] == [
        ("a/one.mp4", "tracked", "1", "12"),
        ("a/two.mp4", "tracked", "1", "12"),
        ("three.mp4", "tracked", "1", "12"),
    ]
    run = Run.open(tmp_path / "out" / "a" / "two.mp4")
    assert len(run.tracklets()) == 1 and not run.finished("actions")
    assert (tmp_path / "out" / "manifest.csv").read_text().count("tracked") == 3


@pytest.mark.parametrize("step", [0, 1, 2, 3, 4, 7, 10])
def test_broken_off_at_any_write_it_ends_the_same(folder, tmp_path, monkeypatch, step):
    """The process dies before it puts its `step`-th file in place; scratch is left behind."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    track_dataset(folder, whole)
    real, left = atomic_files.os.replace, [step]

    class Killed(BaseException):
        pass

    def dies(source, target):
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(atomic_files.os, "replace", dies)
        patch.setattr(atomic_files.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            track_dataset(folder, broken)
    assert any(".part" in name for name in digests(broken))
    track_dataset(folder, broken)
    assert digests(broken) == digests(whole)


def test_finished_videos_are_not_touched_again(folder, tmp_path, monkeypatch):
    track_dataset(folder, tmp_path / "out")
    monkeypatch.setattr(pipeline, "run", lambda *_, **__: pytest.fail("tracked again"))
    track_dataset(folder, tmp_path / "out")


def test_a_bad_video_is_noted_and_passed_over(folder, tmp_path, capsys):
    (folder / "bad.mp4").write_bytes(b"no video")
    assert main(["track-dataset", str(folder), "--out", str(tmp_path / "out")]) == 1
    shown = capsys.readouterr()
    assert "3 of 4" in shown.out and "bad.mp4" in shown.err
    assert not (tmp_path / "out" / "bad.mp4").exists()
    text = (tmp_path / "out" / "manifest.csv").read_text()
    assert "bad.mp4,refused" in text and text.count("tracked") == 3


def test_a_manifest_chooses(folder, tmp_path):
    manifest = tmp_path / "list.csv"
    manifest.write_text("video\nthree.mp4\n")
    track_dataset(folder, tmp_path / "out", manifest=manifest)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["three.mp4"]
    assert manifest.read_text().splitlines()[1].startswith("three.mp4,tracked,1,12")


@pytest.mark.parametrize("name", ["../three.mp4", "none.mp4"])
def test_a_manifest_reaches_only_into_its_folder(folder, tmp_path, name):
    (tmp_path / "three.mp4").write_bytes(b"x")
    (tmp_path / "list.csv").write_text(f"video\n{name}\n")
    with pytest.raises(LartError, match="within"):
        track_dataset(folder, tmp_path / "out", manifest=tmp_path / "list.csv")


def test_a_folder_without_videos_is_a_sentence(tmp_path):
    with pytest.raises(LartError, match="Expected videos"):
        track_dataset(tmp_path, tmp_path / "out")


def test_avas_protocol_through_the_command(folder, tmp_path):
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("one,900,0.1,0.1,0.5,0.9,12,0.9\ntwo,900,0.2,0.1,0.5,0.9,12,0.9\n")
    command = ["track-dataset", str(folder / "a"), "--out", str(tmp_path / "out")]
    command += ["--boxes", str(boxes), "--box-format", "normalised", "--boxes-start", "900"]
    assert main([*command, "--window", "4"]) == 0
    (person,) = (t for t in Run.open(tmp_path / "out" / "two.mp4").tracklets() if t.first == 0)
    assert person.keyframe == 0 and person.given.tolist() == [0]
    np.testing.assert_allclose(person.box[0], [32, 12, 80, 108], rtol=1e-6)
