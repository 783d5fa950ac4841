"""Label maps: which actions are scored, what they are called, which of AVA's groups they are in."""

import json
import operator
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError
from lart_core.file_kinds import mistaken
from lart_core.formats.ava_table import LARGEST_CLASS
from lart_core.stored_files import one_line

GROUPS = ("person movement", "person interaction", "object manipulation")
"""AVA's three groups. A class of another data set is in ``OTHER_GROUP``."""
OTHER_GROUP = "other"

_BLOCK = re.compile(r"\b(?:item|label)\s*\{([^}]*)\}")
_NAME = re.compile(r"""\bname:\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
_LINE = re.compile(r"\s*(\d{1,9})\s*[:,;\t ]\s*(\S.*)")
_ID = re.compile(r"\b(?:label_)?id:\s*(-?\d{1,18})(?!\d)")
_TYPE = re.compile(r"\blabel_type:\s*(\w+)")


@dataclass(frozen=True)
class LabelMap:
    """The classes that count.

    Attributes:
        names: Class id (from 1) -> name, in the order of the file.
        groups: Class id -> group, for classes that belong to none of AVA's groups ``"other"``.
    """

    names: dict[int, str]
    groups: dict[int, str]

    def __post_init__(self) -> None:
        known = {i: g if g in GROUPS else OTHER_GROUP for i, g in self.groups.items()}
        object.__setattr__(self, "groups", known)

    @cached_property
    def ids(self) -> list[int]:
        """Class ids, ascending."""
        return sorted(self.names)

    def name(self, class_id: int) -> str:
        """Name of any class: also of AVA's 20 that are not scored."""
        if class_id in self.names:
            return self.names[class_id]
        action = ava_actions().get(class_id) if self.is_ava else None
        return action.name if action else f"class {class_id}"

    def group(self, class_id: int) -> str:
        """Group of any class: also of AVA's 20 that are not scored."""
        if class_id in self.groups:
            return self.groups[class_id]
        action = ava_actions().get(class_id) if self.is_ava else None
        return action.group if action else OTHER_GROUP

    @cached_property
    def is_ava(self) -> bool:
        """Whether every class has the id and the name that AVA gives it."""
        actions = ava_actions()
        return all(i in actions and actions[i].name == name for i, name in self.names.items())


def ava_label_map(classes: int = 60) -> LabelMap:
    """AVA's own list: the 60 classes that its figure is made of, or all 80."""
    chosen = [a for a in ava_actions().values() if a.evaluated or classes == 80]
    return LabelMap({a.ava_id: a.name for a in chosen}, {a.ava_id: a.group for a in chosen})


def read_label_map(path: str | Path) -> LabelMap:
    """Read a label map in any of the forms that tools of this field write.

    - AVA's .pbtxt in either of its spellings (`item {name, id}`, `label {name, label_id}`);
    - MMAction2's text: ``1: bend/bow (at the waist)``, or AVA's names alone, one a line;
    - JSON: SlowFast's name -> number from 0, id -> name, or a list of names or of objects with
      ``id`` and ``name``.

    Raises:
        LartError: The file cannot be read, holds no classes, or an id is below 1, above
            `LARGEST_CLASS` or used twice.
    """
    path = Path(path)
    if said := mistaken(path, "a label map"):
        raise LartError(said)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise LartError(f"Could not read the label map {path.name}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise LartError(f"Expected a label map as text in {path.name}, got other bytes.") from None
    return parse_label_map(text, path.name)


def parse_label_map(text: str, source: str = "the label map") -> LabelMap:
    """`read_label_map` for text that is already in memory."""
    groups: dict[int, str] = {}
    if text.lstrip().startswith(("{", "[")):
        pairs = _json_pairs(text, source)
    elif _BLOCK.search(text):
        pairs, groups = _blocks(text, source)
    else:
        pairs = _lines(text)
    if not pairs:
        raise LartError(
            f"Expected a label map like AVA's ava_action_list_v2.2.pbtxt, found no classes in "
            f"{source}."
        )
    names: dict[int, str] = {}
    first = 1 if _from_zero(pairs) else 0
    groups = {class_id + first: group for class_id, group in groups.items()}
    for class_id, name in ((class_id + first, name) for class_id, name in pairs):
        if not 1 <= class_id <= LARGEST_CLASS:
            raise LartError(
                f"Expected class ids of 1 to {LARGEST_CLASS:,} in {source}, got "
                f"{one_line(str(class_id), 20)} ({name:.60})."
            )
        if class_id in names:
            raise LartError(f"Expected each class id once in {source}, got {class_id} twice.")
        names[class_id] = name
    known = ava_actions()
    for class_id, spelling in names.items():
        action = known.get(class_id)
        fallback = action.group if action and action.name == spelling else OTHER_GROUP
        groups.setdefault(class_id, fallback)
    return LabelMap(names, groups)


def _blocks(text: str, source: str) -> tuple[list[tuple[int, str]], dict[int, str]]:
    """Ids with names, and groups, of a .pbtxt."""
    pairs, groups = [], {}
    for block in _BLOCK.findall(text):
        name, number, kind = _NAME.search(block), _ID.search(block), _TYPE.search(block)
        if name is None or number is None:
            raise LartError(
                f"Expected a name and an id in every item of {source}, got {block!r:.80}."
            )
        pairs.append((int(number[1]), re.sub(r"\\(.)", r"\1", name[1] or name[2] or "")))
        if kind:
            groups[pairs[-1][0]] = kind[1].lower().replace("_", " ")
    return pairs, groups


def _lines(text: str) -> list[tuple[int, str]]:
    """Ids with names of a text of one class a line; without ids only AVA's own names are known."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [_LINE.fullmatch(line) for line in lines]
    if lines and all(found):
        return [(int(match[1]), match[2].strip().strip("\"'")) for match in found if match]
    ids = {action.name: i for i, action in ava_actions().items()}
    return [(ids[line], line) for line in lines] if set(lines) <= ids.keys() else []


def _json_pairs(text: str, source: str) -> list[tuple[int, str]]:
    """Ids with names of any of the JSON forms."""
    try:
        value = json.loads(text)
        if isinstance(value, dict):
            numbers = all(isinstance(entry, int) for entry in value.values())
            return [
                (operator.index(entry), str(key)) if numbers else (int(key), _name(entry))
                for key, entry in value.items()
            ]
        if all(isinstance(entry, str) for entry in value):
            return _lines("\n".join(value)) or list(enumerate(value, 1))
        return [(operator.index(entry["id"]), _name(entry["name"])) for entry in value]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise LartError(
            f"Expected a label map as JSON (names with ids) in {source}, but it is another: "
            f"{one_line(str(error), 80)}."
        ) from None


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a name is {value!r:.40}")
    return value


def _from_zero(pairs: list[tuple[int, str]]) -> bool:
    """Whether AVA's names are counted from 0, as SlowFast's are."""
    known = ava_actions()
    return all(i + 1 in known and known[i + 1].name == name for i, name in pairs)
