"""Floors and rooms: imports go down only, and each library stays on its floor."""

import ast
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
FORBIDDEN = {
    "lart_core": {"analysis", "app", "streamlit", "plotly", "pandas"},
    "analysis": {"app", "streamlit"},
    "app": set(),
}
MODULES = [path for floor in FORBIDDEN for path in sorted((ROOT / floor).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Top-level names that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path: Path) -> None:
    floor = path.relative_to(ROOT).parts[0]
    assert not imported(path) & FORBIDDEN[floor]


def test_rooms_import_from_those_below_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """The contracts in pyproject.toml hold; a new room has to be put in its place there."""
    kept = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
    assert kept, capsys.readouterr().out


def test_there_is_something_on_every_floor() -> None:
    for floor in FORBIDDEN:
        assert any(floor in path.parts for path in MODULES)
