"""HMR 2.0: a picture of a person gives SMPL pose, shape and a weak-perspective camera.

Names are those of the published checkpoint. Source: Goel et al. 2023 (Humans in 4D), code
shubham-goel/4D-Humans 6ec7965: a ViT-H backbone without class token, and a transformer decoder
that asks the backbone's map with one token.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lart_core.errors import LartError
from lart_core.model.smpl_head import BETAS, CAMERA, POSE_6D, rotations_from_6d
from lart_core.untrusted.torch_file import read_state_dict

OTHER_PARTS = ("smpl.", "discriminator.", "initialized")
"""Entries of the checkpoint that only training and the body model need."""


@dataclass(frozen=True)
class HMR2Config:
    """Shape of the network; the defaults are the published one's.

    Attributes:
        height, width: Pixels of the picture that the backbone sees.
        dim, depth, heads: Of the backbone.
        head_dim, head_depth, head_heads, head_dim_head, head_hidden: Of the decoder.
    """

    height: int = 256
    width: int = 192
    patch: int = 16
    dim: int = 1280
    depth: int = 32
    heads: int = 16
    head_dim: int = 1024
    head_depth: int = 6
    head_heads: int = 8
    head_dim_head: int = 64
    head_hidden: int = 1024


@dataclass(frozen=True)
class Regressed:
    """What the network says of N pictures.

    Attributes:
        global_orient: (N, 3, 3); body_pose: (N, 23, 3, 3); betas: (N, 10).
        camera: (N, 3) scale, x, y of a weak-perspective camera over the square crop.
    """

    global_orient: Tensor
    body_pose: Tensor
    betas: Tensor
    camera: Tensor


class HMR2(nn.Module):
    """The network."""

    def __init__(self, config: HMR2Config | None = None) -> None:
        super().__init__()
        self.config = config or HMR2Config()
        self.backbone = ViT(self.config)
        self.smpl_head = SMPLDecoder(self.config)

    def forward(self, pictures: Tensor) -> Regressed:
        """(N, 3, H, H) normalised square crops -> bodies; the outer columns are not looked at."""
        spare = (pictures.shape[3] - self.config.width) // 2
        middle = pictures[..., spare : spare + self.config.width]
        places = self.backbone(middle)
        return self.smpl_head(places.to(self.smpl_head.decpose.weight.dtype))


class ViT(nn.Module):
    """Vision transformer with learned positions (ViTPose's)."""

    def __init__(self, config: HMR2Config) -> None:
        super().__init__()
        places = (config.height // config.patch) * (config.width // config.patch)
        self.patch_embed = PatchEmbed(config)
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + places, config.dim))
        self.blocks = nn.ModuleList(Block(config.dim, config.heads) for _ in range(config.depth))
        self.last_norm = nn.LayerNorm(config.dim, eps=1e-6)

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 3, height, width) -> (N, places, dim)."""
        x = self.patch_embed(pictures) + self.pos_embed[:, 1:] + self.pos_embed[:, :1]
        for block in self.blocks:
            x = block(x)
        return self.last_norm(x)


class PatchEmbed(nn.Module):
    """Patches -> tokens; padded by 2 pixels, as ViTPose was trained."""

    def __init__(self, config: HMR2Config) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, config.dim, config.patch, config.patch, padding=2)

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 3, height, width) -> (N, places, dim)."""
        return self.proj(pictures).flatten(2).transpose(1, 2)


