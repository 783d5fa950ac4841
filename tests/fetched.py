"""Model files and the sample clip, for tests that look at real pictures."""

from pathlib import Path

import pytest

from lart_core import weights
from lart_core.errors import LartError


def cached(*names: str) -> list[Path]:
    """Model files, fetched as `make app` fetches them; skips where none of their sources answers.

    Ask for it before a test's own LART_HOME is set.
    """
    try:
        return [weights.path(name) for name in names]
    except LartError as problem:
        pytest.skip(str(problem))
