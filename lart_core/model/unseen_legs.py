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
from lart_core.tracklet.sight import THIGHS, judged

LEGS = [
    body.JOINTS.index(f"{s}_{p}")
    for p in ("hip", "knee", "ankle", "foot")
    for s in ("left", "right")
]


def with_mean_legs(tracklet: Tracklet, mean: NDArray[np.float32]) -> Tracklet:
    """The tracklet with mean legs in the judged frames in which neither thigh was seen.

    Args:
        mean: (229,) the model's mean person vector.
    """
    if not len(tracklet.unseen):
        return tracklet
    rows = np.flatnonzero(judged(tracklet) & tracklet.unseen[:, THIGHS].all(axis=1))
    if not len(rows):
        return tracklet
    rotations = nearest_rotations(mean[POSE].reshape(24, 3, 3)[LEGS].astype(np.float64))
    pose, joints = tracklet.body_pose.copy(), tracklet.joints.copy()
    pose[np.ix_(rows, np.array(LEGS) - 1)] = rotations.astype(np.float32)
    joints[rows] = body.joints(tracklet.global_orient[rows], pose[rows], tracklet.betas[rows])
    return replace(tracklet, body_pose=pose, joints=joints)
