"""After tracking: what one frame alone cannot know about a person, taken from its neighbours.

In order: one shape for the person; left and right put back where the landmark model swapped them;
turns that stand alone thrown out; short gaps and what was thrown out interpolated; rotations and
camera smoothed; joints computed anew. Frames that were not detected stay so.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import savgol_filter
from scipy.spatial.transform import Rotation, Slerp

from lart_core import body
from lart_core.body import ik
from lart_core.camera import image_to_square, project
from lart_core.motion.rotations import nearest_rotations
from lart_core.motion.swaps import unswap
from lart_core.series import stretches
from lart_core.tracklet import Tracklet

SHORT_GAP = 0.5
"""Seconds: gaps up to this are interpolated; in longer ones the tracker's prediction stays."""
WINDOW = 0.3
"""Seconds that smoothing looks at; a parabola is fitted in each window."""
DEPTH_WINDOW = 0.6
"""The same for depth, which is known from the size of the body alone and so is noisier."""
OUTLIER = np.deg2rad(40)
"""A joint that is turned further than this from the middle of its neighbours in time is wrong."""
NEIGHBOURS = 2
OUTSIDE = 0.02
"""Weight, for the camera, of joints outside the box: legs below the picture's edge and the like."""

Array = NDArray[np.float64]


def refine(tracklet: Tracklet) -> Tracklet:
    """The tracklet with one shape, without flips, short gaps interpolated, smoothed.

    Lengths, frame numbers, `detected`, scores and masks stay as they are. A tracklet of fewer than
    three detected frames comes back unchanged.
    """
    if tracklet.detected.sum() < 3:
        return tracklet
    tracklet = unswap(tracklet)
    seen, fps = tracklet.detected, tracklet.video.fps
    parts = _parts(tracklet)
    rotations = np.concatenate([tracklet.global_orient[:, None], tracklet.body_pose], axis=1)
    rotations = _smooth_rotations(rotations.astype(float), seen, parts, fps)
    betas = np.tile(np.median(tracklet.betas[seen], axis=0), (len(seen), 1))
    orient, pose = np.split(rotations.astype(np.float32), [1], axis=1)
    joints = body.joints(orient[:, 0], pose, betas)
    box = tracklet.box.copy()
    for part in parts:
        box[part] = _filled(box[part], tracklet.score[part] > 0)
    return replace(
        tracklet,
        box=box,
        global_orient=orient[:, 0],
        body_pose=pose,
        betas=betas,
        joints=joints,
        camera=_smooth_camera(tracklet, joints, parts),
        unseen=_settled(tracklet, parts),
        provenance={**tracklet.provenance, "smoothing": f"Savitzky-Golay, {WINDOW} s"},
    )


def _parts(tracklet: Tracklet) -> list[slice]:
    """Stretches of the track whose gaps last `SHORT_GAP` at most, or a single frame."""
    video = tracklet.video
    at = np.flatnonzero(tracklet.detected)
    gap = max(1, round(SHORT_GAP * video.fps)) / video.fps
    found = stretches(at, gap, clock=lambda row: video.second_of(row + tracklet.first))
    return [slice(first, last + 1) for first, last in found]


def _smooth_rotations(
    rotations: Array, seen: NDArray[np.bool_], parts: list[slice], fps: float
) -> Array:
    """(T, 24, 3, 3) rotations without outliers, filled and smoothed within the parts."""
    out = rotations.copy()
    for part in parts:
        good = _steady(rotations[part], seen[part])
        for joint in range(rotations.shape[1]):
            out[part, joint] = _slerped(rotations[part, joint], good[:, joint])
        out[part] = nearest_rotations(_smooth(out[part], WINDOW * fps))
    return out


