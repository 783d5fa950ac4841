"""The way of a job as one: shares and times over all stages."""

import itertools
import json
from pathlib import Path

import pytest

from app.jobs import Job, stages, view, worker
from lart_core.progress import Progress


def now(stage: str, done: int, total: int, remaining: float | None = None) -> dict:
    return {"stage": stage, "done": done, "total": total, "remaining": remaining}


@pytest.mark.parametrize("kind", stages.ORDER)
def test_the_share_only_grows(kind: str) -> None:
    names = list(stages.ORDER[kind])
    steps = [now(name, done, 4) for name in names for done in range(5)]
    shares = [stages.share(kind, step) for step in steps]
    assert all(a <= b + 1e-9 for a, b in itertools.pairwise(shares))
    assert shares[-1] == pytest.approx(1)
    assert set(names) <= stages.WORDS.keys()


def test_what_is_left_counts_the_stages_to_come() -> None:
    alone = now("perception", 50, 100, remaining=10.0)
    assert stages.left("video", alone, 10.0) > 10.0
    assert stages.left("export", now("export", 1, 4, remaining=3.0), 1.0) == 3.0
    assert stages.left("video", now("layer", 10, 10), 60.0) == pytest.approx(0.0)


def test_what_is_left_is_not_said_before_anybody_can_know() -> None:
    assert stages.left("video", now("perception", 1, 10_000), 8.0) == 0.0
    assert stages.left("video", now("tracking", 0, 10_000), 19.0) > 0.0


def test_the_rate_of_a_stage_leaves_out_what_came_before_its_first_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 20.0, 21.0, 24.0])
    monkeypatch.setattr(worker.time, "monotonic", lambda: next(clock))
    report = worker.Reporter(tmp_path / "progress.json")
    said = []
    for done in (0, 10, 15, 30):  # 20 s of loading, then 5 a second
        report(Progress("perception", done, 100))
        said.append(json.loads((tmp_path / "progress.json").read_text())["remaining"])
    assert said == [None, None, None, pytest.approx(14.0)]


def test_a_stage_that_nobody_knows_counts_alone() -> None:
    assert stages.share("video", now("new stage", 1, 4)) == 0.25
    assert stages.share("video", now("perception", 0, 0)) == 0.0


def test_jobs_are_listed_in_the_order_in_which_they_are_done() -> None:
    states = ["waiting", "done", "running", "waiting"]  # the latest first, as the table has them
    listed = [
        Job(str(n), "video", "", {}, state, created=9.0 - n) for n, state in enumerate(states)
    ]
    assert [job.id for job in sorted(listed, key=view._turn_of)] == ["2", "3", "0", "1"]
