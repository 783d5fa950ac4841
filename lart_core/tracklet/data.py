"""`Tracklet`: one person in one video, every array named, typed and checked once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from lart_core.tracklet import validate

JOINTS = 45
"""SMPL's 24 joints and the 21 landmarks that smplx adds."""


@dataclass(frozen=True)
class VideoFacts:
    """What is known of the video that a tracklet was seen in."""

    name: str
    width: int
    height: int
    fps: float
    frames: int
    sha256: str = ""

    def __post_init__(self) -> None:
        validate.video(self.name, self.width, self.height, self.fps, self.frames)


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
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, (dtype, _) in validate.LAYOUT.items():
            object.__setattr__(self, name, validate.array(name, getattr(self, name), dtype))
        validate.tracklet(self)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def first(self) -> int:
        """First frame number."""
        return int(self.frame[0])

    @property
    def last(self) -> int:
        """Last frame number."""
        return int(self.frame[-1])

    def person_vector(self) -> NDArray[np.float32]:
        """(T, 229) person vector: orientation 9, body 207, betas 10, camera x y z/200.

        Source: paper B.2.1; the division by 200 is the published code's.
        """
        t = len(self)
        return np.concatenate(
            [
                self.global_orient.reshape(t, 9),
                self.body_pose.reshape(t, 207),
                self.betas,
                self.camera / np.array([1, 1, 200], np.float32),
            ],
            axis=1,
        )

    def between(self, first: int, last: int) -> "Tracklet":
        """The part of this tracklet in frames first..last (both included)."""
        keep = (self.frame >= first) & (self.frame <= last)
        keep_appearance = (self.appearance_frame >= first) & (self.appearance_frame <= last)
        per_frame = {
            f.name: getattr(self, f.name)[keep]
            for f in fields(self)
            if validate.LAYOUT.get(f.name, ("", ()))[1][:1] == ("T",)
        }
        mask = self.mask and tuple(m for m, k in zip(self.mask, keep, strict=True) if k)
        return replace(
            self,
            **per_frame,
            mask=mask,
            appearance=self.appearance[keep_appearance],
            appearance_frame=self.appearance_frame[keep_appearance],
        )
