"""A machine of its own for each test of the app."""

from pathlib import Path

import pytest
from streamlit import config

from app import server
from lart_core.runs.run import Run
from tests.synthetic import make_run


@pytest.fixture(autouse=True, scope="session")
def settings() -> None:
    """The settings that `lart app` serves with."""
    for name, value in server.settings().items():
        config.set_option(name, value)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty LART_HOME."""
    monkeypatch.setenv("LART_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:
    """A finished run of two people and two models in that home."""
    return make_run(home)
