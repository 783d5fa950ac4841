"""The run folder: created once, opened often, never mixed up."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lart_core.errors import LartError
from lart_core.runs.actions import Actions, PersonActions
from lart_core.runs.run import Run, default_folder
from lart_core.runs.summary import spans, summarise
from lart_core.tracklet import Tracklet, VideoFacts

VIDEO = VideoFacts("a.mp4", 640, 480, 30.0, 60, "abc")


def person(track_id: int, first: int, length: int) -> Tracklet:
    """Someone who stands still."""
    return Tracklet(
        track_id=track_id,
        video=VIDEO,
        frame=np.arange(first, first + length),
        box=np.tile([10.0, 20.0, 50.0, 120.0], (length, 1)),
        score=np.full(length, 0.9),
        detected=np.arange(length) % 10 != 3,
        global_orient=np.tile(np.eye(3), (length, 1, 1)),
        body_pose=np.tile(np.eye(3), (length, 23, 1, 1)),
        betas=np.zeros((length, 10)),
        camera=np.tile([0.0, 0.0, 40.0], (length, 1)),
        joints=np.zeros((length, 45, 3)),
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with one person, two actions and two finished stages."""
    made = Run.create(tmp_path / "run", VIDEO, source="a.mp4", settings={"preset": "light"})
    made.write_tracklets([person(1, 5, 40)])
    probability = np.zeros((40, 2), np.float32)
    probability[:, 1] = 0.8
    probability[10:14, 0] = 0.9
    people = {1: PersonActions(np.arange(5, 45), probability)}
    made.write_actions(Actions("pose", (7, 14), people, {"weights": "x"}))
    made.finish("perception", 1.5, detector="made up")
    made.finish("tracking", 0.25)
    return made


def test_what_was_written_is_read(run: Run) -> None:
    again = Run.open(run.path)
    assert again.video == VIDEO
    assert [track.track_id for track in again.tracklets()] == [1]
    assert again.models() == ["pose"]
    assert again.actions("pose").ava_ids == (7, 14)
    assert again.actions("pose").provenance == {"weights": "x"}
    assert again.finished("tracking") and not again.finished("player")
    assert again.facts["provenance"] == {"detector": "made up"}
    assert again.player is None


def test_summary_is_json_with_spans(run: Run) -> None:
    summary = json.loads(json.dumps(summarise(run)))
    track = summary["tracks"][0]
    assert (track["id"], track["first"], track["last"], track["detected"]) == (1, 5, 44, 36)
    assert track["box_median"] == [10.0, 20.0, 50.0, 120.0]
    assert [action["name"] for action in track["actions"]] == ["walk", "jump/leap"]
    assert track["actions"][0]["spans"] == [[5, 44]]
    assert track["actions"][1]["spans"] == [[15, 18]]
    assert summary["seconds"] == {"perception": 1.5, "tracking": 0.25}


def test_spans_bridge_short_drops_only() -> None:
    probability = np.zeros(100, np.float32)
    probability[[10, 11, 20, 60, 99]] = 0.7
    assert spans(np.arange(100), probability, replace(VIDEO, frames=100)) == [
        [10, 20],
        [60, 60],
        [99, 99],
    ]


def test_another_video_or_setting_never_enters_a_run(run: Run) -> None:
    other = VideoFacts("b.mp4", 640, 480, 30.0, 60, "def")
    with pytest.raises(LartError, match="a run of another video"):
        Run.create(run.path, other, source="x", settings={"preset": "light"})
    with pytest.raises(LartError, match=r"other settings \(preset: light there, full now\)"):
        Run.create(run.path, VIDEO, source="x", settings={"preset": "full"})
    Run.create(run.path, VIDEO, source="x", settings={"preset": "light"})
    assert Run.open(run.path).finished("perception")


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(LartError, match="other files"):
        Run.create(tmp_path, VIDEO, source="x", settings={})
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_is_no_run_is_refused(tmp_path: Path, run: Run) -> None:
    with pytest.raises(LartError, match="Expected a run"):
        Run.open(tmp_path / "nothing")
    (run.path / "run.json").write_text("{")
    with pytest.raises(LartError, match="damaged"):
        Run.open(run.path)
    (run.path / "run.json").write_text('{"format": "lart-lens run 99"}')
    with pytest.raises(LartError, match="of the format"):
        Run.open(run.path)


