"""No page, answer or job of a public server says a path of the server."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import jobs, spaces
from app.jobs import table
from app.server import routes
from app.spaces import doors
from app.storage import uploads
from app.ui import navigation
from lart_core import paths
from lart_core.video import write_player
from tests.app.http_client import serving
from tests.app.spaces import arrive, opened, with_run
from tests.synthetic import make_run, pictures

MAIN = navigation.FOLDER.parent / "server" / "main.py"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose name is cut where a sentence's words are."""
    home = tmp_path / "our own lens"
    home.mkdir()
    monkeypatch.setenv("LART_HOME", str(home))
    make_run(home, "sample")
    return home


@pytest.fixture
def visitor(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[spaces.Visitor]:
    """Somebody with a run, whom pages in this process serve."""
    with opened(monkeypatch):
        someone = spaces.Visitor("0a" * 16)
        with_run(someone)
        monkeypatch.setattr(doors, "current", lambda: someone)
        yield someone


def shown(page: str, **parameters: str) -> str:
    """All that a page sends to the browser."""
    test = AppTest.from_file(str(MAIN), default_timeout=120)
    test.switch_page(str(navigation.FOLDER / f"{page}.py"))
    for name, value in parameters.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    nodes = [node for node in test._tree if getattr(node, "proto", None) is not None]
    assert len(nodes) > 3
    return "\n".join(str(node.proto) for node in nodes)


def discreet(said: str, home: Path) -> bool:
    """Whether nothing of where the server's files lie is in a text."""
    return not any(word in said for word in (str(home.parent), "own lens", sys.prefix))


def failed_for_want_of_a_model(tmp_path: Path) -> table.Job:
    """A visitor's video whose processing ended because a model file was missing."""
    clip = tmp_path / "walk.mp4"
    write_player(clip, pictures(3), 25)
    upload = uploads.accept(clip.name, clip.open("rb"))
    job = jobs.add("video", "Video walk.mp4", upload=upload, settings={})
    nothing = tmp_path / "our own lens" / "no weights"
    away = {"LART_WEIGHTS": str(nothing), "PATH": "/nowhere", "PIP_NO_INDEX": "1"}
    given = os.environ | paths.workspace().environment() | away
    command = [sys.executable, "-m", "app.jobs.worker", job.id]
    done = subprocess.run(command, env=given, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    outcome = table.read_json(job.path / "outcome.json", {})
    return table.save(job, state="failed", error=outcome["error"], ended=job.created)


def test_a_missing_model_file(visitor: spaces.Visitor, home: Path, tmp_path: Path) -> None:
    job = failed_for_want_of_a_model(tmp_path)
    assert job.error.startswith("This server lacks the model file")
    for page in ("home", "jobs"):
        said = shown(page)
        assert "lacks the model file" in said and discreet(said, home)


@pytest.mark.parametrize("page", [each.name for each in navigation.PAGES])
def test_every_page_with_damaged_things(
    visitor: spaces.Visitor, home: Path, tmp_path: Path, page: str
) -> None:
    job = jobs.add("video", "Video walk.mp4", upload="walk-00000000", settings={})
    (job.path / "job.json").write_text("{")
    torn = with_run(visitor, "torn")
    (torn / "run.json").write_bytes(b"\0")
    beyond = with_run(visitor, "beyond")
    for file in (*beyond.glob("actions/*"), *beyond.glob("*.npz")):
        os.truncate(file, 9)
    assert discreet(shown(page), home)
    for run in ("mine", "beyond", "torn"):
        assert discreet(shown(page, run=run), home)


def test_a_fault_of_the_machine_while_a_page_is_made(
    visitor: spaces.Visitor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(home / "runs" / "x" / "a.npz"))

    monkeypatch.setattr("app.storage.catalogue.rows", full)
    said = shown("home")
    assert "no space left on the disk (a.npz)" in said and discreet(said, home)


def test_answers_of_routes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(path: Path) -> None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(home / "runs/x.mp4"))

    monkeypatch.setattr(routes.runs, "find", gone)
    with opened(monkeypatch), serving() as client:
        answer = client.get("/lart/runs/mine/facts", headers=arrive(client))
    assert answer.status_code == 500
    assert "(x.mp4)" in answer.json()["error"] and discreet(answer.json()["error"], home)
