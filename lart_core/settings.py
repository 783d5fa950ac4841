"""What may be set of a run: one place for presets, command, app and run.json.

A new setting is one field of `Settings`, and its use.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from lart_core.errors import LartError

FIRST_FRAME = "first_frame_at"
"""Entry of a run's settings that follows from the others: the second of its file at which the first
frame of a part is shown."""


def _setting(
    default: float | None,
    low: float,
    high: float,
    help: str,
    *,
    only: str = "",
    free: bool = False,
    of_boxes: bool = False,
) -> Any:
    """A field with its range and its explanation.

    Args:
        default: None where each preset has its own.
        only: The preset whose networks it is about; empty for all of them.
        free: Whether what comes out is the same whatever it is.
        of_boxes: Whether it is about given boxes, and heeded with such alone.
    """
    facts = {"low": low, "high": high, "help": help, "only": only}
    facts |= {"free": free, "of_boxes": of_boxes}
    return field(default=default, metadata=facts)


@dataclass(frozen=True)
class Settings:
    """Settings of one run; each field's metadata has ``low``, ``high``, ``help`` and ``only``.

    Raises:
        LartError: A value is out of its range.
    """

    detector_score: float | None = _setting(
        None, 0.0, 1.0, "People whom the detector scores lower are left out (light 0.2, full 0.8)."
    )
    detector_size: int = _setting(
        384, 128, 1024, "Longer side in pixels of what the detector sees; more finds smaller "
        "people and takes longer.", only="light",
    )  # fmt: skip
    crowd_tiles: int = _setting(
        1, 1, 4, "The frame is also searched in n x n overlapping tiles, for crowds and small "
        "people, at about n * n + 1 times the cost; 1 for the whole frame alone.", only="light",
    )  # fmt: skip
    threads: int | None = _setting(
        None, 1, 64, "CPU threads of each network (by default half of the machine's cores: two "
        "networks run at a time).", only="light", free=True,
    )  # fmt: skip
    smallest_width: float = _setting(
        16.0, 1.0, 10_000.0, "Narrower people are not followed: pixels, of a video 640 pixels wide "
        "or high or more; in a smaller one in proportion.",
    )  # fmt: skip
    smallest_height: float = _setting(
        40.0, 1.0, 10_000.0, "Lower people are not followed: pixels, as above."
    )
    track_life: float = _setting(
        1.0, 0.01, 600.0, "Seconds for which a person who is out of sight is still looked for."
    )
    box_score: float = _setting(
        0.0, 0.0, 1.0, "Given boxes (--boxes) with a lower score are left out.", of_boxes=True
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            low, high = each.metadata["low"], each.metadata["high"]
            if value is not None and not low <= value <= high:
                raise LartError(
                    f"Expected {each.name} from {low:g} to {high:g}, but got {value:g}. "
                    f"{each.metadata['help']}"
                )

    @classmethod
    def of(cls, given: Mapping[str, object]) -> "Settings":
        """Settings from names and values, which may be text.

        Raises:
            LartError: There is no such setting, or a value is no number or out of its range.

        Example:
            >>> Settings.of({"crowd_tiles": "2"}).crowd_tiles
            2
            >>> Settings.of({"tiles": 2})
            Traceback (most recent call last):
                ...
            lart_core.errors.LartError: Expected a setting (detector_score, detector_size, \
crowd_tiles, threads, smallest_width, smallest_height, track_life, box_score), but got 'tiles'.
        """
        known = {each.name: each for each in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in given.items():
            if name not in known:
                raise LartError(f"Expected a setting ({', '.join(known)}), but got {name!r}.")
            values[name] = _number(name, value, whole=known[name].type in (int, int | None))
        return cls(**values)

    @classmethod
    def read(cls, path: Path) -> dict[str, object]:
        """Names and values from a YAML file.

        Raises:
            LartError: It is not there, or no list of ``name: value``.
        """
        try:
            found = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise LartError(f"Could not read {path}: {error.strerror}.") from None
        except (UnicodeDecodeError, yaml.YAMLError):
            found = "no YAML"
        found = {} if found is None else found
        if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
            raise LartError(
                f"Expected lines like 'crowd_tiles: 2' in {path.name}, but it has none."
            )
        return found

    def check(self, preset: str, *, boxes: bool = True) -> None:
        """Make sure that every setting that was changed is heeded.

        Args:
            boxes: Whether there are given boxes, or may be.

        Raises:
            LartError: One is another preset's, or of given boxes where there are none.
        """
        for each in fields(self):
            if getattr(self, each.name) == each.default:
                continue
            only = each.metadata["only"]
            if only and only != preset:
                raise LartError(
                    f"The setting {each.name} is one of the preset {only}, not of {preset}."
                )
            if each.metadata["of_boxes"] and not boxes:
                raise LartError(
                    f"The setting {each.name} is of given boxes, but none are given (--boxes)."
                )


def comparable(noted: Mapping[str, Any], preset: str | None) -> dict[str, Any]:
    """The settings in a run.json so that two runs can be compared by them.

    Runs of older versions do not note what they could not set: the defaults. Settings that do not
    change what comes out do not count.

    Args:
        preset: The present name of the run's preset.
    """
    options = asdict(Settings()) | noted.get("options", {})
    free = {
        each.name
        for each in fields(Settings)
        if each.metadata["free"] or (each.metadata["of_boxes"] and noted.get("boxes") is None)
    }
    counted = {name: value for name, value in options.items() if name not in free}
    unheeded = {"keyframes_hz": None} if noted.get("window") is None else {}
    given = {name: value for name, value in noted.items() if name != FIRST_FRAME}
    return {**given, "preset": preset, "options": counted} | unheeded


def comparable_of_set(noted: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same of the settings in a set.json; those of sets that were imported as they are."""
    if "protocol" not in noted:
        return noted
    return comparable({**noted["protocol"], "options": noted["options"]}, noted["preset"])


def differing(noted: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Which settings differ between two notes of them, for a sentence.

    >>> differing({"window": 4, "options": {"crowd_tiles": 1}}, {"options": {"crowd_tiles": 2}})
    'crowd_tiles: 1 there, 2 now; window: 4 there, none now'
    """
    one, two = _flat(noted), _flat(wanted)

    def word(value: Any) -> str:
        return "none" if value is None else str(value)

    return "; ".join(
        f"{name}: {word(one.get(name))} there, {word(two.get(name))} now"
        for name in sorted(one.keys() | two.keys())
        if one.get(name) != two.get(name)
    )


def _flat(noted: Mapping[str, Any]) -> dict[str, Any]:
    """Names and values at all depths."""
    flat: dict[str, Any] = {}
    for name, value in noted.items():
        flat |= _flat(value) if isinstance(value, Mapping) else {name: value}
    return flat


def _number(name: str, value: object, whole: bool) -> float:
    """A number from a number or text."""
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(str(value))
        if whole and number != int(number):
            raise ValueError
    except (ValueError, OverflowError):
        what = "a whole number" if whole else "a number"
        raise LartError(f"Expected {what} for {name}, but got {str(value)[:40]!r}.") from None
    return int(number) if whole else number
