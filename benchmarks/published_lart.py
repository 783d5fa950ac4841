"""The published LART as a referee, run from the user's own checkouts.

Get it with ``git clone https://github.com/brjathu/LART`` and ``.../brjathu/PHALP`` side by side in
one folder, install what it imports (``pip install einops omegaconf hydra-core``) and give the
folder's path. It is used as published; what stands in for a GPU, for the SMPL start values that
must be downloaded and for MViT features is put beside it, not into it.
"""

import contextlib
import importlib
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lart_core.model import LARTConfig


def published_yaml(config: LARTConfig) -> dict[str, Any]:
    """The published configuration file that describes the same network."""
    enabled = [
        name
        for name, present in (
            ("joints_3D", config.joints_layers),
            ("apperance", config.appearance_layers),
        )
        if present
    ]
    joints = config.joints_layers or (256, 256, 128)
    look = config.appearance_layers or (512, 512, 256)
    return {
        "frame_length": config.frames,
        "max_people": config.people,
        "in_feat": config.width,
        "mask_ratio": config.mask_ratio,
        "mask_type_test": "zero",
        "num_smpl_heads": 1,
        "ava": {
            "num_action_classes": 80,
            "num_valid_action_classes": config.actions,
            "predict_valid": True,
        },
        "kinetics": {"num_action_classes": 400},
        "extra_feat": {
            "enable": ",".join(enabled),
            "pose_shape": {
                "dim": 229,
                "mid_dim": config.pose_layers[0],
                "en_dim": config.pose_layers[-1],
            },
            "joints_3D": {"dim": 135, "mid_dim": joints[0], "en_dim": joints[-1]},
            "apperance": {
                "dim": config.appearance_size,
                "mid_dim": look[0],
                "en_dim": look[-1],
            },
        },
        "transformer": {
            "depth": config.depth,
            "heads": config.heads,
            "mlp_dim": config.mlp_width,
            "dim_head": config.head_width,
            "dropout": config.dropout,
            "emb_dropout": 0.1,
            "droppath": config.drop_path,
            "conv": {"pad": 1, "stride": 5},
        },
    }


class Published:
    """The published network and its inference over tracks, called in this process."""

    def __init__(self, folder: Path, config: LARTConfig, mean_std: np.ndarray, seed: int = 0):
        for name in ("LART", "PHALP"):
            if str(folder / name) not in sys.path:
                sys.path.insert(0, str(folder / name))
        import omegaconf  # the referee's own requirement

        torch.manual_seed(seed)
        self.yaml = published_yaml(config)
        home = Path(_HOME.name)
        with _home(home):
            cache = home / ".cache" / "phalp" / "3D"
            cache.mkdir(parents=True, exist_ok=True)
            start = np.random.default_rng(seed)
            np.savez(
                cache / "smpl_mean_params.npz",
                pose=start.normal(size=144),
                shape=start.normal(size=10),
                cam=start.normal(size=3),
            )
            np.save(cache / "mean_std.npy", mean_std)
            file = home / "lart.yaml"
            omegaconf.OmegaConf.save({"configs": self.yaml}, file)
            _import_without_init("lart.utils", folder / "LART" / "lart" / "utils")
            wrapper = importlib.import_module("lart.utils.wrapper_phalp")
            predictor = SimpleNamespace(config_path=str(file), mean_std=cache / "mean_std.npy")
            tracker = SimpleNamespace(HMAR=SimpleNamespace(smpl=nn.Identity()))
            self.wrapper = wrapper.Pose_transformer(
                SimpleNamespace(pose_predictor=predictor), tracker
            ).eval()
        # The wrapper is made for one person; the network takes any number.
        self.wrapper.cfg.max_people = config.people
        self.encoder = self.wrapper.encoder

    def state_dict(self) -> dict[str, Tensor]:
        """Its weights under their published names."""
        return self.encoder.state_dict()

    @torch.no_grad()
    def tokens(self, batch: dict[str, Tensor]) -> Tensor:
        """The network without heads, with the masks of inference."""
        return self.encoder({k: v.clone() for k, v in batch.items()}, "zero")[0]

    @torch.no_grad()
    def action_logits(self, tokens: Tensor, people: int) -> Tensor:
        """(B, T * P, C)."""
        return self.encoder.action_head_ava[0](tokens[:, people:])

    @torch.no_grad()
    def track_logits(self, track: dict[str, Any]) -> Tensor:
        """(T, C) by the published sliding window; `track` as its `create_fast_tracklets` makes."""
        self.wrapper.add_slowfast_features = lambda given: given  # features are given
        self.wrapper.cfg.max_people = 1
        moved, Tensor.cuda = Tensor.cuda, lambda self: self.to(CUDA)  # type: ignore[method-assign]
        try:
            smoothed = self.wrapper.smooth_tracks(dict(track), True, step=32, window=32)
        finally:
            Tensor.cuda = moved  # type: ignore[method-assign]
        return smoothed["ava_action"][:, 0]


CUDA = "cuda" if torch.cuda.is_available() else "cpu"
"""What the published `.cuda()` calls mean here."""


_HOME = tempfile.TemporaryDirectory(prefix="published-lart-")
"""Where the published code believes its downloads to be."""


@contextlib.contextmanager
def _home(folder: Path) -> Any:
    before = os.environ.get("HOME")
    os.environ["HOME"] = str(folder)
    try:
        yield
    finally:
        if before is not None:
            os.environ["HOME"] = before


def _import_without_init(name: str, folder: Path) -> None:
    """Make a package importable without what its `__init__` pulls in (loggers, Hydra plug-ins)."""
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
