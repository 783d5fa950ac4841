"""The clock of a video: frames at seconds, constant and variable, and its way to disk and back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lart_core.errors import LartError
from lart_core.tracklet import VideoFacts, open_tracklets, save_tracklets
from lart_core.tracklet.video_facts import timing
from tests.lart_core.motion.test_rate import walker

PAUSE = np.r_[np.arange(45) / 30, 3 + np.arange(45, 90) / 30]


def facts(times: np.ndarray | None = None, fps: float = 30.0, frames: int = 90) -> VideoFacts:
    return VideoFacts("a.mp4", 64, 48, fps, frames, times=times)


def test_the_picture_on_the_screen() -> None:
    pause = facts(PAUSE)
    assert pause.variable and pause.seconds == pytest.approx(6.0)
    assert pause.frame_at([0, 1.0, 2, 3, 4.4, 4.5, 5, 5.99]).tolist() == [
        *[0, 30, 44, 44, 44, 45, 60, 89]
    ]
    assert pause.frame_at([-1, 6.0, 99]).tolist() == [-1, 90, 90]
    assert facts().frame_at([-1, 0, 1, 2.99, 3.0]).tolist() == [-1, 0, 30, 89, 90]


@pytest.mark.parametrize("fps", [1, 10, 12.5, 15, 23.976, 24, 25, 29.97, 30, 59.94, 60, 120])
@pytest.mark.parametrize("variable", [False, True])
def test_a_frame_is_found_by_its_own_second_as_files_round_it(fps: float, variable: bool) -> None:
    numbers = np.arange(1000)
    one = facts(numbers / fps if variable else None, fps, 1000)
    assert (one.frame_at(one.second_of(numbers)) == numbers).all()
    for unit in (90_000, 1000, 600):
        assert (one.frame_at(np.round(numbers / fps * unit) / unit) == numbers).all()
    assert one.second_of(1000) == pytest.approx(one.seconds)


def test_times_that_no_video_has_are_refused() -> None:
    for times in ([0, 1, 1], [0, 2, 1], [1, 2, 3], [0, 1], [0, 1, np.nan]):
        with pytest.raises(LartError, match="ascending from 0"):
            facts(np.array(times, float), frames=3)


@pytest.mark.parametrize("fps", [10, 23.976, 25, 30000 / 1001, 30, 59.94])
@pytest.mark.parametrize("unit", [90_000, 15_360, 1000, 600])
def test_what_containers_round_is_constant(fps: float, unit: int) -> None:
    times = 5 + np.round(np.arange(3000) / fps * unit) / unit
    assert timing(times, (fps,)) == (fps, None)
    assert timing(times)[0] == pytest.approx(fps, rel=1e-4)


def test_pauses_and_dropped_frames_are_variable() -> None:
    fps, times = timing(np.round(PAUSE, 3), (15.0,))
    assert fps == pytest.approx(30, rel=1e-3) and times is not None
    assert timing(np.delete(np.arange(90) / 30, [7, 8, 30]), (29.0, 30.0))[0] == 30.0
    assert timing([3.0], (25.0,)) == (25.0, None)


def test_times_go_to_disk_and_come_back(tmp_path: Path) -> None:
    one, other = walker(20, 30.0), walker(20, 30.0)
    slow = replace(other.video, name="b.mp4", times=np.cumsum(np.arange(25)) / 30)
    both = [one, replace(other, video=slow)]
    save_tracklets(tmp_path / "set", both)
    constant, variable = open_tracklets(tmp_path / "set")
    assert constant.video.times is None
    np.testing.assert_array_equal(variable.times, slow.second_of(variable.frame))
    assert variable.video.record() == slow.record()
    save_tracklets(tmp_path / "again", open_tracklets(tmp_path / "set"))
    for file in (tmp_path / "set").iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()
    (tmp_path / "set" / "times.safetensors").write_bytes(b"nonsense")
    with pytest.raises(LartError, match="times of frames"):
        open_tracklets(tmp_path / "set")
