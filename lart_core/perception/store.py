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
from lart_core.stored_files import read_npz, reading
from lart_core.tracklet.data import typed_array

Found = TypeVar("Found", Detections, Bodies)

ROWS: dict[str, tuple[int, ...]] = {
    "detection_box": (4,),
    "detection_score": (),
    "body_valid": (),
    "body_global_orient": (3, 3),
    "body_body_pose": (23, 3, 3),
    "body_betas": (10,),
    "body_camera": (3,),
    "body_joints": (45, 3),
}
"""Shape of one person's part of the arrays that are always there."""


def save_perception(
    path: Path,
    detections: Sequence[Detections],
    bodies: Sequence[Bodies],
    cuts: Sequence[int] = (),
) -> None:
    """Write the detections and bodies of every frame, atomically, and which frames begin shots."""
    arrays = {"count": np.array([len(found) for found in detections], np.int64)}
    arrays["cuts"] = np.array(cuts, np.int64)
    arrays |= _pack("detection", detections) | _pack("body", bodies)
    with replacing(path) as made, made.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def load_perception(path: Path) -> tuple[list[Detections], list[Bodies]]:
    """Read what `save_perception` wrote.

    Raises:
        LartError: The file is not there or damaged.
    """
    with reading(path, f"The file {path.name} of the run", "remove it and process the video again"):
        arrays = read_npz(path)
        arrays.pop("cuts", None)
        count = typed_array("count", arrays.pop("count"), "int64")
        if count.ndim != 1 or (count < 0).any():
            raise ValueError("it counts no people")
        _check(arrays, int(count.sum()))
        ends = np.cumsum(count)[:-1]
        return _unpack("detection", Detections, arrays, ends), _unpack("body", Bodies, arrays, ends)


def _check(arrays: dict[str, NDArray[Any]], people: int) -> None:
    """Refuse arrays that are not one row a person, of numbers, and of the layout's width."""
    for name, array in arrays.items():
        if name.endswith("_mask_bytes"):
            continue
        if array.dtype.kind not in "biuf" or array.ndim < 1 or len(array) != people:
            raise ValueError(f"{name} is {array.dtype} of shape {array.shape} for {people} people")
    for name, shape in ROWS.items():
        if people and arrays[name].shape[1:] != shape:
            raise ValueError(f"{name} is of shape {arrays[name].shape}")
    for prefix in ("detection", "body"):
        if f"{prefix}_mask_length" in arrays:
            lengths = typed_array("mask", arrays[f"{prefix}_mask_length"], "int64")
            if (lengths < 0).any() or lengths.sum() != arrays[f"{prefix}_mask_bytes"].nbytes:
                raise ValueError("its masks are not as long as it says")


def load_cuts(path: Path) -> list[int]:
    """Numbers of the frames that begin a new shot; none where an older version wrote the file.

    Raises:
        LartError: The file is not there or damaged.
    """
    with reading(path, f"The file {path.name} of the run", "remove it and process the video again"):
        cuts = read_npz(path).get("cuts", np.zeros(0, np.int64))
        return [int(cut) for cut in typed_array("cuts", cuts, "int64").ravel()]


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
