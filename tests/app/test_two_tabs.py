"""What two tabs, two threads or a list that changed meanwhile must not do to each other."""

import os
import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app import jobs
from app.find import saved, tiles
from app.jobs import supervisor, table, videos
from app.storage import bin, models, notes, runs
from lart_core.errors import LartError
from lart_core.runs.corrections import Corrections, Span
from lart_core.runs.run import Run
from tests.app.test_pages import show
from tests.synthetic import make_run


class Clicked:
    """Stands for the tiles in a browser: what they were given, and the next click on one."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []
        self.act: dict[str, Any] | None = None

    def __call__(self, *, key: str, data: dict[str, Any], **_: Any) -> SimpleNamespace:
        if key != "videos":
            return SimpleNamespace(act=None)
        self.shown, act, self.act = data["tiles"], self.act, None
        return SimpleNamespace(act=act)


@pytest.fixture
def clicked(monkeypatch: pytest.MonkeyPatch) -> Clicked:
    found = Clicked()
    monkeypatch.setattr(tiles, "component", lambda _: found)
    return found


def at_once(*works: Callable[[], object]) -> list[Exception]:
    """Do things in threads that begin together; what they raised."""
    barrier, raised = threading.Barrier(len(works)), list[Exception]()

    def go(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=go, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_click_means_the_video_that_was_clicked(home: Path, clicked: Clicked) -> None:
    for name, changed in (("aaa", 3000), ("bbb", 2000), ("ccc", 1000)):
        run = make_run(home, name)
        os.utime(run.path / "run.json", (changed, changed))
    one, two = show("home"), show("home")
    key = clicked.shown[0]["key"]
    assert key == "aaa"
    clicked.act = {"name": "delete", "tile": key}
    one.run()
    clicked.act = {"name": "delete", "tile": key}
    two.run()
    assert [each.run for each in bin.every()] == ["aaa"]
    assert any("not here any more" in each.value for each in two.error)


def test_of_two_corrections_at_once_one_is_refused(run: Run) -> None:
    for _ in range(25):
        revision = run.corrections().revision
        made = [Corrections((Span(person, 12, 0, 20),), {}, revision) for person in (1, 2)]
        raised = at_once(*(partial(Run.open(run.path).correct, each) for each in made))
        assert len(raised) == 1 and "another window has saved" in str(raised[0])


def test_notes_and_searches_of_two_tabs_are_all_kept(run: Run) -> None:
    run_id = run.path.name
    for number in range(25):
        about = [f"moment {person} {number} {number + 1}" for person in (1, 2)]
        raised = at_once(
            *(partial(notes.keep, "run", run_id, key, ["seen"], "") for key in about),
            partial(saved.keep, f"a{number}", f"jump over {number + 10} %"),
            partial(saved.keep, f"b{number}", f"walk over {number + 10} %"),
        )
        assert not raised
    assert len(notes.said_of("run", run_id)) == len(saved.every()) == 50


def test_a_kept_search_does_not_take_the_name_of_another(home: Path) -> None:
    saved.keep("mine", "jump")
    saved.keep("mine", "jump")
    with pytest.raises(LartError, match="another name"):
        saved.keep("mine", "walk")
    assert saved.every() == {"mine": "jump"}


def test_putting_a_job_away_leaves_what_lies_in_the_bin(run: Run) -> None:
    run_id = run.path.name
    job = jobs.add("video", "Video x", upload=run_id, settings={})
    table.save(job, state="cancelled", ended=time.time())
    notes.rename(run_id, "My film")
    kept = bin.discard(run_id, "My film")
    videos.put_away(table.read(job.id))
    bin.restore(kept)
    assert runs.can_be_watched(run_id) and notes.name_of(run_id) == "My film"


def test_putting_a_training_away_frees_its_name(home: Path) -> None:
    out = models.MODELS.path("my-model")
    (out / "checkpoints").mkdir(parents=True)
    (out / "checkpoints" / "last.ckpt").write_bytes(b"x")
    job = jobs.add("train", "Training", data="d", name="my-model", epochs=20)
    job = table.save(job, state="cancelled", ended=time.time())
    videos.put_away(job)
    assert not out.exists()


def test_a_job_that_cannot_be_started_is_tried_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher, job = supervisor.Supervisor(), jobs.add("layer", "A layer", run="x")
    start = subprocess.Popen

    def full(*_: Any, **__: Any) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(supervisor.subprocess, "Popen", full)
    with pytest.raises(BlockingIOError):
        watcher.tick()
    assert table.read(job.id).state == "waiting"
    monkeypatch.setattr(supervisor.subprocess, "Popen", start)
    watcher.tick()
    assert table.read(job.id).state == "running" and table.read(job.id).attempts == 1
    watcher.stop()
