"""Label maps: which actions are scored, what they are called, which of AVA's groups they are in."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError

GROUPS = ("person movement", "person interaction", "object manipulation")
"""AVA's three groups. A class of another data set is in ``OTHER_GROUP``."""
OTHER_GROUP = "other"

_BLOCK = re.compile(r"\b(?:item|label)\s*\{([^}]*)\}")
_NAME = re.compile(r'\bname:\s*"([^"]*)"')
_ID = re.compile(r"\b(?:label_)?id:\s*(-?\d+)")
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
    """Read AVA's .pbtxt in either of its spellings (`item {name, id}`, `label {name, label_id}`).

    Raises:
        LartError: The file cannot be read, holds no classes, or an id is below 1 or used twice.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LartError(f"Could not read the label map {Path(path).name}: {error}.") from None
    return parse_label_map(text, Path(path).name)


def parse_label_map(text: str, source: str = "the label map") -> LabelMap:
    """`read_label_map` for text that is already in memory."""
    names: dict[int, str] = {}
    groups: dict[int, str] = {}
    for block in _BLOCK.findall(text):
        name, number, kind = _NAME.search(block), _ID.search(block), _TYPE.search(block)
        if name is None or number is None:
            raise LartError(f"Expected a name and an id in every item of {source}, got {block!r}.")
        class_id = int(number[1])
        if class_id < 1:
            raise LartError(f"Expected class ids from 1 in {source}, got {class_id} ({name[1]}).")
        if class_id in names:
            raise LartError(f"Expected each class id once in {source}, got {class_id} twice.")
        names[class_id] = name[1]
        if kind:
            groups[class_id] = kind[1].lower().replace("_", " ")
    if not names:
        raise LartError(
            f"Expected a label map like AVA's ava_action_list_v2.2.pbtxt, found no classes in "
            f"{source}."
        )
    known = ava_actions()
    for class_id, spelling in names.items():
        action = known.get(class_id)
        fallback = action.group if action and action.name == spelling else OTHER_GROUP
        groups.setdefault(class_id, fallback)
    return LabelMap(names, groups)
