"""Label maps: both of AVA's spellings, groups, and what is refused."""

from pathlib import Path

import pytest

from analysis.ava.label_map import ava_label_map, parse_label_map, read_label_map
from lart_core.errors import LartError


def test_both_spellings() -> None:
    item = parse_label_map('item {\n  name: "stand"\n  id: 12\n}\n')
    label = parse_label_map(
        'label {\n  name: "stand"\n  label_id: 12\n  label_type: PERSON_MOVEMENT\n}\n'
    )
    assert item == label
    assert (item.name(12), item.group(12)) == ("stand", "person movement")


def test_names_of_classes_that_are_not_scored() -> None:
    assert ava_label_map(60).name(2) == "crawl"
    assert ava_label_map(60).group(2) == "person movement"
    own = parse_label_map('item { name: "juggle" id: 1 }')
    assert (own.group(1), own.name(2), own.group(2)) == ("other", "class 2", "other")


def test_avas_own_files(shared: Path) -> None:
    folder = shared / "data" / "ava"
    assert read_label_map(folder / "ava_action_list_v2.2.pbtxt") == ava_label_map(80)
    sixty = read_label_map(folder / "ava_action_list_v2.2_for_activitynet_2019.pbtxt")
    assert sixty == ava_label_map(60)


@pytest.mark.parametrize(
    "text",
    ["", "nothing", 'item { name: "a" id: 0 }', "item { id: 3 }", 'item { name: "a" id: 1 }' * 2],
)
def test_what_is_no_label_map(text: str) -> None:
    with pytest.raises(LartError):
        parse_label_map(text)