def _steady(rotations: Array, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(T, 24): whether a joint was seen and agrees with its neighbours in time.

    The measure is the medoid of the five frames seen around it: a steady fast turn passes, a turn
    there and back does not.
    """
    good = np.repeat(seen[:, None], rotations.shape[1], axis=1)
    at = np.flatnonzero(seen)
    if len(at) < 2 * NEIGHBOURS + 1:
        return good
    around = np.arange(len(at))[:, None] + np.arange(-NEIGHBOURS, NEIGHBOURS + 1)
    around = np.clip(around, 0, len(at) - 1)
    window = rotations[at][around]
    traces = np.einsum("twjab,tvjab->twvj", window, window)
    angles = np.arccos(np.clip((traces - 1) / 2, -1, 1))
    medoid = angles.sum(axis=2).argmin(axis=1)
    own = np.take_along_axis(angles[:, NEIGHBOURS], medoid[:, None], axis=1)[:, 0]
    good[at] = own < OUTLIER
    good[at[[0, -1]]] |= ~good[at].any(axis=0)
    return good


def _settled(tracklet: Tracklet, parts: list[slice]) -> NDArray[np.bool_]:
    """(T, 24) which parts of the body were not seen in most of the frames around each."""
    out, frames = tracklet.unseen.copy(), max(1, round(WINDOW * tracklet.video.fps))
    for part in parts if len(out) else ():
        share = _filled(out[part].astype(float), tracklet.detected[part])
        out[part] = uniform_filter1d(share, frames, axis=0, mode="nearest") > 0.5
    return out


def _slerped(rotations: Array, good: NDArray[np.bool_]) -> Array:
    """(T, 3, 3) rotations, interpolated where they are not good; held at the ends."""
    if good.all():
        return rotations
    at = np.flatnonzero(good)
    if len(at) == 1:
        return np.broadcast_to(rotations[at], rotations.shape)
    when = np.clip(np.arange(len(rotations)), at[0], at[-1])
    return Slerp(at, Rotation.from_matrix(rotations[at]))(when).as_matrix()


def _smooth_camera(tracklet: Tracklet, joints: NDArray, parts: list[slice]) -> NDArray[np.float32]:
    """(T, 3) cameras that put the new joints where the old ones were seen, smoothed in time."""
    camera, seen, fps = tracklet.camera.copy(), tracklet.detected, tracklet.video.fps
    pixels = project(tracklet.joints[seen], tracklet.camera[seen])[:, : len(body.JOINTS)]
    weight = np.where(_inside(pixels, tracklet), 1, OUTSIDE)
    posed = joints[seen, : len(body.JOINTS)]
    depth = np.full((len(camera), 1), np.nan)
    solved = ik.solve_camera(posed, pixels, weight)[:, 2:]
    depth[seen] = np.log(np.where(solved > 0, solved, camera[seen, 2:]))
    for part in parts:
        depth[part] = _smooth(_filled(depth[part], seen[part]), DEPTH_WINDOW * fps)
    depth = np.exp(depth)
    ray = np.full((len(camera), 2), np.nan)
    ray[seen] = ik.solve_sideways(posed, pixels, weight, depth[seen, 0]) / depth[seen]
    for part in parts:
        ray[part] = _smooth(_filled(ray[part], seen[part]), WINDOW * fps)
        camera[part] = np.concatenate([ray[part] * depth[part], depth[part]], axis=1)
    return camera


def _inside(pixels: NDArray, tracklet: Tracklet) -> NDArray[np.bool_]:
    """Whether joints of the detected frames lie inside the boxes: others were guessed."""
    size = (tracklet.video.width, tracklet.video.height)
    box = tracklet.box[tracklet.detected]
    corners = image_to_square(box.reshape(-1, 2, 2), size)
    low, high = corners[:, :1], corners[:, 1:]
    return np.all((pixels >= low) & (pixels <= high), axis=-1)


def _filled(values: NDArray, known: NDArray[np.bool_]) -> NDArray:
    """(T, D) values, linear where they are not known."""
    if known.all() or not known.any():
        return values
    frames, at = np.arange(len(values)), np.flatnonzero(known)
    return np.column_stack([np.interp(frames, at, column[at]) for column in values.T])


def _smooth(values: Array, frames: float) -> Array:
    """Savitzky-Golay over the first axis: a parabola in every window of about `frames` frames."""
    window = min(2 * round(frames / 2) + 1, len(values) - 1 + len(values) % 2)
    return savgol_filter(values, window, 2, axis=0) if window > 3 else values
