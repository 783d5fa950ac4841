"""Label maps: both of AVA's spellings, groups, and what is refused."""

import json
from pathlib import Path

import pytest

from analysis.ava.label_map import (
    OTHER_GROUP,
    LabelMap,
    ava_label_map,
    parse_label_map,
    read_label_map,
)
from lart_core.ava_labels import ava_actions
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


@pytest.mark.parametrize("number", ["32768", "300000000"])
@pytest.mark.parametrize("form", ['item {{ name: "a" id: {} }}', "{}: a", '{{"a": {}}}'])
def test_ids_that_no_class_has_are_refused(form: str, number: str) -> None:
    """What counts by class would take as much memory as the largest id says."""
    with pytest.raises(LartError, match=f"class ids of 1 to 32,767 in .*, got {number}"):
        parse_label_map(form.format(number))
    assert parse_label_map('item { name: "a" id: 32767 }').ids == [32_767]


@pytest.mark.parametrize("form", ['item {{ name: "a" id: {} }}', '{{"a": {}}}'])
def test_ids_of_thousands_of_digits_are_refused(form: str) -> None:
    with pytest.raises(LartError):
        parse_label_map(form.format("9" * 5000))


SCORED = {i: action.name for i, action in ava_actions().items() if action.evaluated}


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"item {{\n  name: {name!r}\n  id: {i}\n}}\n" for i, name in SCORED.items()),
        "".join(f"item {{\n  id: {i}\n  name: '{name}'\n}}\n" for i, name in SCORED.items()),
        "\n".join(f"{i}: {name}" for i, name in SCORED.items()),
        "\r\n".join(f"{i}\t{name}" for i, name in SCORED.items()),
        "\n".join(SCORED.values()),
        json.dumps(list(SCORED.values()), indent=2),
        json.dumps({name: i for i, name in SCORED.items()}),
        json.dumps({name: i - 1 for i, name in SCORED.items()}),
        json.dumps(SCORED),
        json.dumps([{"id": i, "name": name} for i, name in SCORED.items()]),
    ],
    ids=[
        *["repr", "single quotes", "MMAction2", "tabs", "names alone", "JSON list"],
        *["JSON name to id", "SlowFast, from 0", "JSON id to name", "JSON objects"],
    ],
)
def test_forms_of_other_tools(text: str, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_label_map(path) == ava_label_map(60)


def test_quotes_within_names() -> None:
    one = parse_label_map("""item { name: "answer phone's \\"ring\\"" id: 1 }""")
    two = parse_label_map("""item { name: 'answer phone\\'s "ring"' id: 1 }""")
    assert one.name(1) == two.name(1) == 'answer phone\'s "ring"'


@pytest.mark.parametrize("text", ['{"a": [1]}', "[1, 2]", "{", '[{"id": 1}]', '{"x": "y"}'])
def test_json_that_is_no_label_map(text: str) -> None:
    with pytest.raises(LartError, match="label map"):
        parse_label_map(text)


def test_a_page_instead_of_a_label_map(tmp_path: Path) -> None:
    path = tmp_path / "list.pbtxt"
    path.write_text("<!DOCTYPE html><html>404</html>")
    with pytest.raises(LartError, match="web page: the download failed"):
        read_label_map(path)


def test_groups_go_with_ids_that_are_counted_from_0() -> None:
    item = 'item {{ name: "{}" id: {} label_type: {} }}'
    lines = [
        item.format(action.name, ava_id - 1, action.group.upper().replace(" ", "_"))
        for ava_id, action in ava_actions().items()
    ]
    assert parse_label_map("\n".join(lines)) == ava_label_map(80)


def test_a_group_of_ones_own_is_among_the_others() -> None:
    own = parse_label_map('item { name: "open drawer" id: 1 label_type: HAND_ACTION }')
    assert own.groups == {1: OTHER_GROUP}
    stored = LabelMap({1: "open drawer"}, {1: "hand action"})
    assert stored.group(1) == OTHER_GROUP
