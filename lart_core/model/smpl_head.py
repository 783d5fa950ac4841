"""The iterative SMPL regressor that hangs on each token."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

POSE_6D, BETAS, CAMERA = 24 * 6, 10, 3
HIDDEN = 1024


class SMPLHead(nn.Module):
    """Three rounds of correction from a start value.

    Source: HMR's regressor as in PHALP's `models/heads/smpl_head.py`. The token's share of the
    first layer is the same in every round and is computed once.
    """

    rounds = 3

    def __init__(self, width: int) -> None:
        super().__init__()
        state = POSE_6D + BETAS + CAMERA
        self.start: Tensor
        self.register_buffer("start", torch.tensor([1.0, 0, 0, 0, 1, 0] * 24 + [0.0] * 13))
        self.first = nn.Linear(width + state, HIDDEN)
        self.second = nn.Linear(HIDDEN, HIDDEN)
        self.correction = nn.Linear(HIDDEN, state)
        nn.init.xavier_uniform_(self.correction.weight, gain=0.01)

    def forward(self, tokens: Tensor) -> dict[str, Tensor]:
        """(M, width) tokens -> the flat batch that smplx takes.

        Returns:
            `smpl_global_orient` (M, 1, 3, 3), `smpl_body_pose` (M, 23, 3, 3) rotation matrices,
            `smpl_betas` (M, 10), `smpl_camera` (M, 3).
        """
        width = tokens.shape[1]
        of_token = F.linear(tokens, self.first.weight[:, :width], self.first.bias)
        state = self.start.expand(len(tokens), -1)
        for _ in range(self.rounds):
            hidden = F.relu(of_token + F.linear(state, self.first.weight[:, width:]))
            hidden = F.dropout(hidden, 0.5, self.training)
            hidden = F.dropout(F.relu(self.second(hidden)), 0.5, self.training)
            state = state + self.correction(hidden)
        pose, betas, camera = state.split([POSE_6D, BETAS, CAMERA], dim=1)
        rotations = rotations_from_6d(pose.unflatten(1, (24, 6)))
        return {
            "smpl_global_orient": rotations[:, :1],
            "smpl_body_pose": rotations[:, 1:],
            "smpl_betas": betas,
            "smpl_camera": camera,
        }


def rotations_from_6d(x: Tensor) -> Tensor:
    """(..., 6) first two columns, one after the other, -> (..., 3, 3) rotation matrices.

    Source: Zhou et al., On the Continuity of Rotation Representations in Neural Networks, 2019,
    in the column order of PHALP's `rot6d_to_rotmat`.
    """
    first, second = x.unflatten(-1, (2, 3)).unbind(-2)
    a = F.normalize(first, dim=-1)
    b = F.normalize(second - (a * second).sum(-1, keepdim=True) * a, dim=-1)
    return torch.stack([a, b, torch.linalg.cross(a, b, dim=-1)], dim=-1)
