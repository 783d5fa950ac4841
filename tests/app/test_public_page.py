"""docs/public.md says what the code does: settings, their defaults, and the names that it gives."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from app.spaces import terms
from app.spaces.accounts import OF_ALL, OF_EACH

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "public.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", PAGE, re.M))
NUMBERS = {each.name: each for each in fields(terms.Terms) if each.name != "shared"}


def test_every_setting_stands_there_and_no_other() -> None:
    assert ROWS.keys() == NUMBERS.keys()


@pytest.mark.parametrize("name", NUMBERS)
def test_its_default_is_the_one_that_is_said(name: str) -> None:
    assert float(ROWS[name]) == NUMBERS[name].default


def test_what_is_shared_is_what_is_said() -> None:
    (row,) = re.findall(r"^\| `\[shared\]` (.*?) \| `(.*?)` \|", PAGE, re.M)
    assert tuple(re.findall(r"`(\w+)`", row[0])) == terms.SHELVES
    assert terms.Terms().shared == {"runs": ("sample",)}
    assert row[1] == 'runs = ["sample"]'


def test_the_examples_are_read(tmp_path: Path) -> None:
    settings, secrets = re.findall(r"```toml\n(.*?)```", PAGE, re.S)
    file = tmp_path / "public.toml"
    file.write_text(settings)
    read = terms.read(file)
    assert (read.expire_hours, read.videos) == (6, 2)
    assert all(f"{key} =" in secrets for key in (*OF_ALL, *OF_EACH))


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:app|lart_core|tests)/[\w/]+\.py)`", PAGE)))
)
def test_files_that_are_named_are_there(path: str) -> None:
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`?lart app[^`\n]*`?", PAGE))))
def test_options_of_the_command_are_known(option: str) -> None:
    command = (ROOT / "app" / "cli" / "app.py").read_text(encoding="utf-8")
    assert all(f'"{flag}"' in command for flag in re.findall(r"--[a-z-]+", option))
