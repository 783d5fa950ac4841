"""What `lart dataset track` says: a line a video, how many are done, and its exit status."""

import pytest

from app.cli import main
from lart_core.engines import SetTracker
from tests.lart_core.dataset.light import backends, write_videos


@pytest.fixture
def track(tmp_path, monkeypatch, capsys):
    """Tracks a folder; gives exit status, output and errors."""
    monkeypatch.setattr(SetTracker, "backends", backends())
    monkeypatch.chdir(tmp_path)

    def tracked():
        status = main(["dataset", "track", "videos", "--out", "set"])
        return status, *capsys.readouterr()

    return tracked


def test_all_is_well(track, tmp_path):
    write_videos(tmp_path / "videos", ["a.mp4", "b.mp4"])
    status, out, errors = track()
    assert (status, out) == (0, "2 of 2 videos are tracked in set\n")
    assert sorted(line.partition("] ")[2] for line in errors.splitlines()) == [
        "a.mp4: 1 people",
        "b.mp4: 1 people",
    ]
    assert track() == (0, "2 of 2 videos are tracked in set\n", ""), "nothing is done twice"


def test_a_refused_video_is_named_and_the_status_is_1(track, tmp_path):
    write_videos(tmp_path / "videos", ["a.mp4"])
    (tmp_path / "videos" / "broken.mp4").write_bytes(b"no video")
    status, out, errors = track()
    assert (status, out) == (1, "1 of 2 videos are tracked in set\n")
    assert "broken.mp4: " in errors and "a.mp4: 1 people" in errors
