"""Ordinary faults of a machine end in one sentence and exit code 2, and leave nothing behind."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.ava import example
from analysis.ava.csv_file import to_csv
from app.cli import main
from app.jobs import kinds, supervisor, table, worker
from app.storage import catalogue
from lart_core import atomic_files
from lart_core.errors import LartError, MissingFile
from lart_core.runs.run import Run
from tests.app.test_pages import show, text


def refused(command: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence with which a command ends."""
    assert main(command) == 2
    said = capsys.readouterr().err
    assert said.startswith("lart ") and said.count("\n") == 1 and len(said) < 500
    return said


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def tables(tmp_path: Path) -> list[str]:
    """The arguments of `lart evaluate` for two small files."""
    truth = example.made_up_truth()
    said = example.made_up_predictions(truth, example.MODELS[0])
    (tmp_path / "gt.csv").write_bytes(to_csv(truth.assign(score=0)).replace(b",0\n", b"\n"))
    (tmp_path / "pred.csv").write_bytes(to_csv(said))
    return ["--gt", str(tmp_path / "gt.csv"), "--pred", str(tmp_path / "pred.csv")]


def test_no_space_in_the_middle_of_an_export(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out" / "people.npz"
    command = ["export", str(run.path), "--format", "npz", "--out", str(out)]
    with monkeypatch.context() as patched:
        patched.setattr(atomic_files.os, "replace", full)
        assert "no space left on the disk" in refused(command, capsys)
    assert list(out.parent.iterdir()) == []
    assert main(command) == 0 and out.is_file()


def test_a_fault_at_one_video_stops_no_other(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def processed(path: Path, *_: object, **__: object) -> Run:
        return full() if path.name == "a.mp4" else run

    monkeypatch.setattr("lart_core.pipeline.run", processed)
    assert main(["run", "a.mp4", "b.mp4", "--out", str(tmp_path / "runs")]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("lart run: a.mp4: There is no space left on the disk")
    assert shown.out.startswith("Run: ")


def test_out_that_cannot_be(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["export", str(run.path), "--format", "npz", "--out"]
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder" / "mine").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe")
    assert "device or a pipe" in refused([*command, str(tmp_path / "pipe")], capsys)
    assert (tmp_path / "pipe").is_fifo()
    assert "too long" in refused([*command, str(tmp_path / ("x" * 300))], capsys)
    for odd in ("file/people.npz", "folder"):
        refused([*command, str(tmp_path / odd)], capsys)
    assert (tmp_path / "file").read_text() == "mine" and (tmp_path / "folder" / "mine").is_dir()
    assert not list(tmp_path.glob(".*.part"))


def test_a_home_that_cannot_be_written(
    tables: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LART_HOME", str(tmp_path / "file"))
    assert "The system refused a file" in refused(["evaluate", *tables, "--keep", "x"], capsys)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_standard_output_on_a_full_disk(tables: list[str]) -> None:
    with open("/dev/full", "w") as disk:
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "evaluate", *tables],
            stdout=disk,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("lart evaluate: There is no space left on the disk")
    assert done.stderr.count("\n") == 1


def test_a_file_without_permission(
    tables: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def denied(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "open", denied)
    assert "Permission denied" in refused(["evaluate", *tables], capsys)


def test_a_job_on_a_full_disk_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = table.add("video", "Video", upload="x-00000000")
    monkeypatch.setitem(kinds.KINDS, "video", full)
    assert worker.work(job) == 1
    assert "no space left on the disk" in (job.path / "outcome.json").read_text()


def unusable(*_: object, **__: object) -> None:
    raise LartError("Expected a video, but got something else.")


def missing(*_: object, **__: object) -> None:
    raise MissingFile("The file 'movenet' is missing.")


@pytest.mark.parametrize(("fault", "refused"), [(full, False), (missing, False), (unusable, True)])
def test_only_what_was_refused_is_not_resumed(
    home: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[..., None], refused: bool
) -> None:
    job = table.add("video", "Video", upload="x-00000000")
    monkeypatch.setitem(kinds.KINDS, "video", fault)
    worker.work(job)
    ended = table.save(job, **supervisor._ending(job, 1))
    assert (ended.state, ended.resumable) == ("failed", not refused)
    assert table.read(job.id) == ended


def test_how_a_job_ended_of_a_former_version_is_read(home: Path) -> None:
    job = table.add("video", "Video", upload="x-00000000")
    (job.path / "outcome.json").write_text('{"error": "It failed."}')
    ended = table.save(job, **supervisor._ending(job, 1))
    former = json.loads((job.path / "job.json").read_text())
    del former["refused"]
    (job.path / "job.json").write_text(json.dumps(former))
    assert table.read(job.id) == ended and ended.resumable


def test_a_page_on_a_faulty_machine_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "rows", full)
    assert "no space left on the disk" in text(show("home"))
