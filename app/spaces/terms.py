"""What a public server grants its visitors: the settings of one file (docs/public.md)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from lart_core.errors import LartError


def _setting(default: float, low: float, help: str) -> Any:
    return field(default=default, metadata={"low": low, "help": help})


@dataclass(frozen=True)
class Terms:
    """The settings of ``lart app --public``; each is a key of the file, and may be left out.

    Example:
        >>> Terms().expire_hours
        24
    """

    expire_hours: float = _setting(24, 0.01, "hours after their last visit, visitors' data go")
    videos: int = _setting(5, 1, "videos that a visitor may keep at a time")
    minutes: float = _setting(10, 0.1, "length of a video")
    megapixels: float = _setting(9, 0.1, "size of a frame")
    upload_megabytes: int = _setting(500, 1, "size of an upload")
    gigabytes: float = _setting(2, 0.001, "disk of a visitor")
    jobs: int = _setting(4, 1, "jobs of a visitor that wait or run at a time")
    uploads_an_hour: int = _setting(30, 1, "uploads of an address in an hour")
    jobs_an_hour: int = _setting(120, 1, "jobs of an address in an hour")
    uploads_at_once: int = _setting(4, 1, "uploads of everybody together at a time")
    total_gigabytes: float = _setting(50, 0.001, "disk of all visitors together")
    shared: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"runs": ("sample",)},
        metadata={"help": "what of the home everybody may look at: runs, results, models, studies"},
    )


SHELVES = ("runs", "results", "models", "studies")


def read(path: Path) -> Terms:
    """The settings of a file.

    Raises:
        LartError: It is no TOML, or has a key or a value that is none of a setting.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LartError(f"Expected the settings of a public server in {path}: {error}.") from None
    known = {each.name: each for each in fields(Terms)}
    values = {name: _checked(path, name, value, known) for name, value in given.items()}
    return Terms(**values)


def _checked(path: Path, name: str, value: Any, known: Mapping[str, Any]) -> Any:
    if name not in known:
        raise LartError(f"{path} has {name!r}, which is no setting; there are {', '.join(known)}.")
    if name == "shared":
        return _shared(path, value)
    whole = known[name].type is int
    low = known[name].metadata["low"]
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise LartError(f"Expected a {'whole ' * whole}number for {name} in {path}, not {value!r}.")
    if not low <= value < float("inf"):
        raise LartError(f"Expected at least {low:g} for {name} in {path}, but got {value!r}.")
    return value


def _shared(path: Path, value: Any) -> dict[str, tuple[str, ...]]:
    fits = isinstance(value, dict) and all(
        name in SHELVES and isinstance(ids, list) and all(isinstance(id, str) for id in ids)
        for name, ids in value.items()
    )
    if not fits:
        raise LartError(
            f"Expected lists of ids under [shared] in {path}, for {', '.join(SHELVES)} only."
        )
    return {name: tuple(ids) for name, ids in value.items()}
