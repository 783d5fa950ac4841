"""Shelves: things by id, and no way out of their folder."""

import doctest
from pathlib import Path

import pytest

from lart_core import shelf
from lart_core.errors import LartError
from lart_core.shelf import Shelf

RUNS = Shelf("runs", "[a-z0-9][a-z0-9-]*", "run.json", "There is no run {id} here.")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LART_HOME", str(tmp_path))
    for name in ("b", "a", "Not-an-id", "empty"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    for name in ("b", "a", "Not-an-id"):
        (tmp_path / "runs" / name / "run.json").write_text("{}")
    (tmp_path / "run.json").write_text("{}")
    return tmp_path


def test_things_are_found_by_id(home: Path) -> None:
    assert RUNS.find("a") == home / "runs" / "a" / "run.json"
    assert RUNS.every() == [home / "runs" / name / "run.json" for name in "ab"]
    assert RUNS.path("new") == home / "runs" / "new"


@pytest.mark.parametrize(
    "id", ["..", "../runs/a", "/etc", "a/../b", "", "Not-an-id", "empty", "a\n"]
)
def test_what_is_not_there_or_no_id_is_a_sentence(home: Path, id: str) -> None:
    with pytest.raises(LartError, match="There is no run '"):
        RUNS.find(id)


def test_the_example_runs() -> None:
    assert doctest.testmod(shelf).failed == 0
