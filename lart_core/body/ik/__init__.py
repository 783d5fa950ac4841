"""Inverse kinematics: SMPL poses from the joints of any skeleton.

The method: shape from bone lengths, a first pose in closed form, then a few Gauss-Newton steps
over all rotations inside the joint limits; everything over many bodies at once.
"""

from lart_core.body.ik.camera import solve_camera, solve_sideways
from lart_core.body.ik.fitting import Fit, fit, shapes
from lart_core.body.ik.landmarks import (
    BLAZEPOSE,
    BLAZEPOSE_INDEX,
    KINECT_20,
    SMPL_24,
    Landmark,
    LandmarkSet,
)

__all__ = [
    "BLAZEPOSE",
    "BLAZEPOSE_INDEX",
    "KINECT_20",
    "SMPL_24",
    "Fit",
    "Landmark",
    "LandmarkSet",
    "fit",
    "shapes",
    "solve_camera",
    "solve_sideways",
]
