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

LARGEST_FILE = 1 << 30
"""Bytes; official files have at most about 250 MB."""

LARGEST_ARRAY = 1 << 27
"""Elements of one array; the largest that SMPL has is about 6890 * 3 * 300."""


class _Inert:
    """An object that only remembers what the pickle says about it."""

    def __init__(self, *args: Any) -> None:
        self.args = args
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Dtype(_Inert):
    def resolve(self) -> np.dtype:
        code = _text(self.args[0]) if self.args else ""
        if not re.fullmatch(r"[<>|=]?[fiub][1248]", code):
            raise ValueError(f"arrays of type {code!r} are refused")
        order = _text(self.state[1]) if isinstance(self.state, tuple) else "="
        if order not in ("<", ">", "|", "="):
            raise ValueError("an array's byte order is unknown")
        return np.dtype(code).newbyteorder("=" if order == "|" else order)  # type: ignore[arg-type]


class _Array(_Inert):
    def resolve(self) -> NDArray:
        _, shape, dtype, fortran, data = self.state
        if not isinstance(dtype, _Dtype):
            raise ValueError("an array has no type")
        raw = data.encode("latin1") if isinstance(data, str) else data
        flat = np.frombuffer(raw, dtype.resolve())
        return flat.reshape(shape, order="F" if fortran else "C")


class _Sparse(_Inert):
    """scipy.sparse's compressed-column matrix."""

    def resolve(self) -> NDArray:
        rows, columns = (int(n) for n in self.state.get("_shape") or self.state["shape"])
        if not 0 < rows * columns <= LARGEST_ARRAY:
            raise ValueError("a sparse matrix has an absurd size")
        values, row, starts = (_array(self.state[k]) for k in ("data", "indices", "indptr"))
        if len(starts) != columns + 1 or starts[0] or starts[-1] != len(values):
            raise ValueError("a sparse matrix is malformed")
        dense = np.zeros((rows, columns), values.dtype)
        column = np.repeat(np.arange(columns), np.diff(starts))
        np.add.at(dense, (row, column), values)
        return dense


class _Chumpy(_Inert):
    """chumpy's array (its values are in `x`) or its selection out of another one."""

    def resolve(self) -> NDArray:
        if "x" in self.state:
            return _array(self.state["x"])
        picked = _array(self.state["a"]).reshape(-1)[_array(self.state["idxs"])]
        return picked.reshape(self.state.get("preferred_shape", -1))


class _MakeArray(_Inert):
    """numpy's _reconstruct: an array that is filled later."""

    def __new__(cls, *_: Any) -> Any:
        return _Array()


class _MakeFilledArray(_Inert):
    """numpy's _frombuffer of newer pickles: an array that comes with its bytes."""

    def __new__(cls, data: Any, dtype: Any, shape: Any, order: Any) -> Any:
        array = _Array()
        array.state = (1, shape, dtype, order == "F", bytes(data))
        return array


class _Encode(_Inert):
    """_codecs.encode, by which Python 3 writes bytes into old pickles."""

    def __new__(cls, text: Any, codec: Any) -> Any:
        if codec != "latin1":
            raise pickle.UnpicklingError(f"text in {codec!r} is refused")
        return _text(text).encode("latin1")


class _MakeObject(_Inert):
    """copyreg's _reconstructor: an object of the class that comes first."""

    def __new__(cls, kind: Any = None, *_: Any) -> Any:
        if not (isinstance(kind, type) and issubclass(kind, _Inert)):
            raise pickle.UnpicklingError("an object of an unknown class is refused")
        return kind()


_NAMES: dict[tuple[str, str], Any] = {
    ("copy_reg", "_reconstructor"): _MakeObject,
    ("copyreg", "_reconstructor"): _MakeObject,
    ("__builtin__", "object"): _Inert,
    ("builtins", "object"): _Inert,
    ("numpy", "ndarray"): _Inert,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _Encode,
}
_PATTERNS: tuple[tuple[str, str, Any], ...] = (
    (r"numpy\.(core|_core)\.multiarray", "_reconstruct", _MakeArray),
    (r"numpy\.(core|_core)\.numeric", "_frombuffer", _MakeFilledArray),
    (r"numpy\.(core|_core)\.multiarray", "scalar", _Inert),
    (r"scipy\.sparse(\.csc|\._csc)?", "csc_matrix", _Sparse),
    (r"chumpy(\.\w+)*", r"Ch|Select", _Chumpy),
    (r"chumpy(\.\w+)*", r"\w+", _Inert),
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

    Raises:
        LartError: The file is no such pickle, or asks for anything but arrays.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise LartError(f"{path.name} is larger than any SMPL file: it was not read.")
    try:
        content = _Reader(io.BytesIO(path.read_bytes()), encoding="latin1").load()
        if not isinstance(content, dict):
            raise ValueError("it holds no dictionary")
        return {
            _text(key): _array(value)
            for key, value in content.items()
            if isinstance(value, _Array | _Sparse | _Chumpy)
        }
    except Exception as error:  # a hostile pickle may fail in any way: none gets further than here
        raise LartError(f"{path.name} was refused as an SMPL .pkl: {error}.") from error


def _array(value: Any) -> NDArray:
    if not isinstance(value, _Array | _Sparse | _Chumpy):
        raise ValueError("an array was expected")
    return value.resolve()


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin1")
    if not isinstance(value, str):
        raise ValueError("a name was expected")
    return value
