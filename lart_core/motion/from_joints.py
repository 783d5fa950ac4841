"""Motion capture as tracklets: joints in metres become SMPL bodies before a still camera."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lart_core.camera import FOCAL, RESOLUTION, project, square_to_image
from lart_core.errors import LartError
from lart_core.tracklet.data import Tracklet
from lart_core.tracklet.video_facts import VideoFacts

LENS = 300.0
"""Focal length of an ordinary lens (46 degrees) in pixels of the 256-pixel square."""

DISTANCE = 4.0
"""Metres from the camera to the middle of the person's path; more where the path is long."""

SIZE = 512
"""Width and height in pixels of the picture that the camera takes."""

MARGIN = 0.08
"""Share of the joints' extent that a box leaves around them."""

SMALLEST, LARGEST = 0.3, 3.0
"""Metres between the joints that are farthest apart, of anybody in any posture."""

_AXES = {
    "y": np.array([[-1, 0, 0], [0, -1, 0], [0, 0, 1]], np.float32),
    "z": np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float32),
}
"""World axes, right-handed, to the camera's (x right, y down, z away)."""


def from_joints(
    joints: ArrayLike,
    layout: Literal["kinect20"] = "kinect20",
    *,
    fps: float,
    up: Literal["y", "z"] = "y",
    name: str = "joints",
) -> Tracklet:
    """Make a tracklet of one person's joints, as a still, level camera would see the person.

    The camera looks along +z (`up` "y", as a Kinect does) or +y (`up` "z") at the middle of the
    person's path. Bodies are smoothed over time as those of videos are, and swapped sides put back
    (`lart_core.motion.refine`).

    Args:
        joints: (T, 20, 3) metres in right-handed axes; NaN for a joint that was not seen. A frame
            in which too few were seen, or all lie on one point, becomes a gap that holds the
            nearest pose.
        layout: Order of the joints. kinect20: hip centre, spine, shoulder centre, head; shoulder,
            elbow, wrist, hand left, then right; hip, knee, ankle, foot left, then right.
        fps: Frames a second.
        up: The axis that points up.
        name: What to call the recording.

    Raises:
        LartError: The joints have another shape or are not in metres, no frame shows a person, or
            `up` or `layout` is unknown.
    """
    from lart_core.body.ik import KINECT_20, fit  # Heavy: smplx.
    from lart_core.motion.refine import refine

    layouts = {"kinect20": KINECT_20}
    if layout not in layouts or up not in _AXES:
        raise LartError(
            f"Expected a layout of {sorted(layouts)} and up as 'y' or 'z', but got {layout!r} "
            f"and {up!r}."
        )
    landmarks = layouts[layout]
    given = np.asarray(joints, np.float32)
    if given.ndim != 3 or given.shape[1:] != (len(landmarks.points), 3):
        raise LartError(
            f"Expected joints of '{layout}' as (T, {len(landmarks.points)}, 3) metres, but got "
            f"{given.shape}."
        )
    seen = _of_a_person(given) @ _AXES[up].T
    found = fit(seen, landmarks)
    if not found.valid.any():
        raise LartError("Expected joints that show a person, but no frame has enough of them.")
    at = np.arange(len(seen))
    known = np.flatnonzero(found.valid)
    held = known[np.abs(at[:, None] - known).argmin(axis=1)]
    placed = found.joints[held]
    offset = np.nanmean(seen[known] - landmarks.matrix() @ found.joints[known], axis=1)
    path = np.stack([np.interp(at, known, column) for column in offset.T], axis=1)
    camera = _before_camera(path, placed)
    corners = square_to_image(project(placed, camera), (SIZE, SIZE))
    low, high = corners.min(axis=1), corners.max(axis=1)
    margin = MARGIN * (high - low)
    tracklet = Tracklet(
        track_id=1,
        video=VideoFacts(name, SIZE, SIZE, float(fps), len(seen)),
        frame=at,
        box=np.concatenate([low - margin, high + margin], axis=1).astype(np.float32),
        score=found.valid.astype(np.float32),
        detected=found.valid,
        global_orient=found.global_orient[held],
        body_pose=found.body_pose[held],
        betas=found.betas[held],
        camera=camera.astype(np.float32),
        joints=placed,
        provenance={"source": f"joints ({layout})"},
    )
    return refine(tracklet)


def _of_a_person(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """The joints, unseen in frames in which all lie on one point.

    Raises:
        LartError: They are of no size that people have.
    """
    known = np.isfinite(joints).all(axis=-1, keepdims=True)
    high = np.where(known, joints, -np.inf).max(axis=1)
    extent = np.linalg.norm(high - np.where(known, joints, np.inf).min(axis=1), axis=-1)
    there = np.isfinite(extent) & (extent > 1e-3)
    size = float(np.median(extent[there])) if there.any() else 1.0
    if not SMALLEST <= size <= LARGEST:
        raise LartError(
            f"Expected joints in metres, but those of a person are {size:g} apart; divide them by "
            "1000 if they are millimetres, by 100 if centimetres."
        )
    return np.where(there[:, None, None], joints, np.float32(np.nan))


def _before_camera(path: NDArray[np.floating], joints: NDArray[np.float32]) -> NDArray[np.floating]:
    """(T, 3) translations in PHALP's camera with everything that moves in the picture's middle."""
    around = path[:, None] + joints
    low, high = around.min(axis=(0, 1)), around.max(axis=(0, 1))
    distance = max(DISTANCE, 1.2 * float((high - low)[:2].max()) * LENS / RESOLUTION)
    placed = path - (low + high) / 2 + np.array([0.0, 0.0, distance])
    return placed * np.array([1.0, 1.0, FOCAL / LENS])