def test_unknown_model_lists_the_known(run: Run) -> None:
    with pytest.raises(LartError, match="pose"):
        run.actions("nonsense")


def test_models_that_ship_come_first_whatever_others_are_called(run: Run) -> None:
    for name in ("a-taught-one", "pose-small-appearance", "pose-small"):
        run.write_actions(replace(run.actions("pose"), model=name))
    assert run.models()[:3] == ["pose-small", "pose-small-appearance", "a-taught-one"]
    run.remove_actions("a-taught-one")
    assert "a-taught-one" not in run.models()
    run.remove_actions("a-taught-one")


def test_a_run_on_a_file_system_without_locks_is_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("lart_core.atomic_files.fcntl.flock", none)
    with Run.held(tmp_path / "run"):
        assert (tmp_path / "run").is_dir()


def test_damaged_actions_are_said(run: Run) -> None:
    (run.path / "actions" / "pose.safetensors").write_bytes(b"nonsense")
    with pytest.raises(LartError, match="file of actions"):
        run.actions("pose")


def test_default_folder_is_stable_and_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LART_HOME", str(tmp_path))
    first = default_folder(Path("../x/Weird name; rm -rf.MP4"))
    assert first == default_folder(Path("../x/Weird name; rm -rf.MP4"))
    assert first.parent == tmp_path / "runs"
    assert first.name.startswith("weird-name-rm-rf-")
    assert first != default_folder(Path("../y/Weird name; rm -rf.MP4"))


def test_a_run_keeps_the_times_of_a_variable_rate(tmp_path: Path) -> None:
    times = np.r_[np.arange(30) / 30, 3 + np.arange(30, 60) / 30]
    made = Run.create(tmp_path / "run", replace(VIDEO, times=times), source="a", settings={})
    again = Run.open(made.path)
    assert again.video.times is not None
    np.testing.assert_array_equal(again.video.times, times)
    assert (again.facts["video"]["variable"], again.facts["video"]["seconds"]) == (True, 5.0)
    again.correct_video(replace(VIDEO, frames=50), 4, 2)
    assert again.video == replace(VIDEO, frames=50) and not again.video.variable
    assert again.lost == 6 and "6 of 52 frames" in (again.damage or "")
    assert "TENTH" in (again.damage or "")


def test_a_run_of_the_old_version_opens(run: Run) -> None:
    facts = run.facts
    for name in ("seconds", "variable"):
        del facts["video"][name]
    (run.path / "run.json").write_text(json.dumps(facts))
    old = Run.open(run.path)
    assert old.video == VIDEO and not old.video.variable and old.lost == 0 and old.damage is None
    assert summarise(old)["video"]["seconds"] == 2.0


def test_spans_bridge_seconds_not_frames() -> None:
    probability = np.zeros(60, np.float32)
    probability[[10, 14, 28, 32]] = 0.7
    times = np.r_[np.arange(30) / 30, 3 + np.arange(30, 60) / 30]
    even = spans(np.arange(60), probability, VIDEO)
    assert even == [[10, 32]]
    assert spans(np.arange(60), probability, replace(VIDEO, times=times)) == [[10, 28], [32, 32]]


def test_what_a_killed_process_was_writing_is_cleared_away(tmp_path: Path) -> None:
    """Beside the run's own files and beside its actions: nothing of it is ever shown."""
    run = Run.create(tmp_path / "run", VIDEO, source="a.mp4", settings={})
    for folder in (run.path, run.path / "actions"):
        (folder / ".half.1a2b3c4d.part").mkdir(parents=True)
    assert run.models() == []
    again = Run.create(tmp_path / "run", VIDEO, source="a.mp4", settings={})
    assert list(again.path.rglob("*.part")) == []
