"""Reads SMPL files as arrays: our .npz, or the user's official .npz or .pkl."""

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lart_core.body.skeleton import PARENTS, VERTICES
from lart_core.errors import LartError
from lart_core.file_kinds import NPZ, mistaken
from lart_core.untrusted.smpl_pickle import read_arrays

SHAPES = 10
"""Shape directions that are kept; files may hold more."""

LAYOUT: dict[str, tuple[int | None, ...]] = {
    "v_template": (VERTICES, 3),
    "shapedirs": (VERTICES, 3, None),
    "posedirs": (VERTICES, 3, 207),
    "J_regressor": (24, VERTICES),
    "weights": (VERTICES, 24),
    "kintree_table": (2, 24),
    "f": (None, 3),
}
"""SMPL's keys and the shapes of their arrays."""


def read_smpl(path: Path) -> dict[str, NDArray]:
    """Read an SMPL body, checked.

    A .pkl is read without running anything that it holds. Nothing is written anywhere.

    Args:
        path: ``.npz`` or ``.pkl``.

    Returns:
        The arrays of `LAYOUT`; ten shape directions; float32, faces and tree int64.

    Raises:
        LartError: The file is missing, unreadable or not an SMPL body.
    """
    if not path.is_file():
        raise LartError(f"There is no SMPL body file at {path}: correct the path or LART_SMPL.")
    readers = {".npz": _read_npz, ".pkl": read_arrays}
    if path.suffix.lower() not in readers:
        raise LartError(f"Expected an SMPL body as .npz or .pkl, but got {path.name}.")
    found = readers[path.suffix.lower()](path)
    missing = [key for key in LAYOUT if key not in found]
    if missing:
        raise LartError(f"{path.name} is not an SMPL body: it lacks {', '.join(missing)}.")
    body = {key: _checked(path, key, found[key]) for key in LAYOUT}
    _check_meaning(path, body)
    return body


def _read_npz(path: Path) -> dict[str, NDArray]:
    if said := mistaken(path, "an SMPL body (.npz)", (NPZ,)):
        raise LartError(said)
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in LAYOUT if key in file}
    except (ValueError, OSError, zipfile.BadZipFile, EOFError, MemoryError) as error:
        raise LartError(f"{path.name} is not a readable .npz of plain arrays: {error}") from error


def _checked(path: Path, key: str, array: NDArray) -> NDArray:
    want = LAYOUT[key]
    fits = array.ndim == len(want) and all(
        w in (None, n) for w, n in zip(want, array.shape, strict=True)
    )
    if not fits or array.dtype.kind not in "fiu":
        shape = tuple("any" if n is None else n for n in want)
        raise LartError(
            f"{path.name} is not an SMPL body: expected '{key}' as numbers of shape {shape}, "
            f"but got {array.dtype} of shape {array.shape}."
        )
    if key in ("f", "kintree_table"):
        # The root's parent is -1, which official files store as an unsigned 2**32 - 1.
        return array.astype(np.uint32).astype(np.int32).astype(np.int64)
    array = array[..., :SHAPES] if key == "shapedirs" else array
    return array.astype(np.float32)


def _check_meaning(path: Path, body: dict[str, NDArray]) -> None:
    def refuse(reason: str) -> LartError:
        return LartError(f"{path.name} is not an SMPL body: {reason}.")

    if body["shapedirs"].shape[2] != SHAPES:
        raise refuse(f"expected {SHAPES} shape directions, but got {body['shapedirs'].shape[2]}")
    for key, array in body.items():
        if not np.isfinite(array).all():
            raise refuse(f"'{key}' holds values that are not finite")
    if not len(body["f"]) or body["f"].min() < 0 or body["f"].max() >= VERTICES:
        raise refuse("its faces name vertices that do not exist")
    if tuple(body["kintree_table"][0][1:]) != PARENTS[1:]:
        raise refuse("its joints form another tree than SMPL's")
