"""Fixtures that every floor's tests share."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


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
