"""Legs that nobody saw, as a model is shown them: in the mean pose of what it learnt from.

A landmark network draws legs below the picture's edge as it likes, and a model believes them: it
says "jump" of people who stand at a table. Measured on upper bodies with hips in the picture, that
goes with mean legs, and walkers are still called walking by the rest of their bodies.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lart_core import body
from lart_core.motion.rotations import nearest_rotations
from lart_core.tracklet import Tracklet
from lart_core.tracklet.person_vector import POSE
from lart_core.tracklet.sight import judged, leg_seen

LEGS = [
    body.JOINTS.index(f"{s}_{p}")
    for p in ("hip", "knee", "ankle", "foot")
    for s in ("left", "right")
]
"""Hips, knees, ankles and feet among SMPL's 24 joints."""


def with_mean_legs(tracklet: Tracklet, mean: NDArray[np.float32]) -> Tracklet:
    """The tracklet with mean legs in the judged frames in which neither thigh was seen.

    Args:
        mean: (229,) the model's mean person vector.
    """
    rows = np.flatnonzero(judged(tracklet) & ~leg_seen(tracklet))
    if not len(rows):
        return tracklet
    pose, joints = tracklet.body_pose.copy(), tracklet.joints.copy()
    pose[np.ix_(rows, np.array(LEGS) - 1)] = mean_legs(mean)
    joints[rows] = body.joints(tracklet.global_orient[rows], pose[rows], tracklet.betas[rows])
    return replace(tracklet, body_pose=pose, joints=joints)


def mean_legs(mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """(8, 3, 3) rotations of `LEGS` in a (229,) mean person vector."""
    rotations = nearest_rotations(mean[POSE].reshape(24, 3, 3)[LEGS].astype(np.float64))
    return rotations.astype(np.float32)
