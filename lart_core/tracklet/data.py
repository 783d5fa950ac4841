"""`Tracklet`: one person in one video, every array named, typed and checked once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.tracklet.person_vector import person_vector
from lart_core.tracklet.video_facts import VideoFacts

REGRESSED_JOINTS = 19
JOINTS = 45
"""SMPL's 24 joints and the 21 landmarks that smplx adds."""
PARTS = 24
"""Parts of a body, each of which turns about one of SMPL's joints."""

LAYOUT: dict[str, tuple[str, tuple[int | str, ...]]] = {
    "frame": ("int64", ("T",)),
    "box": ("float32", ("T", 4)),
    "score": ("float32", ("T",)),
    "detected": ("bool", ("T",)),
    "global_orient": ("float32", ("T", 3, 3)),
    "body_pose": ("float32", ("T", 23, 3, 3)),
    "betas": ("float32", ("T", 10)),
    "camera": ("float32", ("T", 3)),
    "joints": ("float32", ("T", JOINTS, 3)),
    "appearance": ("float32", ("K", "D")),
    "appearance_frame": ("int64", ("K",)),
    "given": ("int64", ("G",)),
    "regressed": ("float32", ("R", REGRESSED_JOINTS, 3)),
    "unseen": ("bool", ("U", PARTS)),
}
"""Every array of a tracklet: its dtype and its shape, where T, K, D, G, R and U are free."""

WHERE_KNOWN = ("regressed", "unseen")
"""Arrays with a row a frame, or none where they are not known."""

ROTATION_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Tracklet:
    """One person in one video over T frames.

    Frames are consecutive. Where no body was seen (a gap), `detected` is False and the arrays hold
    the tracker's prediction, never a silent zero; where the person was seen but no body could be
    lifted, box and score are still the seen ones.

    Attributes:
        track_id: Identity of the person within the video, from 1.
        video: Facts of the video.
        frame: (T,) int64, consecutive frame numbers from 0.
        box: (T, 4) float32, x1 y1 x2 y2 in image pixels.
        score: (T,) float32, the detector's confidence in 0..1; 0 where nobody was seen.
        detected: (T,) bool, whether the person's body was seen in this frame.
        global_orient: (T, 3, 3) float32, rotation of the body before the camera.
        body_pose: (T, 23, 3, 3) float32, SMPL body rotations relative to the parent joint.
        betas: (T, 10) float32, SMPL shape.
        camera: (T, 3) float32, metres before PHALP's camera (`lart_core.camera`).
        joints: (T, 45, 3) float32, metres, body-centred, in the camera's axes.
        appearance: (K, D) float32 appearance vectors; K = 0 where there are none.
        appearance_frame: (K,) int64, the frame of each appearance vector, ascending.
        mask: One COCO run-length string a frame (None where there is no mask), or None.
        given: (G,) int64, frames in which the box was given and not detected, ascending.
        regressed: (T, 19, 3) float32, the joints that PHALP regresses from the mesh, as `joints`;
            (0, 19, 3) where they are not known and `joints` must stand for them.
        unseen: (T, 24) bool, parts of the body that were not seen and hold a guess: the thigh is
            the part of SMPL's hip joint; (0, 24) where nothing is known of that.
        keyframe: The frame around whose window the person was followed (AVA's protocol): what is
            said of that keyframe comes from this tracklet. None: through the whole video.
        person: Who this is, where windows give one person several tracklets: the `track_id` of the
            first of them. None: this tracklet is all there is of the person.
        provenance: Which backend and weights made what, as plain strings.

    Raises:
        LartError: An array has another shape or dtype kind, rotations are none, boxes are inside
            out or lengths disagree. The message says what was expected and what came.
    """

    track_id: int
    video: VideoFacts
    frame: NDArray[np.int64]
    box: NDArray[np.float32]
    score: NDArray[np.float32]
    detected: NDArray[np.bool_]
    global_orient: NDArray[np.float32]
    body_pose: NDArray[np.float32]
    betas: NDArray[np.float32]
    camera: NDArray[np.float32]
    joints: NDArray[np.float32]
    appearance: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    appearance_frame: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    mask: tuple[bytes | None, ...] | None = None
    given: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    regressed: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, REGRESSED_JOINTS, 3), np.float32)
    )
    unseen: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, PARTS), bool))
    keyframe: int | None = None
    person: int | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, (dtype, _) in LAYOUT.items():
            object.__setattr__(self, name, typed_array(name, getattr(self, name), dtype))
        _check(self)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def first(self) -> int:
        """First frame number."""
        return int(self.frame[0])

    @property
    def times(self) -> NDArray[np.float64]:
        """(T,) seconds at which the frames are shown."""
        return self.video.second_of(self.frame)

    @property
    def last(self) -> int:
        """Last frame number."""
        return int(self.frame[-1])

    def person_vector(self) -> NDArray[np.float32]:
        """(T, 229) person vector of each frame (`lart_core.tracklet.person_vector`)."""
        return person_vector(self.global_orient, self.body_pose, self.betas, self.camera)

    def between(self, first: int, last: int) -> "Tracklet":
        """The part of this tracklet in frames first..last (both included).

        A part without the keyframe has none.
        """
        keep = (self.frame >= first) & (self.frame <= last)
        keep_appearance = (self.appearance_frame >= first) & (self.appearance_frame <= last)
        per_frame = {
            name: getattr(self, name)[keep]
            for name, (_, shape) in LAYOUT.items()
            if shape[0] == "T" or (name in WHERE_KNOWN and len(getattr(self, name)))
        }
        mask = self.mask and tuple(m for m, k in zip(self.mask, keep, strict=True) if k)
        whole = self.keyframe is None or first <= self.keyframe <= last
        return replace(
            self,
            **per_frame,
            mask=mask,
            appearance=self.appearance[keep_appearance],
            appearance_frame=self.appearance_frame[keep_appearance],
            given=self.given[(self.given >= first) & (self.given <= last)],
            keyframe=self.keyframe if whole else None,
        )


