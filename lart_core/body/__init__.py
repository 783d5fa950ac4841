"""The SMPL body: our own that we may ship, or the user's official one.

Everything is body-centred (no camera translation) and in the axes that `global_orient` gives: for
tracklets the camera's (x right, y down, z away).
"""

from lart_core.body.model import (
    chosen,
    faces,
    joints,
    load,
    regressed_joints,
    rest_joints,
    vertices,
)
from lart_core.body.skeleton import JOINTS, JOINTS_45, LANDMARKS, PARENTS, VERTICES
from lart_core.body.skin import share_of_parts, skin

__all__ = [
    "JOINTS",
    "JOINTS_45",
    "LANDMARKS",
    "PARENTS",
    "VERTICES",
    "chosen",
    "faces",
    "joints",
    "load",
    "regressed_joints",
    "rest_joints",
    "share_of_parts",
    "skin",
    "vertices",
]
