"""Keep what perception found, frame by frame, in one npz without pickles."""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
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
    provenance = {name: made for body in bodies for name, made in body.provenance.items()}
    arrays["provenance"] = np.frombuffer(json.dumps(provenance).encode(), np.uint8)
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
        provenance = _provenance(arrays.pop("provenance", None))
        count = typed_array("count", arrays.pop("count"), "int64")
        if count.ndim != 1 or (count < 0).any():
            raise ValueError("it counts no people")
        _check(arrays, int(count.sum()))
        ends = np.cumsum(count)[:-1]
        bodies = _unpack("body", Bodies, arrays, ends)
        bodies = [replace(each, provenance=provenance) for each in bodies]
        return _unpack("detection", Detections, arrays, ends), bodies


def _provenance(kept: NDArray[Any] | None) -> dict[str, str]:
    """What made the bodies; older versions did not keep it."""
    if kept is None:
        return {}
    told = json.loads(typed_array("provenance", kept, "uint8").tobytes())
    if not isinstance(told, dict) or not all(isinstance(made, str) for made in told.values()):
        raise ValueError("it does not say what made the bodies")
    return told


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
    for name, some in _arrays(frames).items():
        packed[f"{prefix}_{name}"] = np.concatenate([_rows(found, name, some) for found in frames])
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


def _arrays(frames: Sequence[Found]) -> dict[str, NDArray[Any]]:
    """Each array that any of the frames has, as one of them has it."""
    return {
        field.name: value
        for found in frames
        for field in fields(found)
        if isinstance(value := getattr(found, field.name), np.ndarray)
    }


def _rows(found: Found, name: str, like: NDArray[Any]) -> NDArray[Any]:
    """A frame's rows of an array; unknown (NaN, or False) where it has none."""
    rows: NDArray[Any] | None = getattr(found, name)
    if rows is None:
        unknown = np.nan if like.dtype.kind == "f" else 0
        rows = np.full((len(found), *like.shape[1:]), unknown, like.dtype)
    return rows
