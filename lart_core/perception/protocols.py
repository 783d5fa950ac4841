"""What a backend of perception takes and gives: `Detector`, `BodyEstimator`, `AppearanceEncoder`.

Frames are RGB uint8 arrays (H, W, 3). Boxes are x1 y1 x2 y2 in image pixels. Masks are COCO
run-length strings (pycocotools, column-major) over the whole frame.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lart_core.tracklet import Tracklet

Frame = NDArray[np.uint8]


@dataclass(frozen=True)
class Detections:
    """The N people that a detector found in one frame.

    Attributes:
        box: (N, 4) float32 pixels. score: (N,) float32 in 0..1.
        keypoints: (N, 17, 3) float32 COCO keypoints x, y (pixels), confidence; or None.
        mask: N masks (None where there is none), or None where the detector gives none.
    """

    box: NDArray[np.float32]
    score: NDArray[np.float32]
    keypoints: NDArray[np.float32] | None = None
    mask: tuple[bytes | None, ...] | None = None

    def __len__(self) -> int:
        return len(self.box)

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> "Detections":
        """The people in `rows`, in that order."""
        keypoints = None if self.keypoints is None else self.keypoints[rows]
        mask = None if self.mask is None else tuple(self.mask[row] for row in rows)
        return Detections(self.box[rows], self.score[rows], keypoints, mask)


@dataclass(frozen=True)
class Bodies:
    """The bodies of one frame's N detections, in the order of the detections.

    Attributes:
        valid: (N,) bool; False is an honest gap: no body could be lifted.
        global_orient: (N, 3, 3); body_pose: (N, 23, 3, 3); betas: (N, 10).
        camera: (N, 3) metres, PHALP's camera; joints: (N, 45, 3) metres, body-centred.
        landmarks: (N, L, 3) the estimator's own 2-D landmarks x, y (pixels), visibility; or None.
        world: (N, L, 3) the same landmarks in metres, camera axes, hip-centred; or None.
        mask: N masks (None where there is none), or None.
        unseen: (N, 24) bool, parts of the body that were not seen and hold a guess, one for each
            of SMPL's joints; or None where the estimator does not say.
        appearance: (N, D) unit vectors of what each person looks like, for the tracker; NaN where
            it is not known. Not the appearance vectors of a `Tracklet`. Or None.
    """

    valid: NDArray[np.bool_]
    global_orient: NDArray[np.float32]
    body_pose: NDArray[np.float32]
    betas: NDArray[np.float32]
    camera: NDArray[np.float32]
    joints: NDArray[np.float32]
    landmarks: NDArray[np.float32] | None = None
    world: NDArray[np.float32] | None = None
    mask: tuple[bytes | None, ...] | None = None
    appearance: NDArray[np.floating] | None = None
    unseen: NDArray[np.bool_] | None = None
    provenance: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.valid)


Found = TypeVar("Found", Detections, Bodies)


def nobody(found: Found) -> Found:
    """The same kind of result with nobody in it."""
    arrays: dict[str, Any] = {
        field.name: value[:0]
        for field in fields(found)
        if isinstance(value := getattr(found, field.name), np.ndarray | tuple)
    }
    return replace(found, **arrays)


class Detector(Protocol):
    """Finds people."""

    name: str

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Detections of each frame; frames are consecutive."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A backend for which time passes from frame to frame."""

    def begin(self, fps: float) -> None:
        """A new video with `fps` frames a second: nothing is known yet."""
        ...


@runtime_checkable
class BoxMasker(Protocol):
    """A detector that also finds the masks of people whose boxes are given."""

    def masks(
        self, frames: Sequence[Frame], boxes: Sequence[NDArray[np.floating]]
    ) -> list[tuple[bytes, ...]]:
        """One mask a box, one tuple a frame."""
        ...


class BodyEstimator(Protocol):
    """Lifts detections to SMPL bodies."""

    name: str

    def estimate(self, frames: Sequence[Frame], detections: Sequence[Detections]) -> list[Bodies]:
        """Bodies of each frame's detections."""
        ...

    def refine(self, tracklet: Tracklet) -> Tracklet:
        """The same person with a body that is smooth in time; called once a track."""
        ...


class AppearanceEncoder(Protocol):
    """Gives the appearance vectors of tracked people, `dim` numbers each, every `stride` frames."""

    name: str
    dim: int
    stride: int

    def encode(self, frames: Iterable[Frame], tracklets: Sequence[Tracklet]) -> list[Tracklet]:
        """The same tracklets with `appearance` and `appearance_frame` filled.

        `frames` runs once over the whole video, from frame 0.
        """
        ...


@runtime_checkable
class WatchingEncoder(AppearanceEncoder, Protocol):
    """An encoder that looks at whole frames, and can do so before anybody is tracked."""

    def watching(self, kept: Path, fps: float) -> AbstractContextManager[Callable[[Frame], None]]:
        """Give what takes every frame of a video in turn; what it saw is in `kept` at the end."""
        ...

    def describe(self, kept: Path, tracklets: Sequence[Tracklet]) -> list[Tracklet]:
        """As `encode`, from what `watching` kept."""
        ...


@runtime_checkable
class PseudoLabeller(AppearanceEncoder, Protocol):
    """An encoder that scores AVA's 80 actions on the way: labels to pre-train with."""

    def encode_and_score(
        self, frames: Iterable[Frame], tracklets: Sequence[Tracklet]
    ) -> list[tuple[Tracklet, NDArray[np.float32]]]:
        """As `encode`, each tracklet with (K, 80) scores in 0..1 of its K vectors."""
        ...


class TextureEncoder(Protocol):
    """Textures of people on the body's surface, and how the tracker compares two of them."""

    name: str

    def textures(self, frame: Frame, detections: Detections) -> NDArray[np.float32]:
        """(N, 4, S, S) UV maps of one frame's people: colour, and validity 1 or -1."""
        ...

    def compared(
        self, track: NDArray[np.floating], detection: NDArray[np.floating]
    ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Embeddings of P pairs of UV maps (P, 4, S, S), for `tracking.association_cost`."""
        ...
