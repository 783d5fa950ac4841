"""What `lart run` takes: several videos, names of every kind, folders of pictures, parts."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.cli import main
from lart_core import video
from lart_core.runs.run import Run
from tests.lart_core.pipeline.test_process import use


@pytest.fixture(autouse=True)
def nobody_is_found(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    use(monkeypatch, people=0)


def shades(frames: int) -> list[np.ndarray]:
    """Pictures that tell their number: frame n is 4 n bright."""
    return [np.full((48, 64, 3), 4 * n, np.uint8) for n in range(frames)]


def clip(path: Path, frames: int = 30) -> Path:
    video.write_player(path, shades(frames), 30)
    return path


def folder(path: Path, numbers: list[int], ending: str = "png") -> Path:
    path.mkdir()
    for number, picture in zip(numbers, shades(len(numbers)), strict=True):
        Image.fromarray(picture).save(path / f"frame_{number:06d}.{ending}")
    return path


@pytest.mark.parametrize(
    "name", ["a:b.mp4", "C: 1.mp4", "two  blanks .mp4", "видео.mp4", "映画 100%d.mp4", "file:x.mp4"]
)
def test_a_name_of_any_kind(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    clip(Path(name), 3)
    assert main(["run", name, "--out", "run"]) == 0
    assert (Run.open(Path("run")).video.name, Run.open(Path("run")).video.frames) == (name, 3)


def test_a_leading_dash_is_hinted_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    clip(Path("plain.mp4"), 3).rename("-5KQ66BBWC4.mkv")
    assert main(["run", "-5KQ66BBWC4.mkv"]) == 2
    assert "lart run [options] -- -5KQ66BBWC4.mkv" in capsys.readouterr().err
    assert main(["run", "--out", "run", "--", "-5KQ66BBWC4.mkv"]) == 0
    assert Run.open(Path("run")).video.frames == 3


def test_several_videos_and_one_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = clip(tmp_path / "a.mp4", 3), clip(tmp_path / "b.mp4", 5)
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    films = [str(one), str(bad), str(other)]
    assert main(["run", *films, "--json", "--out", str(tmp_path / "runs")]) == 2
    said = capsys.readouterr()
    frames = [json.loads(line)["video"]["frames"] for line in said.out.splitlines()]
    assert frames == [3, 5] and "bad.mp4" in said.err
    assert Run.open(tmp_path / "runs" / "b.mp4").video.frames == 5


def test_a_part_of_a_video(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", 60)
    out = tmp_path / "run"
    assert main(["run", str(path), "--start", "0.5", "--end", "1.5", "--out", str(out)]) == 0
    run = Run.open(out)
    assert (run.video.frames, run.video.seconds, run.begins_at) == (30, 1.0, 0.5)
    assert run.player is not None
    first, *_, last = video.frames(run.player)
    assert abs(int(first.mean()) - 60) < 4 and abs(int(last.mean()) - 176) < 4
    assert main(["run", str(path), "--start", "9", "--out", str(tmp_path / "other")]) == 2
    assert main(["run", str(path), "--start", "1", "--end", "1", "--out", str(out)]) == 2


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_folder_of_numbered_pictures(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder(tmp_path / "img", [*range(1, 11)], ending)
    assert main(["run", str(path)]) == 2
    assert "--fps" in capsys.readouterr().err
    assert main(["run", str(path), "--fps", "25", "--out", str(tmp_path / "run")]) == 0
    run = Run.open(tmp_path / "run")
    assert (run.video.frames, run.video.fps, run.video.variable) == (10, 25.0, False)
    assert [round(p.mean() / 4) for p in video.frames(path, video.Clip(fps=25))] == [*range(10)]


def test_missing_numbers_are_a_pause_and_a_broken_picture_is_lost(tmp_path: Path) -> None:
    path = folder(tmp_path / "img", [8, 9, 10, 21, 22, 100])
    (path / "frame_000021.png").write_bytes(b"broken")
    facts = video.probe(path, clip=video.Clip(fps=10))
    np.testing.assert_allclose(facts.times, [0, 0.1, 0.2, 1.3, 1.4, 9.2])
    frames = list(video.timed_frames(path, video.Clip(fps=10)))
    assert [frame.lost for frame in frames] == [False, False, False, True, False, False]
    assert [round(frame.picture.mean() / 4) for frame in frames] == [0, 1, 2, 2, 4, 5]


def test_a_folder_that_is_no_video_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = folder(tmp_path / "twice", [1, 2])
    Image.fromarray(shades(1)[0]).save(twice / "other_000001.png")
    unnumbered = folder(tmp_path / "unnumbered", [])
    Image.fromarray(shades(1)[0]).save(unnumbered / "photo.png")
    (tmp_path / "empty").mkdir()
    for name, words in {
        "twice": "same number",
        "unnumbered": "frame numbers",
        "empty": "no pic",
    }.items():
        assert main(["run", str(tmp_path / name), "--fps", "5"]) == 2
        assert words in capsys.readouterr().err
