"""Searches that somebody keeps: name -> words, in one file beside the runs."""

from pathlib import Path

from app.storage import runs
from lart_core.atomic_files import alone, write_json
from lart_core.errors import LartError
from lart_core.stored_files import DAMAGE, read_json

MOST, LONGEST = 100, 80


def every() -> dict[str, str]:
    """The kept searches, in the order in which they were kept."""
    try:
        kept = read_json(_file(), {})
    except DAMAGE:
        return {}
    return {str(name): str(words) for name, words in kept.items()}


def names(words: str) -> list[str]:
    """The names under which a search is kept."""
    return [name for name, kept in every().items() if kept == words]


def keep(name: str, words: str) -> None:
    """Keep a search.

    Raises:
        LartError: It has no name, too long a one or one that another has, or too many are kept.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST:
        raise LartError(f"Expected a name of 1 to {LONGEST} letters for the search.")
    with alone(_file().parent):
        kept = every()
        if kept.get(name, words) != words:
            raise LartError(f"Another search is kept as {name!r}; give this one another name.")
        kept[name] = words
        if len(kept) > MOST:
            raise LartError(f"At most {MOST} searches are kept; forget one first.")
        write_json(_file(), kept)


def forget(name: str) -> None:
    """Keep a search no longer."""
    with alone(_file().parent):
        write_json(_file(), {key: words for key, words in every().items() if key != name})


def _file() -> Path:
    return runs.RUNS.folder.parent / "searches.json"
