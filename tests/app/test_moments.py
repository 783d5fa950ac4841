"""Moments that a search found, on their tiles."""

import shutil
from pathlib import Path

from analysis import search
from app.find import moments
from app.storage import catalogue, notes
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
