"""Jobs: their table, their workers, and what survives."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app import jobs
from app.jobs import kinds, table
from app.jobs.supervisor import AT_ONCE, Supervisor
from lart_core.atomic_files import write_json
from lart_core.errors import LartError
from lart_core.progress import Progress
from lart_core.runs.run import Run
from lart_core.tracklet import save_tracklets
from lart_core.training import FrameLabels, save_labels


@pytest.fixture
def supervisor(home: Path) -> Iterator[Supervisor]:
    """A supervisor that looks at the table when a test says so."""
    made = Supervisor()
    yield made
    for worker in made.workers.values():
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def until(supervisor: Supervisor, condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, [(job.title, job.state, job.log) for job in jobs.every()]
        supervisor.tick()
        time.sleep(0.05)


def state(job: jobs.Job) -> str:
    return jobs.read(job.id).state


def test_a_job_runs_and_its_result_stays(supervisor: Supervisor, run: Run) -> None:
    job = jobs.add("layer", "Bodies", run=run.path.name)
    until(supervisor, lambda: jobs.read(job.id).over)
    done = jobs.read(job.id)
    assert (done.state, done.result, done.error) == ("done", {"run": "synthetic"}, "")
    assert done.progress["done"] == done.progress["total"] == run.video.frames
    assert done.started and done.ended and done.ended > done.started


def test_what_the_user_can_mend_is_a_sentence(supervisor: Supervisor) -> None:
    job = jobs.add("layer", "Bodies", run="nowhere")
    until(supervisor, lambda: jobs.read(job.id).over)
    failed = jobs.read(job.id)
    assert failed.state == "failed"
    assert "no run 'nowhere'" in failed.error


def test_a_crash_is_shown_and_harms_nothing_else(supervisor: Supervisor, run: Run) -> None:
    bad = jobs.add("no such kind", "Bad")
    good = jobs.add("layer", "Good", run=run.path.name)
    until(supervisor, lambda: jobs.read(bad.id).over and jobs.read(good.id).over)
    assert (state(bad), state(good)) == ("failed", "done")
    assert "Traceback" in jobs.read(bad.id).log
    assert "Traceback" not in jobs.read(bad.id).error


def test_a_killed_worker_is_shown_as_such(supervisor: Supervisor, run: Run) -> None:
    job = jobs.add("layer", "Bodies", run=run.path.name)
    until(supervisor, lambda: job.id in supervisor.workers)
    os.killpg(supervisor.workers[job.id].pid, signal.SIGKILL)
    until(supervisor, lambda: jobs.read(job.id).over)
    assert state(job) == "failed"
    assert "SIGKILL" in jobs.read(job.id).error
    jobs.resume(jobs.read(job.id))
    until(supervisor, lambda: state(job) == "done")


def test_two_at_a_time(supervisor: Supervisor) -> None:
    for number in range(4):
        jobs.add("layer", f"{number}", run=f"nowhere-{number}")
    supervisor.tick()
    assert sorted(state(job) for job in jobs.every()) == ["running"] * AT_ONCE + ["waiting"] * 2
    own = os.getpriority(os.PRIO_PROCESS, 0)
    for worker in supervisor.workers.values():
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) > own or own == 19, "pages come first"
    until(supervisor, lambda: all(job.over for job in jobs.every()))


def test_cancel_before_and_while_it_runs(supervisor: Supervisor, run: Run) -> None:
    running = jobs.add("layer", "Runs", run=run.path.name)
    until(supervisor, lambda: state(running) == "running")
    waiting = jobs.add("layer", "Waits", run="nowhere")
    jobs.cancel(waiting)
    jobs.cancel(running)
    until(supervisor, lambda: jobs.read(running.id).over and jobs.read(waiting.id).over)
    assert (state(running), state(waiting)) == ("cancelled", "cancelled")


def test_after_a_restart_a_job_goes_on(supervisor: Supervisor, run: Run) -> None:
    job = jobs.add("layer", "Bodies", run=run.path.name)
    table.save(job, state="running", attempts=1)  # as a killed server leaves it
    until(supervisor, lambda: jobs.read(job.id).over)
    assert (state(job), jobs.read(job.id).attempts) == ("done", 2)


def test_how_far_an_earlier_worker_was_is_not_shown(supervisor: Supervisor) -> None:
    job = jobs.add("layer", "Bodies", run="nowhere")
    write_json(
        job.path / "progress.json", {"stage": "layer", "done": 8, "total": 9, "remaining": 1.0}
    )
    supervisor.tick()
    assert (state(job), jobs.read(job.id).progress) == ("running", {})


def test_a_job_that_takes_the_server_down_is_not_tried_for_ever(supervisor: Supervisor) -> None:
    job = jobs.add("layer", "Bodies", run="nowhere")
    table.save(job, state="running", attempts=3)
    supervisor.tick()
    assert state(job) == "interrupted"


def test_the_second_server_leaves_the_jobs_to_the_first(supervisor: Supervisor) -> None:
    supervisor.tick()
    job = jobs.add("layer", "Bodies", run="nowhere")
    second = Supervisor()
    second.tick()
    assert not second.workers and state(job) == "waiting"


def test_the_same_work_is_queued_once(home: Path) -> None:
    assert jobs.add("sample", "One").id == jobs.add("sample", "Two").id


@pytest.mark.parametrize("job_id", ["../../etc", "", "20260101000000-zzzzzzzz"])
def test_ids_are_not_paths(home: Path, job_id: str) -> None:
    with pytest.raises(LartError, match="no job"):
        jobs.read(job_id)


def test_every_kind_is_callable_with_a_report() -> None:
    assert {"sample", "video", "layer"} <= set(kinds.KINDS)


def labelled(home: Path, run: Run) -> None:
    """A data set of the run's people: both always walk."""
    folder = home / "training" / "walks"
    people = list(run.tracklets())
    save_tracklets(folder, people)
    labels = [
        FrameLabels(each.frame, np.ones((len(each), 1), np.float32), np.ones(len(each), bool))
        for each in people
    ]
    save_labels(folder / "labels.safetensors", [14], labels)


def test_a_small_model_is_trained_and_used(home: Path, run: Run) -> None:
    labelled(home, run)
    said: list[Progress] = []
    made = kinds.train(said.append, "walks", "my-model", 1)
    assert made == {"model": "my-model"}
    assert said[0] == Progress("training", 0, 1)
    assert (said[-1].done, said[-1].total) == (1, 1)
    kinds.apply_model(lambda *_: None, "synthetic", "my-model")
    actions = run.actions("my-model")
    assert actions.ava_ids == (14,)
    assert len(actions.people[1].frame) == run.video.frames


@pytest.mark.parametrize("name", ["../x", "", "pose-small", "A b"])
def test_models_have_names_of_their_own(home: Path, run: Run, name: str) -> None:
    labelled(home, run)
    with pytest.raises(LartError, match="Expected a new name"):
        kinds.train(lambda *_: None, "walks", name, 1)