def typed_array(name: str, value: Any, dtype: str) -> NDArray[Any]:
    """Return `value` as an array of `dtype`, refusing a change of kind (say floats for bools)."""
    given = np.asarray(value)
    if given.dtype == object or not np.can_cast(given.dtype, dtype, "same_kind"):
        raise LartError(f"Expected '{name}' as {dtype}, but got {given.dtype}.")
    return np.ascontiguousarray(given, dtype)


def _check(t: "Tracklet") -> None:
    """Refuse a tracklet whose arrays contradict each other or cannot be."""
    check_shapes({name: getattr(t, name) for name in LAYOUT})
    if len(t.frame) == 0:
        raise LartError(f"Expected track {t.track_id} to have at least one frame, but it has none.")
    if t.frame[0] < 0 or np.any(np.diff(t.frame) != 1):
        raise LartError(
            f"Expected consecutive frame numbers from 0 in track {t.track_id}, but got "
            f"{t.frame[:8].tolist()}…; fill gaps with detected = False."
        )
    if t.mask is not None and len(t.mask) != len(t.frame):
        raise LartError(f"Expected {len(t.frame)} masks, one a frame, but got {len(t.mask)}.")
    for name in WHERE_KNOWN:
        if (rows := len(getattr(t, name))) not in (0, len(t.frame)):
            raise LartError(
                f"Expected {len(t.frame)} frames of '{name}' in track {t.track_id}, or none, but "
                f"got {rows}."
            )
    for name in ("box", "score", "betas", "camera", "joints", "appearance", "regressed"):
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
    if np.any(np.diff(t.given) <= 0) or np.any((t.given < t.first) | (t.given > t.last)):
        raise LartError(
            f"Expected ascending 'given' frames within {t.first}..{t.last} of track {t.track_id}, "
            f"but got {t.given[:8].tolist()}."
        )
    if t.keyframe is not None and not t.first <= t.keyframe <= t.last:
        raise LartError(
            f"Expected the keyframe of track {t.track_id} within its frames {t.first}..{t.last}, "
            f"but got {t.keyframe}."
        )
    _check_rotations("global_orient", t.global_orient)
    _check_rotations("body_pose", t.body_pose)


def _check_rotations(name: str, matrices: NDArray[np.floating]) -> None:
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


def check_shapes(arrays: Mapping[str, NDArray[Any]]) -> None:
    """Refuse arrays of the layout whose shapes are others or contradict each other.

    Raises:
        LartError: So they are.
    """
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
