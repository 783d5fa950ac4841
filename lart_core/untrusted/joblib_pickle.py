"""Reading joblib pickles of strangers: numbers, text and plain containers, and nothing that runs.

Loading a pickle runs what it names. Here it may name a short list of things, each of which is
replaced by code of ours that checks what it is given; arrays must be of plain numbers or text, and
what is read is counted. All this happens in a process with limits (`lart_core.untrusted.apart`).
"""

import bz2
import gzip
import io
import lzma
import math
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from joblib.compressor import BinaryZlibFile
from joblib.numpy_pickle import NumpyArrayWrapper, NumpyUnpickler
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.file_kinds import mistaken
from lart_core.untrusted import apart
from lart_core.untrusted.stand_ins import (
    PlainArray,
    PlainDtype,
    encode,
    make_array,
    make_filled_array,
    plain,
    resolved,
    scalar,
    size,
)

MAX_GROWTH = 200
"""Honest tracks shrink to no less than a hundredth by compression."""
SLACK = 64 << 20

_HEADER = {
    "subclass",
    "shape",
    "order",
    "dtype",
    "allow_mmap",
    "numpy_array_alignment_bytes",
}
_OPENERS: dict[bytes, Any] = {
    b"\x1f\x8b": gzip.open,
    b"BZ": bz2.open,
    b"\xfd7": lzma.open,
    b"\x5d\x00": lzma.open,
    b"\x78": lambda file: BinaryZlibFile(file, "rb"),
}


def load(path: Path) -> Any:
    """The content of a joblib pickle, compressed or not, or of a plain pickle.

    Raises:
        LartError: It holds what no tracklet file needs, is damaged, grows out of measure, or is
            too much for the process with limits.
    """
    return apart.read(load_here, path)


def load_here(path: Path) -> Any:
    """What `load` gives, in this process: for one that has limits already."""
    if said := mistaken(path, "PHALP's or LART's file (a pickle)"):
        raise LartError(said)
    stored = path.stat().st_size
    with path.open("rb") as raw:
        start = raw.read(2)
        raw.seek(0)
        opener = next((o for magic, o in _OPENERS.items() if start.startswith(magic)), None)
        plain = raw if opener is None else opener(raw)
        limit = stored if opener is None else MAX_GROWTH * stored + SLACK
        try:
            return resolved(_Unpickler(_Metered(plain, limit)).load())
        except LartError:
            raise
        except MemoryError:
            raise LartError(f"The file {path.name} needs more memory than it may have.") from None
        except Exception:  # a damaged pickle raises whatever the damage leads it to
            raise LartError(
                f"Expected a joblib pickle in {path.name}, but it is damaged or another kind of "
                f"file."
            ) from None


class _Metered:
    """A stream that gives no more than `limit` bytes."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file, self._left = file, limit

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left + 1 if size < 0 else min(size, self._left + 1))
        return self._counted(data)

    def readline(self) -> bytes:
        return self._counted(self._file.readline(self._left + 1))

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise LartError(
                f"The file unpacks to more than {MAX_GROWTH} times its size, as no tracks do; it "
                f"was not read."
            )
        return data


class _Unpickler(NumpyUnpickler):
    """joblib's reader with an allow-list, and checks before any array is made."""

    dispatch = NumpyUnpickler.dispatch.copy()

    def __init__(self, file: _Metered) -> None:
        super().__init__("", cast(io.BufferedIOBase, file), ensure_native_byte_order=True)

    def find_class(self, module: str, name: str) -> Any:
        """Our stand-in for one of the few things that may be named."""
        try:
            return _ALLOWED[module.replace("numpy._core", "numpy.core"), name]
        except KeyError:
            raise LartError(
                f"The file asks for '{module}.{name}', which no tracklet file needs; it was not "
                f"read."
            ) from None

    def load_build(self) -> None:
        """Set the state of an array's header or dtype; nothing else has one."""
        state, target = self.stack[-1], self.stack[-2]
        if type(target) is NumpyArrayWrapper:
            self.stack[-1] = _checked_header(state)
        elif type(target) not in (PlainDtype, PlainArray):
            raise LartError(
                f"The file sets the inner state of a {type(target).__name__}, which no tracklet "
                f"file does; it was not read."
            )
        super().load_build()

    dispatch[pickle.BUILD[0]] = load_build


class _Mark:
    """Stands for `numpy.ndarray` where a file names it; cannot be called."""


_NDARRAY = _Mark()


def _checked_header(state: Any) -> dict[str, Any]:
    if not isinstance(state, dict) or not set(state) <= _HEADER or "shape" not in state:
        raise LartError("Expected joblib's header of an array, but the file has a crafted one.")
    dtype = plain(state["dtype"])
    if state["subclass"] is not _NDARRAY or state["order"] not in ("C", "F"):
        raise LartError("Expected plain arrays, but the file has another kind; it was not read.")
    if state.get("numpy_array_alignment_bytes") not in (None, 16):
        raise LartError("Expected joblib's header of an array, but the file has a crafted one.")
    size(state["shape"], dtype)
    return state | {"subclass": np.ndarray, "dtype": dtype, "allow_mmap": False}


def _storage(data: Any) -> NDArray[Any]:
    """Numbers of a torch storage, read by torch's own reader of weights alone."""
    import torch

    if not isinstance(data, bytes):
        raise LartError("Expected a torch storage, but the file has something else there.")
    try:
        stored = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        return torch.tensor([], dtype=stored.dtype).set_(stored).numpy()
    except Exception as error:  # torch raises whatever the damage leads it to
        raise LartError(
            f"The file holds a torch tensor that cannot be read safely: {error}"
        ) from None


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> NDArray[Any]:
    numbers = [offset, *size, *stride] if isinstance(size, tuple) else [None]
    whole = all(type(n) is int and n >= 0 for n in numbers)
    if not isinstance(storage, np.ndarray) or not whole or len(size) != len(stride):
        raise LartError("Expected a torch tensor, but the file has a crafted one.")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if math.prod(size) and (last >= len(storage) or math.prod(size) > len(storage)):
        raise LartError("The file holds a torch tensor that reaches beyond its numbers.")
    steps = [step * storage.itemsize for step in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], size, steps).copy()


_ALLOWED: dict[tuple[str, str], Any] = {
    ("joblib.numpy_pickle", "NumpyArrayWrapper"): NumpyArrayWrapper,
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): PlainDtype,
    ("numpy.core.multiarray", "_reconstruct"): make_array,
    ("numpy.core.multiarray", "scalar"): scalar,
    ("numpy.core.numeric", "_frombuffer"): make_filled_array,
    ("_codecs", "encode"): encode,
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch.storage", "_load_from_bytes"): _storage,
}
"""Everything that a file may name, and what it gets."""
