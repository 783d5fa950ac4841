"""Keep what perception found, frame by frame, in one npz without pickles."""

from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lart_core.atomic_files import replacing
from lart_core.perception.protocols import Bodies, Detections

Found = TypeVar("Found", Detections, Bodies)


def save_perception(path: Path, detections: Sequence[Detections], bodies: Sequence[Bodies]) -> None:
    """Write the detections and bodies of every frame, atomically."""
    arrays = {"count": np.array([len(found) for found in detections], np.int64)}
    arrays |= _pack("detection", detections) | _pack("body", bodies)
    with replacing(path) as made, made.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def load_perception(path: Path) -> tuple[list[Detections], list[Bodies]]:
    """Read what `save_perception` wrote."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    ends = np.cumsum(arrays.pop("count"))[:-1]
    return _unpack("detection", Detections, arrays, ends), _unpack("body", Bodies, arrays, ends)


def _pack(prefix: str, frames: Sequence[Found]) -> dict[str, NDArray[Any]]:
    packed = {}
    for name in _array_names(frames):
        packed[f"{prefix}_{name}"] = np.concatenate([getattr(found, name) for found in frames])
    if any(found.mask is not None for found in frames):
        each = (found.mask or (None,) * len(found) for found in frames)
        masks = [mask or b"" for many in each for mask in many]
        packed[f"{prefix}_mask_length"] = np.array([len(mask) for mask in masks], np.int64)
        packed[f"{prefix}_mask_bytes"] = np.frombuffer(b"".join(masks), np.uint8)
    return packed


def _unpack(
    prefix: str, kind: type[Found], arrays: dict[str, NDArray[Any]], ends: NDArray[np.int64]
) -> list[Found]:
    columns: dict[str, list[Any]] = {}
    for field in fields(kind):
        if f"{prefix}_{field.name}" in arrays:
            columns[field.name] = np.split(arrays[f"{prefix}_{field.name}"], ends)
    if f"{prefix}_mask_length" in arrays:
        lengths = arrays[f"{prefix}_mask_length"]
        cuts = np.cumsum(lengths)
        data = arrays[f"{prefix}_mask_bytes"].tobytes()
        masks = [data[cut - n : cut] or None for cut, n in zip(cuts, lengths, strict=True)]
        bounds = [0, *ends.tolist(), len(masks)]
        columns["mask"] = [tuple(masks[a:b]) for a, b in pairwise(bounds)]
    return [
        kind(**dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)
    ]


def _array_names(frames: Sequence[Found]) -> list[str]:
    if not frames:
        return []
    return [
        field.name
        for field in fields(frames[0])
        if isinstance(getattr(frames[0], field.name), np.ndarray)
    ]
