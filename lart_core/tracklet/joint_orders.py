"""PHALP's 45 joints out of smplx's: another order, other landmarks.

Both count 45. PHALP's are the 25 of OpenPose, 19 that a regressor takes from the mesh, and the
body's root, which is the origin. The regressor is part of SMPL's licensed files; where it is not at
hand the smplx joint of the same place stands for each of its joints: those 19 are near, not exact.
"""

import numpy as np
from numpy.typing import NDArray

OPENPOSE = [24, 12, 17, 19, 21, 16, 18, 20, 0, 2, 5, 8, 1, 4, 7, *range(25, 35)]
"""smplx joint of each of OpenPose's 25. Source: PHALP `smpl_utils.py`."""
REGRESSED = [8, 5, 2, 1, 4, 7, 21, 19, 17, 16, 18, 20, 12, 15, 0, 12, 6, 15, 15]
"""smplx joint nearest to each of the 19: LSP's right ankle to head top, MPII's pelvis and thorax,
Human3.6M's spine, jaw and head."""


def phalp_joints(
    joints: NDArray[np.floating], regressed: NDArray[np.floating] | None = None
) -> NDArray[np.floating]:
    """(..., 45, 3) joints in smplx's order -> (..., 45, 3) in PHALP's.

    Args:
        regressed: (..., 19, 3) what PHALP's regressor gives (`Tracklet.regressed`); where it is
            None or empty, the nearest of `joints`.
    """
    if regressed is None or not len(regressed):
        regressed = joints[..., REGRESSED, :]
    root = np.zeros_like(joints[..., :1, :])
    return np.concatenate([joints[..., OPENPOSE, :], regressed, root], axis=-2)
