"""What people say of runs and failures: names, tags and notes, one file a run or result set.

They lie beside the runs, not in them: a run may be shared, a name is one's own.
"""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.search import Mark
from lart_core.atomic_files import alone, write_json
from lart_core.errors import LartError
from lart_core.shelf import Shelf
from lart_core.stored_files import DAMAGE, read_json

NOTES = Shelf(
    "notes", "(run|set)-[a-z0-9][a-z0-9-]{0,80}", "said.json", "Nothing is noted of {id}."
)
LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG, MOST_TAGS = 120, 2000, 40, 20


@dataclass(frozen=True)
class Note:
    """What is said of one thing.

    Attributes:
        tags: Words to find it by. note: Free text.
    """

    tags: tuple[str, ...] = ()
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.tags or self.note)


def about(mark: Mark) -> str:
    """The key under which a mark's words are kept: like ``person 3`` or ``moment 2 1.5 4``."""
    if mark.first is not None and mark.last is not None:
        return f"moment {mark.person or 0} {mark.first:g} {mark.last:g}"
    return "video" if mark.person is None else f"person {mark.person}"


def spoken(key: str) -> str:
    """What a key is about, in words: "Person 3", "Person 2, 1.5 to 4 s", "The video"."""
    kind, *numbers = key.split()
    who = f"Person {numbers[0]}" if numbers and numbers[0] != "0" else "Everyone"
    if kind == "moment" and len(numbers) == 3:
        return f"{who}, {numbers[1]} to {numbers[2]} s"
    return who if kind == "person" else "The video"


def name_of(run_id: str) -> str | None:
    """What somebody called a run; None where nobody called it anything."""
    return _read("run", run_id).get("name") or None


def rename(run_id: str, name: str) -> None:
    """Call a run something; an empty name gives it its file's name again.

    Raises:
        LartError: The name is too long.
    """
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME:
        raise LartError(f"Expected a name of at most {LONGEST_NAME} letters, got {len(name)}.")
    with alone(NOTES.folder):
        _write("run", run_id, _read("run", run_id) | {"name": name})


def note(kind: str, owner: str, key: str) -> Note:
    """What is said of one thing of a run (kind ``run``) or result set (``set``)."""
    kept = _said(_read(kind, owner)).get(key, {})
    return Note(tuple(kept.get("tags", ())), kept.get("note", ""))


def keep(kind: str, owner: str, key: str, tags: Iterable[str], text: str) -> None:
    """Say something of one thing; nothing said takes it out.

    Raises:
        LartError: There are too many tags, or one or the note is too long.
    """
    clean = tuple(dict.fromkeys(" ".join(tag.split()) for tag in tags if tag.strip()))
    if len(clean) > MOST_TAGS or any(len(tag) > LONGEST_TAG or "," in tag for tag in clean):
        raise LartError(
            f"Expected at most {MOST_TAGS} tags of at most {LONGEST_TAG} letters, without commas."
        )
    if len(text) > LONGEST_NOTE:
        raise LartError(f"Expected a note of at most {LONGEST_NOTE:,} letters, got {len(text):,}.")
    with alone(NOTES.folder):
        kept = _read(kind, owner)
        said = {k: v for k, v in _said(kept).items() if k != key}
        if words := Note(clean, text.strip()):
            said[key] = asdict(words)
        _write(kind, owner, kept | {"said": said})


def forget(kind: str, owner: str) -> None:
    """Delete everything that is said of a run or set, its name too."""
    shutil.rmtree(_file(kind, owner).parent, ignore_errors=True)


def marks() -> list[Mark]:
    """Everything that is said of runs, for searches."""
    found = []
    for run_id in _owners("run"):
        for key, words in _said(_read("run", run_id)).items():
            kind, *numbers = key.split()
            try:
                person = int(numbers[0]) if numbers else 0
                first, last = (float(n) for n in numbers[1:]) if kind == "moment" else (None, None)
            except ValueError:
                continue
            tags = tuple(map(str, words.get("tags", ())))
            said = str(words.get("note", ""))
            found.append(Mark(run_id, person or None, first, last, tags, said))
    return found


def said_of(kind: str, owner: str) -> dict[str, Note]:
    """Everything that is said of the things of a run or set, by key."""
    return {key: note(kind, owner, key) for key in _said(_read(kind, owner))}


def said_by_run(run_ids: Iterable[str]) -> dict[str, dict[str, Note]]:
    """`said_of` of several runs."""
    return {run_id: said_of("run", run_id) for run_id in run_ids}


def tags() -> Sequence[str]:
    """Every tag of this machine, in alphabetical order."""
    found = set()
    for kind in ("run", "set"):
        for owner in _owners(kind):
            found |= {tag for words in said_of(kind, owner).values() for tag in words.tags}
    return sorted(found, key=str.casefold)


def names() -> dict[str, str]:
    """Run -> what somebody called it."""
    return {run_id: name for run_id in _owners("run") if (name := name_of(run_id))}


def _owners(kind: str) -> list[str]:
    """Everything of a kind of which something is said."""
    names = (file.parent.name for file in NOTES.every())
    return [name.removeprefix(f"{kind}-") for name in names if name.startswith(f"{kind}-")]


def _file(kind: str, owner: str) -> Path:
    return NOTES.path(f"{kind}-{owner}") / NOTES.holds


def _said(kept: dict[str, Any]) -> dict[str, dict[str, Any]]:
    said = kept.get("said", {})
    known = said.items() if isinstance(said, dict) else ()
    return {key: words for key, words in known if isinstance(words, dict)}


def _read(kind: str, owner: str) -> dict[str, Any]:
    path = _file(kind, owner)
    if not path.is_file():
        return {}
    try:
        return read_json(path, {})
    except DAMAGE:
        return {}


def _write(kind: str, owner: str, kept: dict[str, Any]) -> None:
    write_json(_file(kind, owner), kept)
