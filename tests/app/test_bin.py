"""The bin: what is deleted can be taken back until it is emptied."""

import errno
import io
import os
from pathlib import Path

import pytest

from app.storage import bin, runs, uploads
from lart_core.errors import LartError
from lart_core.runs.run import Run
from lart_core.video import write_player
from tests.synthetic import make_run, pictures


def test_a_run_goes_with_its_upload_and_comes_back(home: Path, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    write_player(clip, pictures(5), 25)
    upload = uploads.accept("Walk.mp4", io.BytesIO(clip.read_bytes()))
    make_run(home, upload)
    bin_id = bin.discard(upload, "Walk.mp4")
    assert not runs.entries() and not list(uploads.UPLOADS.folder.iterdir())
    assert [(one.id, one.name) for one in bin.every()] == [(bin_id, "Walk.mp4")]
    assert bin.restore(bin_id) == upload
    assert uploads.find(upload).name == "Walk.mp4"
    assert bin.every() == []
    assert [entry.id for entry in runs.ready()] == [upload]


def test_an_emptied_bin_is_empty_and_what_is_young_stays(run: Run) -> None:
    bin_id = bin.discard("synthetic", "walk")
    assert list(bin.due(bin.KEPT)) == [] and list(bin.due(0.0)) == [bin_id]
    assert bin.remove(bin_id) == "synthetic"
    assert bin.every() == []
    with pytest.raises(LartError, match="no longer there"):
        bin.restore(bin_id)


def test_a_place_that_is_taken_is_not_overwritten(home: Path, run: Run) -> None:
    bin_id = bin.discard("synthetic", "walk")
    make_run(home)
    with pytest.raises(LartError, match="there is such a run again"):
        bin.restore(bin_id)
    assert len(bin.every()) == 1


def test_nothing_is_deleted_where_nothing_is(home: Path) -> None:
    with pytest.raises(LartError, match="There is no run"):
        bin.discard("walk", "walk")
    with pytest.raises(LartError):
        bin.discard("../etc", "walk")


@pytest.mark.parametrize("refused", ["run", "upload"])
def test_what_cannot_be_moved_stays_where_it_is(
    home: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    make_run(home, "walk-0123abcd")
    upload = uploads.UPLOADS.path("walk-0123abcd")
    upload.mkdir(parents=True)
    (upload / "walk.mp4").write_bytes(b"x")
    move = os.replace

    def some(source: Path, target: Path) -> None:
        if refused in (Path(source).name, Path(target).name):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        move(source, target)

    bin_id = bin.discard("walk-0123abcd", "walk")
    with monkeypatch.context() as patch:
        patch.setattr(bin.os, "replace", some)
        with pytest.raises(LartError, match="Could not take 'walk' back: Permission denied"):
            bin.restore(bin_id)
    assert [one.id for one in bin.every()] == [bin_id] and not runs.entries()
    bin.restore(bin_id)
    with monkeypatch.context() as patch:
        patch.setattr(bin.os, "replace", some)
        with pytest.raises(LartError, match="Could not delete 'walk': Permission denied"):
            bin.discard("walk-0123abcd", "walk")
    assert [entry.id for entry in runs.entries()] == ["walk-0123abcd"] and uploads.kept()
    assert not list(bin.BIN.folder.iterdir())


@pytest.mark.parametrize("facts", [None, "{", '{"run": "walk"}'])
def test_what_nobody_can_take_back_goes_when_it_is_old(home: Path, facts: str | None) -> None:
    place = bin.BIN.path("0123456789abcdef")
    (place / "run").mkdir(parents=True)
    if facts is not None:
        (place / bin.BIN.holds).write_text(facts)
    assert list(bin.due(bin.KEPT)) == [] and list(bin.every()) == []
    os.utime(place, (0, 0))
    assert list(bin.due(bin.KEPT)) == [place.name]
    assert bin.remove(place.name) is None and not place.exists()


def test_room_is_counted(run: Run) -> None:
    used, free = bin.space()
    assert used > (run.path / "player.mp4").stat().st_size and free > 0
