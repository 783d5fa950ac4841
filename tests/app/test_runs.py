"""What is kept in memory of runs, and when it is made anew."""

import json
from dataclasses import replace

import pytest

from app.storage import runs
from lart_core.errors import LartError
from lart_core.runs.run import Run


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
