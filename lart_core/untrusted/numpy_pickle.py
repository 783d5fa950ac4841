"""Reads pickles that hold nothing but NumPy arrays, without letting them run anything."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from lart_core.errors import LartError

_ALLOWED = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
    ("_codecs", "encode"),
    ("collections", "OrderedDict"),
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module, name)


def read_pickled(path: Path) -> Any:
    """The arrays, and the lists and dictionaries of them, in a pickle file.

    Raises:
        LartError: The file is no pickle, or asks for more than NumPy arrays.
    """
    try:
        with path.open("rb") as file:
            content = _Reader(file, encoding="latin1").load()
    except Exception as error:  # a damaged pickle may fail in any way
        raise LartError(f"Expected a pickle of plain arrays in {path.name}, but {error}.") from None
    _refuse_objects(content, path)
    return content


def _refuse_objects(value: Any, path: Path) -> None:
    if isinstance(value, np.ndarray) and value.dtype == object:
        raise LartError(f"Expected plain arrays in {path.name}, but one holds objects.")
    for part in value.values() if isinstance(value, dict) else ():
        _refuse_objects(part, path)
