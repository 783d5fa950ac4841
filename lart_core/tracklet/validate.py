"""Checks of a tracklet's arrays, each with one sentence about what was expected and what came."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError

if TYPE_CHECKING:
    from lart_core.tracklet.data import Tracklet

LAYOUT: dict[str, tuple[str, tuple[int | str, ...]]] = {
    "frame": ("int64", ("T",)),
    "box": ("float32", ("T", 4)),
    "score": ("float32", ("T",)),
    "detected": ("bool", ("T",)),
    "global_orient": ("float32", ("T", 3, 3)),
    "body_pose": ("float32", ("T", 23, 3, 3)),
    "betas": ("float32", ("T", 10)),
    "camera": ("float32", ("T", 3)),
    "joints": ("float32", ("T", 45, 3)),
    "appearance": ("float32", ("K", "D")),
    "appearance_frame": ("int64", ("K",)),
}
"""Every array of a tracklet: its dtype and its shape, where T, K and D are free."""

ROTATION_TOLERANCE = 1e-3


def video(name: str, width: int, height: int, fps: float, frames: int) -> None:
    """Refuse facts that no video has."""
    numbers = (width, height, frames)
    if not isinstance(name, str) or not all(isinstance(n, int | np.integer) for n in numbers):
        raise LartError("Expected a video's name as text and its size and frames as whole numbers.")
    if not (width > 0 and height > 0 and frames >= 0 and fps > 0 and np.isfinite(fps)):
        raise LartError(
            f"Expected a video with positive size and frame rate, but got {name!r} with "
            f"{width}x{height} pixels, {fps} frames/s and {frames} frames."
        )


def array(name: str, value: Any, dtype: str) -> NDArray[Any]:
    """Return `value` as an array of `dtype`, refusing a change of kind (say floats for bools)."""
    given = np.asarray(value)
    if given.dtype == object or not np.can_cast(given.dtype, dtype, "same_kind"):
        raise LartError(f"Expected '{name}' as {dtype}, but got {given.dtype}.")
    return np.ascontiguousarray(given, dtype)


def tracklet(t: "Tracklet") -> None:
    """Refuse a tracklet whose arrays contradict each other or cannot be."""
    shapes({name: getattr(t, name) for name in LAYOUT})
    if len(t.frame) == 0:
        raise LartError(f"Expected track {t.track_id} to have at least one frame, but it has none.")
    if t.frame[0] < 0 or np.any(np.diff(t.frame) != 1):
        raise LartError(
            f"Expected consecutive frame numbers from 0 in track {t.track_id}, but got "
            f"{t.frame[:8].tolist()}…; fill gaps with detected = False."
        )
    if t.mask is not None and len(t.mask) != len(t.frame):
        raise LartError(f"Expected {len(t.frame)} masks, one a frame, but got {len(t.mask)}.")
    for name in ("box", "score", "betas", "camera", "joints", "appearance"):
        if not np.isfinite(getattr(t, name)).all():
            raise LartError(f"Expected finite numbers in '{name}' of track {t.track_id}.")
    inside_out = (t.box[:, 2] < t.box[:, 0]) | (t.box[:, 3] < t.box[:, 1])
    if inside_out.any():
        row = int(np.flatnonzero(inside_out)[0])
        raise LartError(
            f"Expected boxes as x1 y1 x2 y2 with x1 <= x2 and y1 <= y2, but frame "
            f"{int(t.frame[row])} of track {t.track_id} has {t.box[row].tolist()}."
        )
    if np.any(np.diff(t.appearance_frame) < 0):
        raise LartError(f"Expected 'appearance_frame' of track {t.track_id} to ascend.")
    rotations("global_orient", t.global_orient)
    rotations("body_pose", t.body_pose)


def rotations(name: str, matrices: NDArray[np.floating]) -> None:
    """Refuse (..., 3, 3) matrices that are not rotations."""
    flat = matrices.reshape(-1, 3, 3).astype(np.float64)
    error = np.abs(flat @ flat.transpose(0, 2, 1) - np.eye(3)).max(axis=(1, 2), initial=0)
    wrong = ~(error < ROTATION_TOLERANCE) | (np.linalg.det(flat) < 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise LartError(
            f"Expected rotation matrices in '{name}' (orthonormal, determinant 1), but entry {row} "
            f"is off by {error[row]:.3g}; rotation vectors must be converted first."
        )


def shapes(arrays: Mapping[str, NDArray[Any]]) -> None:
    """Refuse arrays of the layout whose shapes are others or contradict each other."""
    free: dict[str, tuple[str, int]] = {}
    for name, array in arrays.items():
        expected, got = LAYOUT[name][1], array.shape
        if len(got) != len(expected):
            raise LartError(_shape_message(name, expected, got))
        for want, have in zip(expected, got, strict=True):
            if isinstance(want, int) and want != have:
                raise LartError(_shape_message(name, expected, got))
            if isinstance(want, str):
                owner, length = free.setdefault(want, (name, have))
                if length != have:
                    raise LartError(
                        f"{_shape_message(name, expected, got)} '{owner}' has {want} = {length}."
                    )


def _shape_message(name: str, expected: tuple[int | str, ...], got: tuple[int, ...]) -> str:
    wanted = ", ".join(map(str, expected))
    return f"Expected '{name}' to have shape ({wanted}), but got {tuple(got)}."
