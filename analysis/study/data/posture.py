"""What a motion itself says of posture, frame by frame: walks, stands, bends, sits.

Clip labels name one thing for the whole clip ("pick up"), although people walk up, bend and stand
in it. AVA labels posture at every moment. With joints in metres it can be measured. So can the part
of a clip in which somebody does what it is named for: drinks or calls (a hand is at the
head), jumps (both feet are off the ground), kicks (a foot is fast).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_opening

BEND, LIE, SIT, STAND, WALK = 1, 8, 11, 12, 14
JUMP, CALL, DRINK, KICK = 7, 15, 27, 35
"""AVA ids that are measured."""

WALKING_SPEED = 0.5
STILL_SPEED = 0.35
"""Metres a second of the hips over the ground, smoothed over half a second."""
BENT, UPRIGHT, FLAT = 35.0, 25.0, 60.0
"""Degrees of the trunk from the vertical."""
AT_REST = 0.5
"""Seconds for which the trunk of whoever lies is flat, at least."""
FOLDED, STRAIGHT = 0.75, 0.85
"""Height of the hips over the ankles, against the clip's greatest (its 95th percentile)."""
AT_HEAD = 0.35
"""Metres of a hand from the head."""
OFF_THE_GROUND = 0.08
"""Metres of the lower ankle above where it is in the lowest tenth of the clip."""
FAST_FOOT, FASTEST = 1.5, 0.75
"""Metres a second of an ankle, and its share of the fastest of the clip: who runs up to a ball does
not kick yet."""
ABOUT = 0.25
"""Seconds that a jump or a kick begins before and ends after."""

_HIP_CENTRE, _NECK, _HEAD, _HIPS, _ANKLES, _HANDS = 0, 2, 3, [12, 16], [14, 18], [7, 11]


def measure(joints: NDArray[np.float32], fps: float) -> Mapping[int, NDArray[np.bool_]]:
    """Postures of one person.

    Args:
        joints: (T, 20, 3) metres, Kinect v1 order, y up.
        fps: Frames a second.

    Returns:
        AVA id -> (T,) whether the person does it.
    """
    ground = joints[:, _HIPS][..., [0, 2]].mean(axis=1)
    speed = _speed(ground, fps)
    lean = _lean(joints[:, _NECK] - joints[:, _HIP_CENTRE])
    height = joints[:, _HIP_CENTRE, 1] - joints[:, _ANKLES, 1].mean(axis=1)
    leg = height / max(float(np.nanpercentile(height, 95)), 0.3)
    reach = np.linalg.norm(joints[:, _HANDS] - joints[:, [_HEAD]], axis=-1)
    at_head = (reach < AT_HEAD).any(axis=1)  # Of a hand that is not seen the other decides.
    ankles = joints[:, _ANKLES]
    lower = ankles[..., 1].min(axis=1)
    foot = np.fmax(*(_speed(ankles[:, side], fps) for side in (0, 1)))
    return {
        CALL: at_head,
        DRINK: at_head,
        JUMP: _about(lower > np.nanpercentile(lower, 10) + OFF_THE_GROUND, fps),
        KICK: _about(foot > max(FAST_FOOT, FASTEST * float(np.nanmax(foot, initial=0))), fps),
        BEND: (lean > BENT) & (leg > FOLDED - 0.15),
        SIT: (leg < FOLDED) & (speed < WALKING_SPEED),
        STAND: (speed < STILL_SPEED) & (lean < UPRIGHT) & (leg > STRAIGHT),
        WALK: (speed > WALKING_SPEED) & (lean < BENT) & (leg > STRAIGHT),
    }


def lies(trunk: NDArray[np.float32], seen: NDArray[np.bool_], fps: float) -> NDArray[np.bool_]:
    """When somebody who fell lies.

    To be asked of people who fell: those who bend low have such trunks, too.

    Args:
        trunk: (T, 3) from hips to neck, y up.
        seen: (T,) whether the body was seen.
        fps: Frames a second.

    Returns:
        (T,) whether the trunk is seen to be flat, and stays so.
    """
    flat = (_lean(trunk) > FLAT) & seen
    return binary_opening(flat, np.ones(max(1, round(AT_REST * fps)), bool))


def _lean(trunk: NDArray[np.float32]) -> NDArray[np.floating]:
    """Degrees from the vertical."""
    upwards = trunk[:, 1] / np.maximum(np.linalg.norm(trunk, axis=1), 1e-6)
    return np.degrees(np.arccos(np.clip(upwards, -1, 1)))


def _about(holds: NDArray[np.bool_], fps: float) -> NDArray[np.bool_]:
    return binary_dilation(holds, np.ones(2 * round(ABOUT * fps) + 1, bool))


def _speed(ground: NDArray[np.float32], fps: float) -> NDArray[np.floating]:
    half = min(max(1, round(fps / 4)), len(ground) // 2)
    if half < 1:
        return np.zeros(len(ground))
    kernel = np.ones(2 * half + 1) / (2 * half + 1)
    padded = np.pad(ground, ((half, half), (0, 0)), mode="edge")
    smooth = np.stack([np.convolve(column, kernel, "valid") for column in padded.T], axis=1)
    return np.linalg.norm(np.gradient(smooth, axis=0), axis=1) * fps
