"""A video goes with all that was made of it, and not while somebody works on it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.exports import Wish
from app import jobs, spaces
from app.exports import files
from app.jobs import table, videos
from app.jobs.supervisor import Supervisor
from app.spaces import doors, links
from app.storage import bin, catalogue, imports, notes, runs, uploads
from lart_core import paths
from lart_core.atomic_files import write_bytes
from lart_core.errors import LartError
from tests.app.spaces import opened, with_run
from tests.app.test_pages import show, text
from tests.synthetic import make_run

VIDEO = "video-0123abcd"
OTHER = "video-4567abcd"


def uploaded(upload: str, name: str = "holiday.mp4") -> Path:
    """A video that was added."""
    folder = uploads.UPLOADS.path(upload)
    folder.mkdir(parents=True)
    (folder / name).write_bytes(b"x")
    return folder


def over(kind: str, state: str = "done", **arguments: object) -> jobs.Job:
    """A job that has ended."""
    job = jobs.add(kind, "Of holiday.mp4", **arguments)
    return table.save(job, state=state, ended=time.time(), result={})


def exported(run_id: str) -> str:
    """A page that was made of a run by a job; its id."""
    export = files.new_id()
    files.make("site", Wish(runs.find(run_id), ["pose"]), export, lambda _: None)
    over("export", run=run_id, export=export, layout="site", models=["pose"], first=0, last=1)
    return export


def clipped(*run_ids: str) -> str:
    """Clips of a search that were made by a job; their id."""
    export = files.new_id()
    found = [{"run": run_id, "video": "holiday.mp4"} for run_id in run_ids]
    (files.EXPORTS.path(export)).mkdir(parents=True)
    (files.EXPORTS.path(export) / "jump-clips.zip").write_bytes(b"x")
    over("clips", export=export, name="jump", found=found)
    return export


@pytest.fixture
def visitor(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[spaces.Visitor]:
    """Somebody on a public server who has two videos."""
    someone = spaces.Visitor("1" * 32)
    with opened(monkeypatch, spaces.Terms(videos=2)):
        monkeypatch.setattr(doors, "current", lambda: someone)
        for upload in (VIDEO, OTHER):
            with_run(someone, upload)
            uploaded(upload)
        yield someone


def test_a_removed_video_takes_all_that_was_made_of_it(visitor: spaces.Visitor) -> None:
    page, clips, kept = exported(VIDEO), clipped(OTHER, VIDEO), clipped(OTHER)
    over("video", upload=VIDEO, settings={})
    notes.rename(VIDEO, "My secret holiday")
    notes.keep("run", VIDEO, "video", ["rome"], "with Anna")
    token = links.make(VIDEO)
    catalogue.fresh()
    stretch = visitor.folder / "films" / "stretch.mp4"
    write_bytes(stretch, b"x")
    show("your_data").button(key=f"remove {VIDEO}").click().run()
    for export in (page, clips):
        with pytest.raises(LartError, match="not there"):
            files.find(export)
    assert files.find(kept).exists() and [job.arguments["export"] for job in jobs.every()] == [kept]
    assert not notes.tags() and not notes.names()
    assert not (visitor.folder / "links" / token).exists() and not stretch.exists()
    assert [row.id for row in catalogue.index().rows()] == [OTHER]
    assert list(uploads.kept()) == [OTHER] and [entry.id for entry in runs.entries()] == [OTHER]


def test_a_job_of_a_removed_video_goes_once_it_has_stopped(home: Path) -> None:
    make_run(home, VIDEO)
    make_run(home, OTHER)
    running = jobs.add("video", "Video", upload=VIDEO, settings={})
    waiting = jobs.add("teach", "Teaching", start="a", name="b", taught=[OTHER], held_out=[VIDEO])
    table.save(running, state="running")
    videos.remove(VIDEO)
    assert jobs.read(running.id).cancel_asked and jobs.read(waiting.id).cancel_asked
    still_written = runs.RUNS.path(VIDEO) / "perception.npz"
    still_written.parent.mkdir()
    still_written.write_bytes(b"half")
    Supervisor().tick()  # which takes the running one for one whose server ended
    assert jobs.every() == [] and not still_written.parent.exists()
    assert runs.RUNS.path(OTHER).exists()


def test_a_running_job_is_not_deleted_under_its_worker(home: Path) -> None:
    make_run(home, VIDEO)
    job = jobs.add("video", "Video", upload=VIDEO, settings={})
    table.save(job, state="running")
    videos.remove(VIDEO)
    videos.remove(VIDEO)
    assert jobs.read(job.id).goes_with == [VIDEO]
    assert Supervisor()._look_at(jobs.read(job.id)) is None
    assert jobs.read(job.id).state == "running"


@pytest.mark.parametrize(
    ("kind", "arguments", "touches"),
    [
        ("sample", {}, {"sample"}),
        ("video", {"upload": "a"}, {"a"}),
        ("import", {"id": "a", "path": None, "film": "b", "fps": None}, {"a", "b"}),
        ("weights", {"name": "a"}, set()),
        ("layer", {"run": "a"}, {"a"}),
        ("actions", {"run": "a", "model": "b"}, {"a"}),
        ("export", {"run": "a", "export": "c", "layout": "b"}, {"a"}),
        ("clips", {"export": "c", "name": "x", "found": [{"run": "a"}, {"run": "b"}]}, {"a", "b"}),
        ("train", {"data": "a", "name": "b", "epochs": 1}, set()),
        ("teach", {"start": "s", "name": "n", "taught": ["a"], "held_out": ["b"]}, {"a", "b"}),
    ],
)
def test_which_runs_a_job_touches(
    home: Path, kind: str, arguments: dict, touches: set[str]
) -> None:
    job = jobs.add(kind, "Job", **arguments)
    assert videos.touched(job) == touches
    assert all(videos.at_work(run) == [job] for run in touches)
    table.save(job, state="failed")
    assert not any(videos.at_work(run) for run in touches)


def test_what_was_put_away_leaves_nothing_unseen(home: Path) -> None:
    uploaded(VIDEO)
    runs.RUNS.path(VIDEO).mkdir(parents=True)
    uploaded(OTHER)
    make_run(home, OTHER)
    for upload in (VIDEO, OTHER):
        videos.put_away(over("video", "cancelled", upload=upload, settings={}))
    assert list(uploads.kept()) == [OTHER], "what can be watched stays"
    assert [path.name for path in runs.RUNS.folder.iterdir()] == [OTHER]
    film = uploaded("film-0123abcd")
    (imports.IMPORTS.path("walk-0123abcd")).mkdir(parents=True)
    given = {"id": "walk-0123abcd", "path": None, "film": film.name, "fps": None}
    videos.put_away(over("import", "failed", **given))
    assert not film.exists() and not imports.IMPORTS.path("walk-0123abcd").exists()
    assert jobs.every() == []


def test_what_leaves_the_bin_takes_what_was_made_of_it(home: Path) -> None:
    make_run(home, VIDEO)
    page = exported(VIDEO)
    notes.rename(VIDEO, "Walk")
    bin_id = bin.discard(VIDEO, "Walk")
    assert files.find(page).exists() and notes.names(), "it can be taken back"
    videos.delete_for_good(bin_id)
    assert not files.EXPORTS.path(page).exists() and not notes.names() and not bin.every()


def test_what_took_the_place_of_a_deleted_run_keeps_its_own(home: Path) -> None:
    make_run(home, "sample")
    bin.discard("sample", "The sample")
    make_run(home, "sample")
    notes.rename("sample", "A leap")
    videos.empty_bin()
    assert notes.names() == {"sample": "A leap"} and not bin.every()


def aged(bin_id: str, days: float) -> None:
    """Let something be so long in the bin."""
    file = bin.BIN.path(bin_id) / bin.BIN.holds
    facts = json.loads(file.read_text())
    file.write_text(json.dumps(facts | {"when": facts["when"] - days * 24 * 3600}))


def test_everybodys_bin_is_emptied_of_what_is_old(home: Path, visitor: spaces.Visitor) -> None:
    for place in (visitor.workspace, paths.Workspace(home)):
        with paths.entered(place):
            if place.folder == home:
                make_run(home, VIDEO)
                make_run(home, OTHER)
            old, young = bin.discard(VIDEO, "old"), bin.discard(OTHER, "young")
            aged(old, 7.1)
            aged(young, 6.9)
    supervisor = Supervisor()
    supervisor.tick()
    for place in (visitor.workspace, paths.Workspace(home)):
        with paths.entered(place):
            assert [one.name for one in bin.every()] == ["young"]
            aged(bin.every()[0].id, 1.0)
    supervisor.tick()
    with paths.entered(visitor.workspace):
        assert bin.every(), "not at each look at the table"
        supervisor._emptied = float("-inf")
        supervisor.tick()
        assert not bin.every()


def test_no_more_videos_by_way_of_the_bin(visitor: spaces.Visitor) -> None:
    bin_id = bin.discard(VIDEO, "holiday")
    uploaded("video-89ababcd")
    with pytest.raises(LartError, match="You keep 2 videos, and at most 2 can be kept"):
        bin.restore(bin_id)
    test = show("home")
    test.button(key=f"restore {bin_id}").click().run()
    assert any("at most 2 can be kept" in error.value for error in test.error)
    videos.remove(OTHER)
    assert bin.restore(bin_id) == VIDEO and uploads.find(VIDEO).exists()


def test_a_visitor_sees_what_is_in_the_bin_and_deletes_it(visitor: spaces.Visitor) -> None:
    bin_id = bin.discard(VIDEO, "Rome")
    test = show("your_data")
    assert "**Rome**" in text(test)
    test.button(key=f"remove {bin_id}").click().run()
    assert not bin.every() and not bin.BIN.path(bin_id).exists()
    assert "**Rome**" not in text(test)


@pytest.mark.parametrize("page", ["watch", "files"])
def test_a_link_to_a_video_that_is_being_made_says_so(home: Path, page: str) -> None:
    make_run(home, "first")
    facts = make_run(home, VIDEO).path / "run.json"
    known = json.loads(facts.read_text())
    del known["stages"]["player"]
    facts.write_text(json.dumps(known))
    job = jobs.add("video", "Video holiday.mp4", upload=VIDEO, settings={})
    test = show(page, run=VIDEO)
    assert [info.value for info in test.info] == ["This video is still being made."]
    assert "Video holiday.mp4" in text(test) and not test.selectbox
    assert test.query_params["run"] == VIDEO
    table.save(job, state="cancelled", ended=time.time())
    test = show(page, run=VIDEO)
    assert [info.value for info in test.info] == ["This video was not finished."]
    assert test.button(key=f"resume {job.id}")
    jobs.remove(job.id)
    facts.rename(facts.with_name("away"))
    assert any("no run" in error.value for error in show(page, run=VIDEO).error)


def test_what_would_fail_again_is_not_resumed(home: Path) -> None:
    refused = table.save(over("import", "failed", id="a", path="b", film=None), refused=True)
    broken = over("layer", "interrupted", run="a")
    assert (refused.resumable, broken.resumable) == (False, True)
    for page in ("home", "jobs"):
        keys = {button.key for button in show(page).button}
        assert f"remove {refused.id}" in keys and f"resume {refused.id}" not in keys
    assert f"resume {broken.id}" in keys
    jobs.resume(refused)
    supervisor = Supervisor()
    assert supervisor._look_at(jobs.read(refused.id)) is None
    assert jobs.read(refused.id).state == "failed"
