"""Damaged runs, jobs and result sets: marked in their list, removable, and no page falls over."""

from pathlib import Path

import pytest

from analysis.ava import example, result_set
from app import jobs, server
from app.jobs import table
from app.results import sets
from app.storage import catalogue, runs
from lart_core.atomic_files import write_json
from tests.app.test_pages import show, text
from tests.own_thread import run_apart
from tests.synthetic import make_run

PAGES = ["home", "search", "watch", "compare", "files", "jobs", "models", "ava_results", "failures"]
CAN_BE_DAMAGED = [
    "run.json",
    "tracklets/index.parquet",
    "tracklets/000000.safetensors",
    "actions/pose.safetensors",
    "player.mp4",
]


def spoil(path: Path) -> None:
    """One byte 0xff at the start, and the rest cut in half."""
    path.write_bytes(b"\xff" + path.read_bytes()[: path.stat().st_size // 2])


def removed(test, name: str) -> bool:
    """Press the button that removes an entry; whether it was there."""
    (button,) = [b for b in test.button if b.key == f"remove {name}"]
    return not button.click().run().exception


@pytest.fixture
def damaged_run(home: Path) -> Path:
    """Two runs; the facts of the second are damaged."""
    make_run(home, "whole", frames=30)
    path = make_run(home, "spoilt", frames=30).path
    spoil(path / "run.json")
    return path


def test_a_damaged_run_is_marked_and_can_be_removed(damaged_run: Path) -> None:
    assert list(runs.damaged()) == ["spoilt"]
    assert [entry.id for entry in runs.ready()] == ["whole"]
    test = show("home")
    written = text(test)
    assert ":red-badge[Damaged] **spoilt**" in written and "run.json" in written
    assert [row.id for row in catalogue.rows()[0] if row.ready] == ["whole"]
    assert removed(test, "spoilt")
    assert not damaged_run.exists() and not runs.damaged()
    assert ":red-badge" not in text(show("home"))


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_taken_down_by_one_run(damaged_run: Path, page: str) -> None:
    test = show(page)
    assert test.title and not test.error


@pytest.mark.parametrize("file", CAN_BE_DAMAGED)
def test_any_file_of_a_run_may_be_damaged(home: Path, file: str) -> None:
    make_run(home, "whole", frames=30)
    path = make_run(home, "spoilt", frames=30).path
    spoil(path / file)
    for page in PAGES:
        test = show(page)
        assert test.title and not test.exception
        assert all("\n" not in error.value for error in test.error)
    if file.startswith(("run", "tracklets/index", "player")):
        assert removed(show("home"), "spoilt")
        assert not path.exists()


def test_a_damaged_job_is_marked_and_can_be_removed(home: Path) -> None:
    good = jobs.add("video", "Video good.mp4", upload="good-00000000")
    bad = jobs.add("video", "Video bad.mp4", upload="bad-00000000")
    spoil(bad.path / "job.json")
    for page in PAGES:
        assert show(page).title
    assert [job.id for job in jobs.every()] == [good.id]
    test = show("jobs")
    assert f":red-badge[Damaged] **{bad.id}**" in text(test)
    assert removed(test, bad.id)
    assert not bad.path.exists() and not jobs.damaged()


@pytest.mark.parametrize(
    "change",
    [{"state": "unheard of"}, {"arguments": None}, {"result": []}, {"started": "now"}, {"id": "x"}],
)
def test_jobs_with_facts_that_cannot_be(home: Path, change: dict) -> None:
    job = jobs.add("video", "Video", upload="x-00000000")
    path = job.path / "job.json"
    write_json(path, table.asdict(job) | change)
    assert list(jobs.damaged()) == [job.id]
    assert show("jobs").title


@pytest.mark.parametrize("progress", ["5", "{}", '{"stage": 1}', "\udcff"])
def test_progress_that_cannot_be(home: Path, progress: str) -> None:
    job = table.save(jobs.add("video", "Video", upload="x-00000000"), state="running")
    (job.path / "progress.json").write_bytes(progress.encode(errors="surrogateescape"))
    assert job.progress == {}
    assert "Starting" in text(show("jobs"))


def test_a_damaged_set_is_marked_and_can_be_removed(home: Path) -> None:
    example.add_example()
    first, second = result_set.sets()
    spoil(result_set.SETS.folder / first.id / "set.json")
    for page in PAGES:
        assert show(page).title
    test = show("ava_results")
    assert f":red-badge[Damaged] **{first.id}**" in text(test)
    assert removed(test, first.id)
    assert [one.id for one in result_set.sets()] == [second.id]


def test_a_set_with_a_damaged_table_can_be_removed(home: Path) -> None:
    example.add_example()
    first, second = result_set.sets()
    spoil(result_set.SETS.folder / first.id / "predictions.parquet")
    sets._judged.clear()
    test = show("ava_results", set=first.id)
    assert [e.value for e in test.error if "damaged" in e.value]
    assert not show("ava_results", set=second.id).error
    (remove,) = [b for b in test.button if b.label == "Remove this set"]
    remove.click().run()
    assert [one.id for one in result_set.sets()] == [second.id]


def test_the_app_starts_with_damaged_files(damaged_run: Path) -> None:
    job = jobs.add("video", "Video", upload="x-00000000")
    spoil(job.path / "job.json")
    start_and_end()


def test_the_app_starts_where_nothing_can_be_written(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jobs, "add", full)
    monkeypatch.setattr(server, "Supervisor", _Idle)
    # Other tests may have set up logging so that this logger is silent or keeps to itself.
    monkeypatch.setattr(server.log, "disabled", False)
    monkeypatch.setattr(server.log, "handlers", [caplog.handler])
    start_and_end()
    assert "No space left on device" in caplog.text


def start_and_end() -> None:
    """The server starts and ends."""

    async def starts() -> None:
        async with server._with_jobs(server.build()):
            pass

    run_apart(starts())


class _Idle:
    """A supervisor that does nothing."""

    def __init__(self, forget: object) -> None:
        """Nothing."""

    def start(self) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""
