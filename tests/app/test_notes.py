"""Names, tags, notes and kept searches."""

from pathlib import Path

import pytest

from analysis.search import Mark
from app.find import saved
from app.storage import notes, runs
from lart_core.errors import LartError
from lart_core.runs.run import Run


def test_what_is_said_comes_back_as_marks(home: Path) -> None:
    mark = Mark("walk", 3, 1.5, 2.25)
    notes.keep("run", "walk", notes.about(mark), [" good ", "good", "日本"], " a note ")
    notes.keep("run", "walk", notes.about(Mark("walk")), ["whole"], "")
    notes.keep("set", "results-1", "case T5", ["odd"], "")
    found = {notes.about(each): each for each in notes.marks()}
    assert found["moment 3 1.5 2.25"] == Mark("walk", 3, 1.5, 2.25, ("good", "日本"), "a note")
    assert found["video"].tags == ("whole",)
    assert len(found) == 2
    assert notes.tags() == ["good", "odd", "whole", "日本"]
    notes.keep("run", "walk", notes.about(mark), [], "")
    assert len(notes.marks()) == 1


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (Mark("walk"), "The video"),
        (Mark("walk", 3), "Person 3"),
        (Mark("walk", 2, 1.5, 4.0), "Person 2, 1.5 to 4 s"),
        (Mark("walk", None, 0.0, 2.0), "Everyone, 0 to 2 s"),
    ],
)
def test_what_a_note_is_about_is_said(mark: Mark, words: str) -> None:
    assert notes.spoken(notes.about(mark)) == words


def test_a_name_is_shown_and_taken_back(run: Run) -> None:
    notes.rename("synthetic", "  Ein  Spaziergang ")
    assert runs.ready()[0].name == "Ein Spaziergang"
    notes.rename("synthetic", "")
    assert runs.ready()[0].name == "synthetic.mp4"


@pytest.mark.parametrize(("tags", "text"), [(["a,b"], ""), (["x" * 41], ""), ([], "x" * 2001)])
def test_too_much_is_refused(home: Path, tags: list[str], text: str) -> None:
    with pytest.raises(LartError, match="at most"):
        notes.keep("run", "walk", "video", tags, text)


def test_a_damaged_file_of_notes_says_nothing(home: Path) -> None:
    (home / "notes" / "run-walk").mkdir(parents=True)
    (home / "notes" / "run-walk" / "said.json").write_text("{")
    assert notes.marks() == [] and notes.name_of("walk") is None
    (home / "searches.json").write_text("[]")
    assert saved.every() == {}


def test_searches_are_kept(home: Path) -> None:
    saved.keep("Stürze", "two people, one falls")
    saved.keep("Jumps", "jump")
    assert saved.every() == {"Stürze": "two people, one falls", "Jumps": "jump"}
    saved.forget("Jumps")
    assert list(saved.every()) == ["Stürze"]
    with pytest.raises(LartError, match="name"):
        saved.keep(" ", "jump")
