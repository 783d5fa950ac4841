"""`HMR2Estimator`: HMR 2.0 as a `BodyEstimator`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import smplx
import torch
from numpy.typing import NDArray

from lart_core import body as smpl
from lart_core.camera import FOCAL, RESOLUTION, image_to_square
from lart_core.perception.crop import normalised, smooth_crop, squares
from lart_core.perception.protocols import Bodies, Detections, Frame
from lart_core.perception.published.hmr2 import HMR2
from lart_core.tracklet import Tracklet

ASPECT = 192 / 256
"""Width per height that boxes are padded to, as in 4D-Humans."""


class HMR2Estimator:
    """SMPL bodies by HMR 2.0.

    Args:
        net: The network, as `load_hmr2` gives it.
        body: The body model; `lart_core.body.load()` by default.
        device: Where to run the network; on a GPU in half precision.
        batch: People a pass.
        regressor: (19, 6890) PHALP's regressor of joints; without it nearest ones serve.
    """

    name = "hmr2"

    def __init__(
        self,
        net: HMR2,
        body: smplx.SMPLLayer | None = None,
        device: str = "cpu",
        batch: int = 8,
        regressor: NDArray[np.float32] | None = None,
    ) -> None:
        self.device = torch.device(device)
        self.net = net.eval().to(self.device)
        if self.device.type == "cuda":
            self.net.backbone.half()
        self.body = body or smpl.load()
        self.batch = batch
        self.regressor = regressor

    def estimate(self, frames: Sequence[Frame], detections: Sequence[Detections]) -> list[Bodies]:
        """Bodies of each frame's detections, all valid: the network always answers."""
        square = [squares(found.box, ASPECT) for found in detections]
        crops = [
            normalised(smooth_crop(frame, one))
            for frame, many in zip(frames, square, strict=True)
            for one in many
        ]
        orient, pose, betas, weak = self._regress(crops)
        joints = smpl.joints(orient, pose, betas, self.body)
        bodies, start = [], 0
        for frame, many in zip(frames, square, strict=True):
            part = slice(start, start := start + len(many))
            bodies.append(
                Bodies(
                    valid=np.ones(len(many), bool),
                    global_orient=orient[part],
                    body_pose=pose[part],
                    betas=betas[part],
                    camera=placed(weak[part], many, (frame.shape[1], frame.shape[0])),
                    joints=joints[part],
                    provenance={"body": self.name},
                )
            )
        return bodies

    @torch.inference_mode()
    def _regress(self, crops: list[NDArray[np.float32]]) -> tuple[NDArray[np.float32], ...]:
        """global_orient (N, 3, 3), body_pose (N, 23, 3, 3), betas (N, 10), weak camera (N, 3)."""
        shapes = ((3, 3), (23, 3, 3), (10,), (3,))
        parts: list[list[NDArray[np.float32]]] = [[np.zeros((0, *s), np.float32)] for s in shapes]
        dtype = self.net.backbone.pos_embed.dtype
        for at in range(0, len(crops), self.batch):
            pictures = torch.from_numpy(np.stack(crops[at : at + self.batch])).to(
                self.device, dtype
            )
            out = self.net(pictures)
            for part, value in zip(
                parts, (out.global_orient, out.body_pose, out.betas, out.camera), strict=True
            ):
                part.append(value.float().cpu().numpy())
        return tuple(np.concatenate(part) for part in parts)

    def refine(self, tracklet: Tracklet) -> Tracklet:
        """The tracklet with PHALP's regressed joints, where their regressor is at hand.

        Nothing else changes: the published system does not smooth.
        """
        if self.regressor is None:
            return tracklet
        pose = tracklet.global_orient, tracklet.body_pose, tracklet.betas
        return replace(tracklet, regressed=smpl.regressed_joints(*pose, self.regressor, self.body))


def placed(
    weak: NDArray[np.float32], square: NDArray[np.float32], size: tuple[int, int]
) -> NDArray[np.float32]:
    """PHALP's camera (N, 3) in metres, from weak-perspective cameras over squares.

    Args:
        weak: (N, 3) scale, x, y.
        square: (N, 3) centre x, y and side in image pixels.
        size: (width, height) of the frame.

    Source: PHALP 96f7e6c, `get_3d_parameters`.
    """
    centre = image_to_square(square[:, :2], size)
    side = square[:, 2] * (RESOLUTION / max(size))
    depth = 2 * FOCAL / (weak[:, 0] * side + 1e-9)
    xy = weak[:, 1:] + (centre - RESOLUTION / 2) * (depth / FOCAL)[:, None]
    return np.column_stack([xy, depth]).astype(np.float32)
