"""A video that somebody uploads, as the app processes it: a process of its own, with its limits."""

import time
from itertools import islice
from pathlib import Path

import pytest

from app import jobs
from app.jobs.supervisor import Supervisor
from app.storage import catalogue, runs, uploads
from lart_core import presets, video
from lart_core.weights.store import weights_folder
from tests.fetched import cached
from tests.walks.conftest import FPS

FRAMES = 12
PATIENCE = 300


@pytest.fixture
def short(cut: Path, tmp_path: Path) -> Path:
    """Most of a second of the cut in which both people are seen."""
    path = tmp_path / "short.mp4"
    video.write_player(path, islice(video.frames(cut), FRAMES), FPS)
    return path


def test_an_upload_becomes_a_run_to_watch(
    short: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = [finding.record.name for finding in presets.doctor("light", thorough=False).findings]
    cached(*needed)
    monkeypatch.setenv("LART_WEIGHTS", str(weights_folder()))
    monkeypatch.setenv("LART_HOME", str(tmp_path / "home"))
    with short.open("rb") as content:
        upload = uploads.accept("Зал.mp4", content)
    job = jobs.add("video", "Video", upload=upload)
    supervisor = Supervisor()
    try:
        end = time.monotonic() + PATIENCE
        while not jobs.read(job.id).over and time.monotonic() < end:
            supervisor.tick()
            time.sleep(0.1)
    finally:
        supervisor.stop()
    done = jobs.read(job.id)
    assert (done.state, done.result) == ("done", {"run": upload}), done.log
    run = runs.find(upload)
    assert run.video.frames == FRAMES and run.player is not None
    assert set(run.models()) == set(presets.demo_models()), "no file was left out"
    assert any(person.detected.any() for person in run.people())
    assert runs.mesh_layer(run).exists()
    [row], _ = catalogue.rows()
    assert (row.name, row.ready) == ("Зал.mp4", True) and row.top
