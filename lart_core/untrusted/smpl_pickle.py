"""Reads the arrays of an official SMPL .pkl without running its pickle.

Those files are Python 2 pickles of a dict that holds NumPy arrays, chumpy objects and a SciPy
sparse matrix. Here every name in the pickle leads to one of the inert classes below or is refused;
neither NumPy's nor chumpy's nor SciPy's unpickling code is reached. The reader is the one written
in Python: the one in C reserves whatever memory a hostile file names.
"""

import io
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.file_kinds import mistaken
from lart_core.untrusted import apart
from lart_core.untrusted.stand_ins import (
    Inert,
    PlainArray,
    PlainDtype,
    encode,
    make_array,
    make_filled_array,
)

LARGEST_FILE = 1 << 30
"""Bytes; official files have at most about 250 MB."""

LARGEST_MATRIX = 1 << 27
"""Elements of a sparse matrix made whole; SMPL's have about 24 * 6890."""


class _Sparse(Inert):
    """scipy.sparse's compressed-column matrix."""

    @property
    def value(self) -> NDArray:
        rows, columns = (int(n) for n in self.state.get("_shape") or self.state["shape"])
        if not 0 < rows * columns <= LARGEST_MATRIX:
            raise ValueError("a sparse matrix has an absurd size")
        values, row, starts = (_array(self.state[k]) for k in ("data", "indices", "indptr"))
        if len(starts) != columns + 1 or starts[0] or starts[-1] != len(values):
            raise ValueError("a sparse matrix is malformed")
        dense = np.zeros((rows, columns), values.dtype)
        column = np.repeat(np.arange(columns), np.diff(starts))
        np.add.at(dense, (row, column), values)
        return dense


class _Chumpy(Inert):
    """chumpy's array (its values are in `x`) or its selection out of another one."""

    @property
    def value(self) -> NDArray:
        if "x" in self.state:
            return _array(self.state["x"])
        picked = _array(self.state["a"]).reshape(-1)[_array(self.state["idxs"])]
        return picked.reshape(self.state.get("preferred_shape", -1))


class _MakeObject(Inert):
    """copyreg's _reconstructor: an object of the class that comes first."""

    def __new__(cls, kind: Any = None, *_: Any) -> Any:
        if not (isinstance(kind, type) and issubclass(kind, Inert)):
            raise pickle.UnpicklingError("an object of an unknown class is refused")
        return kind()


_NAMES: dict[tuple[str, str], Any] = {
    ("copy_reg", "_reconstructor"): _MakeObject,
    ("copyreg", "_reconstructor"): _MakeObject,
    ("__builtin__", "object"): Inert,
    ("builtins", "object"): Inert,
    ("__builtin__", "set"): set,
    ("builtins", "set"): set,
    ("numpy", "ndarray"): Inert,
    ("numpy", "dtype"): PlainDtype,
    ("_codecs", "encode"): encode,
}
_PATTERNS: tuple[tuple[str, str, Any], ...] = (
    (r"numpy\.(core|_core)\.multiarray", "_reconstruct", make_array),
    (r"numpy\.(core|_core)\.numeric", "_frombuffer", make_filled_array),
    (r"numpy\.(core|_core)\.multiarray", "scalar", Inert),
    (r"scipy\.sparse(\.csc|\._csc)?", "csc_matrix", _Sparse),
    (r"chumpy(\.\w+)*", r"Ch|Select", _Chumpy),
    (r"chumpy(\.\w+)*", r"\w+", Inert),
)


class _Reader(pickle._Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _NAMES:
            return _NAMES[module, name]
        for module_pattern, name_pattern, stand_in in _PATTERNS:
            if re.fullmatch(module_pattern, module) and re.fullmatch(name_pattern, name):
                return stand_in
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no SMPL file needs")


def read_arrays(path: Path) -> dict[str, NDArray]:
    """Read every entry of an SMPL .pkl that is an array; others are left out.

    It is read in a process with limits (`lart_core.untrusted.apart`).

    Raises:
        LartError: The file is no such pickle, asks for anything but arrays, or is too much for
            that process.
    """
    return apart.read(read_here, path)


def read_here(path: Path) -> dict[str, NDArray]:
    """What `read_arrays` gives, in this process."""
    if said := mistaken(path, "an SMPL body (.pkl)"):
        raise LartError(said)
    if path.stat().st_size > LARGEST_FILE:
        raise LartError(f"{path.name} is larger than any SMPL file: it was not read.")
    try:
        content = _Reader(io.BytesIO(path.read_bytes()), encoding="latin1").load()
        if not isinstance(content, dict):
            raise ValueError("it holds no dictionary")
        return {
            _text(key): _array(value)
            for key, value in content.items()
            if isinstance(value, PlainArray | _Sparse | _Chumpy)
        }
    except Exception as error:  # a hostile pickle may fail in any way: none gets further than here
        reason = "it is no pickle" if isinstance(error, KeyError) else str(error).rstrip(".")
        raise LartError(f"{path.name} was refused as an SMPL .pkl: {reason}.") from error


def _array(value: Any) -> NDArray:
    if not isinstance(value, PlainArray | _Sparse | _Chumpy):
        raise ValueError("an array was expected")
    return value.value


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin1")
    if not isinstance(value, str):
        raise ValueError("a name was expected")
    return value
