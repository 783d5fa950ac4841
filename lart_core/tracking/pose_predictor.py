"""PHALP's pose predictor: how a body moves next.

Upstream also smooths whole tracklets with it after tracking (`smooth_tracks`). That is not done
here: a tracklet holds what was measured, and in gaps what the tracker expected.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lart_core.errors import LartError
from lart_core.model.attention import MLP, Attention, Block, Sight
from lart_core.model.config import DEEPEST
from lart_core.model.inputs import normalised
from lart_core.model.published import mean_and_deviation, merge_smpl, our_name, without_prefix
from lart_core.model.smpl_head import SMPLHead
from lart_core.tracking.features import Floats
from lart_core.tracklet.person_vector import PERSON_VECTOR


class PosePredictor(nn.Module):
    """A transformer over one person's frames, with a convolutional bottleneck.

    Frames without a sighting are the mask token: it looks at the sightings, and nothing looks at
    it. Source: PHALP `pose_transformer_v2.py`; make one with `from_published`.

    Args:
        frames: Length F of its sequences.
        mean, std: (229,) normalisation of person vectors.
    """

    def __init__(
        self,
        *,
        frames: int,
        width: int,
        depth: int,
        heads: int,
        head_width: int,
        mlp_width: int,
        pose_layers: tuple[int, int],
        stride: int,
        padding: int,
        mean: NDArray[np.floating],
        std: NDArray[np.floating],
    ) -> None:
        super().__init__()
        self.frames = frames
        self.mean, self.std = mean.astype(np.float32), std.astype(np.float32)
        hidden, out = pose_layers
        self.pose_encoder = nn.Sequential(
            nn.Linear(PERSON_VECTOR, hidden), nn.ReLU(), nn.Linear(hidden, out)
        )
        self.mask_token = nn.Parameter(torch.zeros(width))
        self.position_before = nn.Parameter(torch.zeros(frames, width))
        self.position_after = nn.Parameter(torch.zeros(frames, width))

        def block() -> Block:
            attention = Attention(width, heads, head_width, 0.0, blind_mean=True)
            return Block(attention, MLP(width, mlp_width, 0.0), width, True, 0.0)

        self.before = nn.ModuleList([block() for _ in range(depth)])
        kernel = stride + 2 * padding
        self.squeeze = nn.Conv1d(width, width, kernel, stride, padding)
        self.stretch = nn.ConvTranspose1d(width, width, kernel, stride, padding)
        self.after = nn.ModuleList([block()])
        self.smpl_head = SMPLHead(width)
        self.location_head = nn.Sequential(
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, 3),
        )

    @classmethod
    def from_published(
        cls,
        state_dict: Mapping[str, Tensor],
        config: Mapping[str, Any],
        mean_std: NDArray[np.floating],
    ) -> "PosePredictor":
        """Build the published network and fill it.

        Args:
            state_dict: Published names -> tensors, with or without Lightning's `encoder.` prefix.
            config: The published YAML as a dict, or its `configs` part.
            mean_std: (2, 1, D) of the published `mean_std.npy`, D <= 229.

        Returns:
            The model in eval mode.

        Raises:
            LartError: Weights are missing or have another shape than the configuration says.
        """
        values = config.get("configs", config)
        mean, std = mean_and_deviation(mean_std)
        try:
            trunk, pose = values["transformer"], values["extra_feat"]["pose_shape"]
            if not 1 <= trunk["depth"] <= DEEPEST:
                raise LartError(
                    f"Expected a pose predictor of 1 to {DEEPEST} blocks, but its configuration "
                    f"names {trunk['depth']}."
                )
            model = cls(
                frames=values["frame_length"],
                width=values["in_feat"],
                depth=trunk["depth"],
                heads=trunk["heads"],
                head_width=trunk["dim_head"],
                mlp_width=trunk["mlp_dim"],
                pose_layers=(pose["mid_dim"], pose["en_dim"]),
                stride=trunk["conv"]["stride"],
                padding=trunk["conv"]["pad"],
                mean=mean,
                std=std,
            )
        except (KeyError, TypeError) as error:
            raise LartError(
                f"Expected the configuration of PHALP's pose predictor, but found no {error} in it."
            ) from None
        given = dict(without_prefix(state_dict)[0])
        merge_smpl(given, [])
        ours = model.state_dict()
        filled = {}
        for name, value in given.items():
            target = _own_name(name)
            if target in ours and value.numel() == ours[target].numel():
                filled[target] = value.reshape(ours[target].shape)
        missing = sorted(set(ours) - set(filled))
        if missing:
            raise LartError(
                f"Expected the weights of a pose predictor of width {values['in_feat']}, but "
                f"{len(missing)} are missing or of another shape, the first is '{missing[0]}'."
            )
        model.load_state_dict(filled)
        return model.eval()

    def forward(self, pose: Tensor, seen: Tensor) -> Tensor:
        """(B, F, 229) normalised person vectors, (B, F) bool sightings -> tokens (B, F, width)."""
        x = torch.where(seen[..., None], self.pose_encoder(pose), self.mask_token)
        everyone = torch.ones_like(seen)
        x = x + self.position_before
        sight = Sight.of(everyone, seen)
        x = sight.sort(x)
        for block in self.before:
            x = block(x, sight)
        x = sight.restore(x)
        x = self.stretch(self.squeeze(x.transpose(1, 2))).transpose(1, 2) + self.position_after
        sight = Sight.of(everyone, everyone)
        for block in self.after:
            x = block(x, sight)
        return x

    @torch.inference_mode()
    def predict_next(
        self,
        pose: Floats,
        time: NDArray[np.integer],
        lookahead: NDArray[np.integer],
        *,
        parity: bool = False,
    ) -> NDArray[np.float32]:
        """Person vectors of N tracks, `lookahead` frames after the frame that follows the last one.

        Args:
            pose: (N, 7, 229) person vectors of the last sightings. time: (N, 7) their frames.
            lookahead: (N,) frames since the last sighting.
            parity: Read every track at the first track's time, as upstream does.

        Returns:
            (N, 229); NaN for a track of which no pose is known.
        """
        known = ~np.isnan(pose).any(axis=(1, 2))
        out = np.full((len(pose), PERSON_VECTOR), np.nan, np.float32)
        if not known.any():
            return out
        slots = np.minimum(time - time[:, :1], self.frames - 1)[known]
        sequence = np.zeros((len(slots), self.frames, PERSON_VECTOR), np.float32)
        seen = np.zeros((len(slots), self.frames), bool)
        rows = np.arange(len(slots))
        for i in range(slots.shape[1]):
            sequence[rows, slots[:, i]] = pose[known, i]
            seen[rows, slots[:, i]] = True
        wanted = np.minimum(slots[:, -1] + lookahead[known] + 1, self.frames - 1)
        if parity:
            wanted[:] = wanted[0]
        tokens = self._tokens(sequence, seen)[rows, torch.from_numpy(wanted)]
        out[known] = self._person_vectors(tokens)
        return out

    def _tokens(self, sequence: NDArray[np.float32], seen: NDArray[np.bool_]) -> Tensor:
        pose = torch.from_numpy(normalised(sequence, self.mean, self.std))
        return self(pose, torch.from_numpy(seen))

    def _person_vectors(self, tokens: Tensor) -> NDArray[np.float32]:
        smpl = self.smpl_head(tokens)
        parts = [smpl["smpl_global_orient"], smpl["smpl_body_pose"], smpl["smpl_betas"]]
        parts = [part.flatten(1) for part in parts] + [self.location_head(tokens)]
        return torch.cat(parts, dim=1).numpy()


def _own_name(name: str) -> str:
    """Our name of a published weight; the trunk is told apart from LART's by a digit."""
    for theirs, ours in (("transformer1.", "before."), ("transformer2.", "after.")):
        if name.startswith(theirs):
            inner = our_name(name.replace(theirs, "transformer.", 1))
            return inner.replace("blocks.", ours, 1)
    return {
        "pos_embedding_learned1": "position_before",
        "pos_embedding_learned2": "position_after",
        "conv_en.weight": "squeeze.weight",
        "conv_en.bias": "squeeze.bias",
        "conv_de.weight": "stretch.weight",
        "conv_de.bias": "stretch.bias",
    }.get(name) or our_name(name)
