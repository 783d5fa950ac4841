"""What the keeper of a server sees: health, logs, metrics, a stop that loses nothing."""

import json
import logging
import os
import signal
import socket
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import jobs
from app.cli import main
from app.jobs import supervisor as supervision
from app.jobs import table
from app.jobs.supervisor import Supervisor, everybodys
from app.operations import health, logs, metrics
from lart_core import paths
from lart_core.atomic_files import write_json
from lart_core.errors import LartError
from lart_core.runs.run import Run
from tests.app.http_client import serving


class Heard(logging.Handler):
    """Keeps the records that reach it."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[logging.LogRecord]:
    """What the jobs log, whatever other tests did to logging."""
    handler, logger = Heard(), logging.getLogger("lart.jobs")
    for name, value in (("disabled", False), ("level", logging.INFO), ("handlers", [handler])):
        monkeypatch.setattr(logger, name, value)
    return handler.records


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A supervisor that is well."""
    made = SimpleNamespace(second=False, looked=time.monotonic())
    monkeypatch.setattr(health, "_watched", made)
    return made


def test_health(home: Path, watched: SimpleNamespace) -> None:
    assert health.report() == (
        True,
        {"status": "ok", "jobs": "looked after", "home": "writable"},
    )
    watched.second = True
    assert health.report()[1]["jobs"] == "looked after by another server"
    watched.looked -= 1000
    assert health.report()[0] is False and health.report()[1]["jobs"] == "stuck"
    health.watch(None)
    assert health.report()[1] == {"status": "ill", "jobs": "not started", "home": "writable"}


def test_a_home_that_is_gone_is_ill(
    home: Path, watched: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LART_HOME", str(home / "gone"))
    assert health.report()[1]["home"] == "not writable" and not health.report()[0]


def test_probes_come_by_numbers(home: Path, watched: SimpleNamespace) -> None:
    with serving() as client:
        probe = client.get("/healthz", headers={"Host": "10.1.2.3:8501"})
        assert probe.status_code == 200 and probe.json()["status"] == "ok"
        assert client.get("/lart/x", headers={"Host": "10.1.2.3:8501"}).status_code == 400
        watched.looked -= 1000
        assert client.get("/healthz").status_code == 503


def test_a_line_of_the_log_is_an_object() -> None:
    extra = {"event": "job ended", "kind": "video", "seconds": 1.5}
    record = logging.makeLogRecord(
        {"name": "lart.jobs", "levelname": "INFO", "msg": "Two\n%s", "args": ("lines",)} | extra
    )
    line = logs.JsonLines().format(record)
    said = json.loads(line)
    assert "\n" not in line and said["message"] == "Two\nlines" and said["level"] == "info"
    assert extra.items() <= said.items() and said["time"].endswith("Z")


def test_events_of_a_job_name_no_file(home: Path, run: Run, heard: list[logging.LogRecord]) -> None:
    made = Supervisor()
    job = jobs.add("layer", "Video secret-name.mp4", run="nowhere")
    end = time.monotonic() + 100
    while not jobs.read(job.id).over and time.monotonic() < end:
        made.tick()
        time.sleep(0.05)
    made.stop()
    events = [record for record in heard if hasattr(record, "event")]
    assert [record.event for record in events] == ["job begun", "job ended"]
    assert events[1].state == "failed" and events[1].seconds > 0
    lines = "".join(logs.JsonLines().format(record) for record in events)
    assert "secret" not in lines and job.id in lines


def scraped(port: int) -> dict[str, float]:
    """What Prometheus would read: the name of each series and its value."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    series = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in series}


def test_metrics(home: Path, run: Run) -> None:
    waits = jobs.add("layer", "Waits", run="a")
    works = table.save(jobs.add("layer", "Works", run="b"), state="running", started=time.time())
    progress = {"stage": "perception", "done": 40, "total": 100, "remaining": None}
    write_json(works.path / "progress.json", progress)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    end = metrics.serve(str(port), everybodys, lambda: [os.getpgrp()])
    try:
        logging.getLogger("lart.app").error("Refused.", extra={"event": "refused", "where": "t"})
        found = scraped(port)
        assert found['lart_jobs{state="waiting"}'] == found['lart_jobs{state="running"}'] == 1
        assert found['lart_frames_total{stage="perception"}'] == 40
        assert found['lart_events_total{event="refused",where="t"}'] == 1
        assert found["lart_jobs_memory_bytes"] > 1e6 and found["process_resident_memory_bytes"] > 0
        write_json(works.path / "progress.json", progress | {"done": 70})
        assert scraped(port)['lart_frames_total{stage="perception"}'] == 70
        with pytest.raises(LartError, match="Metrics cannot be served"):
            metrics.serve(str(port), everybodys, list)
    finally:
        end()
    assert jobs.read(waits.id).state == "waiting"


def test_metrics_count_visitors_jobs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for metrics is no visitor."""

    def nobody() -> paths.Workspace:
        raise LartError("nobody is served")

    visitor = paths.Workspace(home / "space")
    with paths.entered(visitor):
        job = jobs.add("video", "Video", upload="x-00000000")
        job = table.save(job, state="running", started=1.0)
        said = {"stage": "player", "done": 5, "total": 9, "remaining": None}
        write_json(job.path / "progress.json", said)
    monkeypatch.setattr(paths, "_otherwise", nobody)
    monkeypatch.setattr(supervision, "_places", lambda: [visitor])
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for metric in metrics.Jobs(everybodys, list).collect()
        for sample in metric.samples
    }
    assert found["lart_jobs", "running"] == 1 and found["lart_frames_total", "player"] == 5


@pytest.mark.parametrize("place", ["", "here", "1.2.3.4:", "99999"])
def test_no_place_for_metrics(place: str) -> None:
    with pytest.raises(LartError, match=r"ADDRESS:PORT"):
        metrics.serve(place, list, list)


def test_ports_are_checked_before_anything_starts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", "--metrics", "foo"]) == 2
    assert "ADDRESS:PORT" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["app", "--port", "99999999"])
    assert "from 0 to 65535" in capsys.readouterr().err


def test_a_stop_puts_jobs_off_as_often_as_it_happens(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "ATTEMPTS", 2)
    job = jobs.add("layer", "Bodies", run=run.path.name)
    for _ in range(3):
        made = Supervisor()
        made.tick()
        worker = made.workers[job.id]
        made.stop()
        assert worker.poll() in (-signal.SIGKILL, 0)
        assert jobs.read(job.id).state in ("waiting", "done")
        assert jobs.read(job.id).attempts == 0 or jobs.read(job.id).state == "done"


def test_the_second_server_says_so_once(home: Path, heard: list[logging.LogRecord]) -> None:
    first, second = Supervisor(), Supervisor()
    for each in (first, second, second):
        each.tick()
    assert (first.second, second.second) == (False, True)
    said = [record.getMessage() for record in heard if record.levelname == "WARNING"]
    assert len(said) == 1 and "Another server of LART Lens works on" in said[0]
    first.stop()
    second.tick()
    assert not second.second
    second.stop()
