"""Made-up motion for the examples: joints of one person, as a Kinect would give them."""

import numpy as np
from numpy.typing import NDArray

from lart_core.body import rest_joints
from lart_core.body.ik import KINECT_20

LEFT, RIGHT = 4, 8
"""Where an arm starts in kinect20's order: shoulder, elbow, wrist, hand."""


def standing(frames: int) -> NDArray[np.float64]:
    """(T, 20, 3) metres, y up: somebody who faces us and stands with both arms hanging."""
    joints = KINECT_20.matrix()[:, :24] @ rest_joints(np.zeros(10)) * [-1, 1, -1]
    for arm in (LEFT, RIGHT):
        joints[arm + 1 : arm + 4] = joints[arm] - np.outer([0.27, 0.52, 0.6], [0, 1, 0])
    breath = 0.01 * np.sin(np.arange(frames) / 12)
    return joints + breath[:, None, None] * [0, 1, 0]


def waving(frames: int) -> NDArray[np.float64]:
    """(T, 20, 3) metres, y up: the same person with a raised right arm that swings."""
    joints = standing(frames)
    swing = 0.5 * np.sin(np.arange(frames) / 4)
    up = np.stack([np.sin(swing), np.cos(swing), 0 * swing], axis=1)
    elbow = joints[:, RIGHT] + [0.15, 0.2, -0.1]
    reach = np.array([0.0, 0.25, 0.33])
    joints[:, RIGHT + 1 : RIGHT + 4] = elbow[:, None] + reach[:, None] * up[:, None]
    return joints
