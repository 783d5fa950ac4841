"""Moments that a search found, on their tiles."""

import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from analysis import search
from app.find import moments
from app.storage import catalogue, notes
from lart_core.runs.run import Run
from tests.synthetic import make_run


def test_videos_of_one_name_are_told_apart_and_what_is_gone_is_left_out(home: Path) -> None:
    for name in ("first", "second", "gone"):
        make_run(home, name, frames=30)
        notes.rename(name, "demo.mp4")
    found = search.find(catalogue.fresh()[0], search.parse("two people"), {}, {})
    assert set(found["run"]) == {"first", "second", "gone"}
    shutil.rmtree(home / "runs" / "gone")
    shown = moments.read(found)
    titles = {moment.run: moments.tile(moment).title for moment in shown}
    assert set(titles) == {"first", "second"}
    assert len(set(titles.values())) == 2 and all(
        "demo.mp4 · " in title for title in titles.values()
    )


def test_the_table_leads_to_the_second_of_each_moment(run: Run) -> None:
    found = search.find(catalogue.fresh()[0], search.parse("stand over 60 %, model:other"))
    rows = moments.table(found, {})
    places = [parse_qs(urlsplit(address).query) for address in rows["watch"]]
    shown = moments.read(found)
    assert [int(place["frame"][0]) for place in places] == [moment.frame for moment in shown]
    assert [int(place["person"][0]) for place in places] == [moment.person for moment in shown]
    assert any(moment.frame for moment in shown)
    shutil.rmtree(run.path)
    assert not any("frame=" in address for address in moments.table(found, {})["watch"])


def test_a_tagged_video_with_nobody_in_it_is_shown(home: Path) -> None:
    make_run(home, "empty", people=0)
    notes.keep("run", "empty", "video", ["view"], "")
    found = search.find(catalogue.fresh()[0], search.parse("tag:view"), notes.marks())
    (moment,) = moments.read(found)
    assert list(moment.marks()) == ["this moment", "the video"]
    tile = moments.tile(moment)
    assert (tile.person, tile.lines[0]) == (None, "0.0 to 3.0 s")
    (row,) = moments.plain(found, {})
    assert row["person"] is None and "person" not in row["watch"]


def test_moments_end_with_the_video(home: Path) -> None:
    video = make_run(home, "first", frames=40).video  # 1.33 s, in steps of a quarter
    found = search.find(catalogue.fresh()[0], search.parse("two people"), {}, {})
    assert found["last"].max() == video.seconds


def test_what_is_said_of_a_moment_its_person_and_its_video_is_shown(run: Run) -> None:
    run_id = run.path.name
    notes.keep("run", run_id, "video", ["funny"], "look at it")
    notes.keep("run", run_id, "person 1", ["funny", "tall"], "him")
    notes.keep("run", run_id, "moment 1 0.5 1.5", ["funny"], "")
    found = search.find(catalogue.fresh()[0], search.parse("tag:funny"), notes.marks(), {})
    rows = moments.table(found, {})
    assert len(rows) == 3 and all("funny" in tags for tags in rows["tags"])
    assert {"funny, tall"} <= set(rows["tags"]) and {"look at it"} <= set(rows["note"])
    tiles = [moments.tile(each) for each in moments.read(found)]
    assert all("#funny" in tile.lines[1] for tile in tiles)
    assert len({tile.key for tile in tiles}) == 3
