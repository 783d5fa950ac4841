"""Legs that nobody saw, as a model is shown them: in the mean pose of what it learnt from.

A landmark network draws legs below the picture's edge as it likes, and a model believes them: it
says "jump" of people who stand at a table. Measured on upper bodies with hips in the picture, that
goes with mean legs, and walkers are still called walking by the rest of their bodies.
"""

import numpy as np
from numpy.typing import NDArray

from lart_core import body
from lart_core.model.config import JointsOrder
from lart_core.model.inputs import Inputs
from lart_core.motion.rotations import nearest_rotations
from lart_core.tracklet.joint_orders import phalp_joints
from lart_core.tracklet.person_vector import CAMERA, POSE, SHAPE

LEGS = [
    body.JOINTS.index(f"{s}_{p}")
    for p in ("hip", "knee", "ankle", "foot")
    for s in ("left", "right")
]
"""Hips, knees, ankles and feet among SMPL's 24 joints."""


def with_mean_legs(
    inputs: Inputs,
    unseen: NDArray[np.bool_],
    mean: NDArray[np.float32],
    order: JointsOrder = "smplx",
) -> Inputs:
    """The inputs with mean legs in some frames; inference and training show them alike.

    Args:
        inputs: What the network is shown of T frames, not normalised (`inputs_of`).
        unseen: (T,) in which of them no thigh was seen (`lart_core.tracklet.sight.legless`).
        mean: (229,) the model's mean person vector.
        order: Of the joints, if there are some.
    """
    if not unseen.any():
        return inputs
    vector = inputs["pose_shape"].copy()
    rows = vector[unseen]
    pose = rows[:, POSE].reshape(-1, 24, 3, 3)
    pose[:, LEGS] = mean_legs(mean)
    rows[:, POSE] = pose.reshape(len(rows), -1)
    vector[unseen] = rows
    shown = inputs | {"pose_shape": vector}
    if "joints_3D" in inputs:
        joints = body.joints(pose[:, 0], pose[:, 1:], rows[:, SHAPE])
        joints = phalp_joints(joints) if order == "phalp" else joints
        shown["joints_3D"] = inputs["joints_3D"].copy()
        shown["joints_3D"][unseen] = (joints + rows[:, None, CAMERA]).reshape(len(rows), -1)
    return shown


def mean_legs(mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """(8, 3, 3) rotations of `LEGS` in a (229,) mean person vector."""
    rotations = nearest_rotations(mean[POSE].reshape(24, 3, 3)[LEGS].astype(np.float64))
    return rotations.astype(np.float32)