class Block(nn.Module):
    """Attention and an MLP of four times the width, pre-norm."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(dim, 4 * dim), "fc2": nn.Linear(4 * dim, dim)})

    def forward(self, x: Tensor) -> Tensor:
        """(N, tokens, dim) -> the same shape."""
        x = x + self.attn(self.norm1(x))
        return x + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(x))))


class Attention(nn.Module):
    """Self-attention with one projection for queries, keys and values."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        """(N, tokens, dim) -> the same shape."""
        return self.proj(attend(self.heads, *self.qkv(x).chunk(3, -1)))


class SMPLDecoder(nn.Module):
    """One token that asks the map, and what it adds to the mean body."""

    def __init__(self, config: HMR2Config) -> None:
        super().__init__()
        self.transformer = Decoder(config)
        self.decpose = nn.Linear(config.head_dim, POSE_6D)
        self.decshape = nn.Linear(config.head_dim, BETAS)
        self.deccam = nn.Linear(config.head_dim, CAMERA)
        self.init_body_pose: Tensor
        self.init_betas: Tensor
        self.init_cam: Tensor
        self.register_buffer("init_body_pose", torch.tensor([[1.0, 0, 0, 0, 1, 0] * 24]))
        self.register_buffer("init_betas", torch.zeros(1, BETAS))
        self.register_buffer("init_cam", torch.zeros(1, CAMERA))

    def forward(self, places: Tensor) -> Regressed:
        """(N, places, dim) -> bodies."""
        token = self.transformer(places)
        pose = rotations_from_6d((self.decpose(token) + self.init_body_pose).unflatten(1, (24, 6)))
        return Regressed(
            global_orient=pose[:, 0],
            body_pose=pose[:, 1:],
            betas=self.decshape(token) + self.init_betas,
            camera=self.deccam(token) + self.init_cam,
        )


class Decoder(nn.Module):
    """Transformer decoder over a single token whose input is always zero."""

    def __init__(self, config: HMR2Config) -> None:
        super().__init__()
        self.to_token_embedding = nn.Linear(1, config.head_dim)
        self.pos_embedding = nn.Parameter(torch.zeros(1, 1, config.head_dim))
        self.transformer = nn.ModuleDict(
            {"layers": nn.ModuleList(Layer(config) for _ in range(config.head_depth))}
        )

    def forward(self, places: Tensor) -> Tensor:
        """(N, places, dim) -> (N, head_dim)."""
        x = self.to_token_embedding(places.new_zeros(len(places), 1, 1)) + self.pos_embedding
        for layer in self.transformer["layers"].children():
            x = layer(x, places)
        return x[:, 0]


class Layer(nn.ModuleList):
    """Self-attention, cross-attention and a feed-forward net, each on a residual path."""

    def __init__(self, config: HMR2Config) -> None:
        parts = SelfAttention(config), CrossAttention(config), FeedForward(config)
        super().__init__(PreNorm(config.head_dim, part) for part in parts)

    def forward(self, x: Tensor, places: Tensor) -> Tensor:
        """(N, tokens, head_dim) and (N, places, dim) -> (N, tokens, head_dim)."""
        x = self[0](x) + x
        x = self[1](x, places) + x
        return self[2](x) + x


class PreNorm(nn.Module):
    """Normalise, then do."""

    def __init__(self, dim: int, fn: nn.Module) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fn = fn

    def forward(self, x: Tensor, *args: Tensor) -> Tensor:
        """(N, tokens, dim) -> the same shape."""
        return self.fn(self.norm(x), *args)


class SelfAttention(nn.Module):
    """Attention among the tokens; with one token, its value."""

    def __init__(self, config: HMR2Config) -> None:
        super().__init__()
        inner = config.head_heads * config.head_dim_head
        self.heads = config.head_heads
        self.to_qkv = nn.Linear(config.head_dim, 3 * inner, bias=False)
        self.to_out = nn.Sequential(nn.Linear(inner, config.head_dim))

    def forward(self, x: Tensor) -> Tensor:
        """(N, tokens, head_dim) -> the same shape."""
        return self.to_out(attend(self.heads, *self.to_qkv(x).chunk(3, -1)))


class CrossAttention(nn.Module):
    """The tokens ask the map."""

    def __init__(self, config: HMR2Config) -> None:
        super().__init__()
        inner = config.head_heads * config.head_dim_head
        self.heads = config.head_heads
        self.to_kv = nn.Linear(config.dim, 2 * inner, bias=False)
        self.to_q = nn.Linear(config.head_dim, inner, bias=False)
        self.to_out = nn.Sequential(nn.Linear(inner, config.head_dim))

    def forward(self, x: Tensor, places: Tensor) -> Tensor:
        """(N, tokens, head_dim) and (N, places, dim) -> (N, tokens, head_dim)."""
        return self.to_out(attend(self.heads, self.to_q(x), *self.to_kv(places).chunk(2, -1)))


class FeedForward(nn.Module):
    """Two layers with a GELU between, at the published places in the sequence."""

    def __init__(self, config: HMR2Config) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(config.head_dim, config.head_hidden),
            nn.GELU(),
            nn.Identity(),
            nn.Linear(config.head_hidden, config.head_dim),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, tokens, head_dim) -> the same shape."""
        return self.net(x)


def attend(heads: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attention of (N, tokens, heads * dim) over the heads."""
    q, k, v = (x.unflatten(2, (heads, -1)).transpose(1, 2) for x in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


def load_hmr2(weights: str | Path) -> HMR2:
    """The network with the published checkpoint's weights.

    Raises:
        LartError: The file cannot be read or belongs to another network.
    """
    given = read_state_dict(Path(weights))
    state = {name: value for name, value in given.items() if not name.startswith(OTHER_PARTS)}
    with torch.device("meta"):
        net = HMR2()
    try:
        net.load_state_dict(state, assign=True)
    except RuntimeError as error:
        raise LartError(f"{Path(weights).name} does not hold HMR 2.0's weights: {error}") from None
    return net.eval()
