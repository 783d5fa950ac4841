"""NumPy's part of a pickle, read by inert stand-ins: NumPy's own unpickling code is never reached.

Each reader in this folder lists the names that a file may ask for; arrays, their dtypes and single
numbers lead here. Whatever is wrong with them is a `LartError`.
"""

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError

LARGEST_ARRAY = 1 << 30
"""Bytes of one array."""

_CODE = re.compile(r"[<>=|]?([biuf][1248]|f16|[SU]\d{1,4})")


class Inert:
    """An object that only remembers what the pickle says about it."""

    def __init__(self, *args: Any) -> None:
        self.args = args
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class PlainDtype(Inert):
    """Stands for `numpy.dtype`."""

    @property
    def value(self) -> np.dtype:
        """The dtype, if it is one of numbers or text.

        Raises:
            LartError: It is another, or crafted.
        """
        code = self.args[0] if self.args else ""
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise LartError(
                f"Expected arrays of numbers or text, but the file has one of dtype {code!r:.40}."
            )
        if self.state is None:
            return np.dtype(code)
        state = self.state
        if not (isinstance(state, tuple) and len(state) >= 5 and state[1] in ("<", ">", "=", "|")):
            raise LartError("Expected a plain dtype, but the file has a crafted one.")
        if any(part is not None for part in state[2:5]):
            raise LartError("Expected arrays of numbers or text, but the file has records.")
        return np.dtype(code).newbyteorder(state[1])


class PlainArray(Inert):
    """Stands for an array that is made first and filled later."""

    @property
    def value(self) -> NDArray[Any]:
        """The array, if it is one of numbers or text.

        Raises:
            LartError: It is another, or the file never filled it.
        """
        if not isinstance(self.state, tuple) or len(self.state) != 5:
            raise LartError("Expected an array, but the file has a crafted one.")
        _, shape, dtype, fortran, data = self.state
        kind, raw = plain(dtype), _bytes(data)
        if size(shape, kind) != len(raw):
            raise LartError("Expected an array, but the file has another number of bytes for it.")
        return np.frombuffer(bytearray(raw), kind).reshape(shape, order="F" if fortran else "C")


def make_array(*_: Any) -> PlainArray:
    """Stands for numpy's `_reconstruct`: an array that is filled later."""
    return PlainArray()


def make_filled_array(data: Any, dtype: Any, shape: Any, order: Any) -> PlainArray:
    """Stands for numpy's `_frombuffer` of newer pickles: an array that comes with its bytes."""
    array = PlainArray()
    array.__setstate__((1, shape, dtype, order == "F", data))
    return array


def scalar(dtype: Any, data: Any = b"") -> Any:
    """Stands for numpy's `scalar`: one number."""
    kind = plain(dtype)
    raw = _bytes(data)
    if len(raw) != kind.itemsize:
        raise LartError("Expected a number, but the file has something else there.")
    return np.frombuffer(raw, kind)[0]


def encode(text: Any, encoding: Any = "latin1") -> bytes:
    """Stands for `_codecs.encode`, by which Python 3 writes bytes into old pickles."""
    if not isinstance(text, str) or encoding != "latin1":
        raise LartError("Expected bytes as old pickles hold them, but the file has another kind.")
    return text.encode("latin1")


def resolved(value: Any) -> Any:
    """What was read, with arrays in place of what stands for them; also within dicts and lists."""
    return _resolved(value, {})


def _resolved(value: Any, known: dict[int, tuple[Any, Any]]) -> Any:
    """`known` has what was met already: it may be in several places, and even in itself."""
    if not isinstance(value, PlainArray | dict | list | tuple):
        return value
    if id(value) in known:
        return known[id(value)][1]
    if isinstance(value, tuple):
        made: Any = tuple(_resolved(part, known) for part in value)
        known[id(value)] = value, made
        return made
    made = value.value if isinstance(value, PlainArray) else type(value)()
    known[id(value)] = value, made
    if isinstance(value, dict):
        made.update({key: _resolved(part, known) for key, part in value.items()})
    elif isinstance(value, list):
        made.extend(_resolved(part, known) for part in value)
    return made


def plain(dtype: Any) -> np.dtype:
    """The dtype that a `PlainDtype` stands for; anything else is refused."""
    if type(dtype) is not PlainDtype:
        raise LartError("Expected an array's dtype, but the file has something else there.")
    return dtype.value


def size(shape: Any, dtype: np.dtype) -> int:
    """Bytes of an array, if `shape` is a shape and not out of measure."""
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise LartError(f"Expected an array's shape, but the file has {shape!r:.60}.")
    count = math.prod(shape) * dtype.itemsize
    if count > LARGEST_ARRAY or len(shape) > 32:
        raise LartError(
            f"The file has an array of shape {shape!r:.60}, larger than the "
            f"{LARGEST_ARRAY >> 20} MiB that are read at most; it was not read."
        )
    return count


def _bytes(data: Any) -> bytes | bytearray:
    if isinstance(data, str):  # bytes of Python 2, read as latin1
        data = data.encode("latin1")
    if not isinstance(data, bytes | bytearray):
        raise LartError("Expected bytes of numbers, but the file has something else there.")
    return data
