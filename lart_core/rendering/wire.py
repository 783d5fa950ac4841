"""Messages between the renderer and its process: JSON facts and raw arrays, never pickles."""

import json
import struct
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Message = tuple[dict[str, Any], list[NDArray]]


def send(stream: IO[bytes], facts: dict[str, Any], arrays: list[NDArray] | None = None) -> None:
    """Write one message: a length, JSON, and the arrays' bytes."""
    packed = [np.ascontiguousarray(array) for array in arrays or []]
    layout = [(array.dtype.str, array.shape) for array in packed]
    head = json.dumps({"facts": facts, "arrays": layout}).encode()
    stream.write(struct.pack("<I", len(head)) + head)
    for array in packed:
        stream.write(array.data.cast("B") if array.size else b"")
    stream.flush()


def receive(stream: IO[bytes]) -> Message:
    """Read one message.

    Raises:
        EOFError: The other side is gone.
    """
    (length,) = struct.unpack("<I", _exactly(stream, 4))
    head = json.loads(_exactly(stream, length))
    arrays = []
    for code, shape in head["arrays"]:
        array = np.empty(shape, np.dtype(code))
        if array.size:
            array.data.cast("B")[:] = _exactly(stream, array.nbytes)
        arrays.append(array)
    return head["facts"], arrays


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data
