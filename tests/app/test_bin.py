"""The bin: what is deleted can be taken back until it is emptied."""

import io
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
    bin.empty(bin.KEPT)
    assert len(bin.every()) == 1
    bin.empty()
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


def test_room_is_counted(run: Run) -> None:
    used, free = bin.space()
    assert used > (run.path / "player.mp4").stat().st_size and free > 0
