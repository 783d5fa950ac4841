"""Published code without the packages that it imports and does not call here."""

import importlib.abc
import importlib.machinery
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock


class Beside(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports something for packages that are only there to be imported; for `sys.meta_path`.

    Args:
        packages: Their names.
    """

    def __init__(self, *packages: str) -> None:
        self.packages = packages

    def find_spec(
        self, name: str, path: Any, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """See `importlib`."""
        if name.partition(".")[0] not in self.packages:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> Any:
        """See `importlib`."""
        return MagicMock(name=spec.name, __path__=[], __spec__=spec)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is in it."""
