"""Which parts of a body were not seen: those whose landmarks are hidden or outside the picture.

The landmark network draws a whole body into every picture, legs under tables and below the edge
too. What it draws there is a guess, and is marked as one.
"""

import numpy as np
from numpy.typing import NDArray

from lart_core.body import JOINTS
from lart_core.perception.embedded.agreement import COCO, SURE
from lart_core.perception.protocols import Detections

VISIBLE = 0.5
"""Visibility from which the network itself says that it sees a landmark."""
OUTSIDE = 0.1
"""Share of the box's sides over which a landmark outside of it is none that was seen."""
_LIMBS = {
    "hip": (25, 26),
    "knee": (27, 28),
    "ankle": (31, 32),
    "foot": (31, 32),
    "collar": (11, 12),
    "shoulder": (13, 14),
    "elbow": (15, 16),
    "wrist": (19, 20),
    "hand": (19, 20),
}
"""Part of a limb -> BlazePose's landmarks at its far end, left and right."""
_TRUNK = {
    "pelvis": (23, 24),
    "spine1": (11, 12),
    "spine2": (11, 12),
    "spine3": (11, 12),
    "neck": (0,),
    "head": (0,),
}
"""Part of the trunk -> landmarks of which one must be seen."""
FAR_END = {
    f"{side}_{part}": (ends[i],)
    for part, ends in _LIMBS.items()
    for i, side in enumerate(("left", "right"))
} | _TRUNK


def unseen_parts(
    landmarks: NDArray[np.float32], people: Detections, size: tuple[int, int]
) -> NDArray[np.bool_]:
    """(N, 24) which parts of people's bodies were not seen, one for each of SMPL's joints.

    A part is what turns about its joint: the thigh about the hip. It was seen where the landmark
    at its far end lies in the frame and in the person's box, and the network or a sure keypoint
    sees it.

    Args:
        landmarks: (N, 33, 3) BlazePose's x, y (pixels), visibility.
        people: The N people.
        size: (width, height) of the frame.
    """
    xy, sure = landmarks[..., :2], landmarks[..., 2] >= VISIBLE
    if people.keypoints is not None:
        sure[:, COCO] |= people.keypoints[..., 2] >= SURE
    margin = OUTSIDE * (people.box[:, 2:] - people.box[:, :2])
    low = np.maximum(people.box[:, :2] - margin, 0)[:, None]
    high = np.minimum(people.box[:, 2:] + margin, size)[:, None]
    seen = sure & ((xy >= low) & (xy <= high)).all(axis=-1)
    parts = [seen[:, FAR_END[name]].any(axis=1) for name in JOINTS]
    return ~np.stack(parts, axis=1)
