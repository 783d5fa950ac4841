"""`Poses`: people over time as a batch of tensors."""

from dataclasses import dataclass

from torch import Tensor


@dataclass
class Poses:
    """People over time, as a batch; the arrays of `lart_core.tracklet.Tracklet` as tensors.

    Attributes:
        global_orient: (B, T, 3, 3). body_pose: (B, T, 23, 3, 3). betas: (B, T, 10).
        camera: (B, T, 3). joints: (B, T, 45, 3).
        detected: (B, T) bool, whether a model is shown the body: `lart_core.tracklet.sight.judged`.
        leg_seen: (B, T) bool; where no thigh was seen, a model is shown mean legs.
    """

    global_orient: Tensor
    body_pose: Tensor
    betas: Tensor
    camera: Tensor
    joints: Tensor
    detected: Tensor
    leg_seen: Tensor
