"""The person vector: 229 numbers that say what a body does and where it is.

Orientation 9, body pose 207, shape 10, camera x, y and z / 200. Source: paper B.2.1; the division
by 200 is the published code's.
"""

import numpy as np
from numpy.typing import NDArray

PERSON_VECTOR = 229
POSE, SHAPE, CAMERA = slice(0, 216), slice(216, 226), slice(226, 229)
"""Where the 24 rotations, the betas and the scaled camera stand in it."""
CAMERA_SCALE = np.array([1.0, 1.0, 200.0])
"""What the camera's metres are divided by."""


def person_vector(
    global_orient: NDArray[np.floating],
    body_pose: NDArray[np.floating],
    betas: NDArray[np.floating],
    camera: NDArray[np.floating],
) -> NDArray[np.floating]:
    """The person vectors of bodies, in the widest dtype that is given.

    Args:
        global_orient: (..., 3, 3) rotation of the body before the camera.
        body_pose: (..., 23, 3, 3) rotations relative to the parent joint.
        betas: (..., 10) SMPL shape.
        camera: (..., 3) metres before PHALP's camera.

    Returns:
        (..., 229).
    """
    bodies = camera.shape[:-1]
    return np.concatenate(
        [
            global_orient.reshape(*bodies, 9),
            body_pose.reshape(*bodies, 207),
            betas,
            camera / CAMERA_SCALE.astype(camera.dtype),
        ],
        axis=-1,
    )
