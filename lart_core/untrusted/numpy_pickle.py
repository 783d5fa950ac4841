"""Reads pickles that hold nothing but NumPy arrays, without letting them run anything."""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

from lart_core.errors import LartError
from lart_core.file_kinds import mistaken
from lart_core.untrusted import apart
from lart_core.untrusted.stand_ins import (
    PlainArray,
    PlainDtype,
    encode,
    make_array,
    make_filled_array,
    resolved,
    scalar,
)

_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): PlainArray,
    ("numpy", "dtype"): PlainDtype,
    ("numpy.core.multiarray", "_reconstruct"): make_array,
    ("numpy.core.multiarray", "scalar"): scalar,
    ("numpy.core.numeric", "_frombuffer"): make_filled_array,
    ("_codecs", "encode"): encode,
    ("collections", "OrderedDict"): OrderedDict,
}
"""Everything that a file may name, and what it gets."""


class _Reader(pickle._Unpickler):
    """The reader written in Python: the one in C reserves whatever memory a hostile file names."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module.replace("numpy._core", "numpy.core"), name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None


def read_pickled(path: Path) -> Any:
    """The arrays, and the lists and dictionaries of them, in a pickle file.

    They are read in a process with limits (`lart_core.untrusted.apart`).

    Raises:
        LartError: The file is no pickle, asks for more than NumPy arrays, or is too much for that
            process.
    """
    return apart.read(read_here, path)


def read_here(path: Path) -> Any:
    """What `read_pickled` gives, in this process."""
    if said := mistaken(path, "a pickle of plain arrays"):
        raise LartError(said)
    try:
        with path.open("rb") as file:
            return resolved(_Reader(file, encoding="latin1").load())
    except Exception as error:  # a damaged pickle may fail in any way
        reason = str(error).rstrip(".")
        raise LartError(
            f"Expected a pickle of plain arrays in {path.name}, but {reason}."
        ) from None
