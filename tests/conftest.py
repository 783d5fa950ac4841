"""Fixtures that every floor's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lart_core.paths import lart_home

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Names of tests say which bytes came, not what they are: a gzip holds the time in them.

    The processes that share the suite collect it each for itself and must find the same names.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The suite's own LART_HOME: nothing of the user's is changed, only weights are shared."""
    fetched = lart_home() / "weights"
    fetched.mkdir(parents=True, exist_ok=True)
    home = tmp_path_factory.mktemp("lart-home")
    (home / "weights").symlink_to(fetched.resolve(), target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LART_HOME", str(home))
        yield home


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of referee files and real data beside the checkout on the makers' machines."""
    if not SHARED.is_dir():
        pytest.skip("needs the makers' referee files in ../shared, which are not part of the clone")
    return SHARED


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    """Folder of golden files that the published code computed."""
    return shared / "golden"
