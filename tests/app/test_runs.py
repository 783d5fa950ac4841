"""What is kept in memory of runs, and when it is made anew."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.storage import notes, runs
from lart_core.errors import LartError
from lart_core.runs.run import Run
from tests.synthetic import make_run


def test_a_function_is_called_once_until_the_run_changes(run: Run) -> None:
    calls = []

    @runs.per_run(maxsize=2)
    def models(run: Run, more: int) -> list[str]:
        calls.append(more)
        return run.models()

    assert models(run, 1) == models(Run.open(run.path), 1) == ["other", "pose"]
    assert models(run, 2) and calls == [1, 2]
    run.write_actions(replace(run.actions("pose"), model="third"))
    assert models(run, 1) == ["other", "pose", "third"]
    assert calls == [1, 2, 1]


def test_facts_are_read_once_until_the_file_changes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    loads = json.loads
    monkeypatch.setattr("json.loads", lambda text: read.append(text) or loads(text))
    here, elsewhere = Run.open(run.path), Run.open(run.path)
    read.clear()
    assert here.finished("player") and here.video.frames and here.facts["source"]
    assert read == []
    elsewhere.finish("more", 1.0)
    assert here.finished("more") and len(read) == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "lart-lens run 1"}', "\x00"])
def test_a_damaged_run_is_a_sentence_and_not_listed(run: Run, text: str) -> None:
    assert [entry.id for entry in runs.ready()] == ["synthetic"]
    (run.path / "run.json").write_text(text)
    with pytest.raises(LartError, match="of the run synthetic"):
        runs.find("synthetic")
    assert runs.entries() == []


def test_runs_of_one_name_are_told_apart(home: Path) -> None:
    made = {name: make_run(home, name, frames=2) for name in ("a", "b", "c", "d", "e")}
    for name in "abcd":
        notes.rename(name, "Fall")
    facts = made["a"].facts
    (made["a"].path / "run.json").write_text(
        json.dumps(facts | {"settings": facts["settings"] | {"start": 1.0, "end": 4.0}})
    )
    for name, stamp in zip("bcde", (60, 120, 120, 120), strict=True):
        os.utime(made[name].path / "run.json", (stamp, stamp))
    names = runs.names(runs.ready())
    assert names["a"] == "Fall · 1 to 4 s", "the others are of the whole video"
    assert names["b"].startswith("Fall · 1 Jan 1970, ") or names["b"].startswith("Fall · 31 Dec")
    assert names["c"].endswith(" · c") and names["d"].endswith(" · d"), "of the same minute"
    assert names["e"] == "e.mp4", "no other is called so"
