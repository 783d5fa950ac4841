"""The table of licences: every package that we bring is in it, and says what its metadata say."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGE = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
TABLE = {
    name.lower(): (extra, licence)
    for name, extra, licence in re.findall(r"^\| (\S+) \| (\w*) ?\| (.+) \|$", PAGE, re.M)
    if name != "package"
}
FAMILIES = {"Apache": "Apache-2.0", "BSD": "BSD-", "MIT": "MIT"}


def name_of(requirement: str) -> str:
    return re.split(r"[\s<>=!\[;]", requirement)[0].lower()


def said(package: str) -> str:
    """What a package's own metadata say, in whichever field they say it."""
    facts = importlib.metadata.metadata(package)
    kinds = [c for c in facts.get_all("Classifier") or [] if c.startswith("License")]
    return " ".join([facts.get("License-Expression") or "", facts.get("License") or "", *kinds])


def test_every_package_is_listed_with_its_extra() -> None:
    wanted = {name_of(each): "" for each in PROJECT["dependencies"]}
    for extra, packages in PROJECT["optional-dependencies"].items():
        wanted |= {name_of(each): extra for each in packages if name_of(each) != PROJECT["name"]}
    assert {name: extra for name, (extra, _) in TABLE.items()} == wanted


@pytest.mark.parametrize("package", sorted(TABLE))
def test_the_licence_is_what_the_package_says(package: str) -> None:
    try:
        own = said(package)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{package} is an extra that is not installed")
    licence = TABLE[package][1]
    if package == "smplx":
        files = importlib.metadata.files("smplx") or []
        text = next(file for file in files if file.name == "LICENSE").read_text(encoding="utf-8")
        assert "non-commercial scientific research" in text and "non-commercial" in licence
    elif package == "pycocotools":
        assert "FreeBSD" in own and "FreeBSD" in licence
    else:
        families = [spdx for word, spdx in FAMILIES.items() if word in own.split("Copyright")[0]]
        kinds = [spdx for word, spdx in FAMILIES.items() if f":: {word}" in own or word in own]
        assert any(licence.startswith(spdx) for spdx in families or kinds), own[:200]


def test_the_reader_of_the_readme_learns_of_smplx() -> None:
    last = (ROOT / "README.md").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert "smplx" in last and "non-commercial" in last and "docs/licences.md" in last
