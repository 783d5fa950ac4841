"""MViTv2 with an ROI head: a clip and boxes give a feature and class scores for each box.

Names are those of SlowFast's checkpoints. Source: Li et al. 2022 (MViTv2) and SlowFast 287ec00.
Attention adds relative positions by widening queries and keys rather than by a bias matrix: the
bias of query q and key k is a sum over axes of a number that depends on q and on k's coordinate, so
it is an inner product with k's one-hot coordinates, and no (queries x keys) matrix is ever stored.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lart_core.errors import LartError
from lart_core.perception.published.mvit_config import BlockConfig, MViTConfig, Size
from lart_core.perception.published.roi_align import roi_align
from lart_core.untrusted.torch_file import read_state_dict

EPS = 1e-6


class MViT(nn.Module):
    """The network; see `MViTConfig` for its shape."""

    def __init__(self, config: MViTConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_embed = PatchEmbed(config)
        if config.cls_token:
            self.cls_token = nn.Parameter(torch.zeros(1, 1, config.dim))
        blocks = config.blocks()
        self.blocks = nn.ModuleList(Block(block, config) for block in blocks)
        self.norm = nn.LayerNorm(blocks[-1].dim_out, eps=EPS)
        self.head = Head(blocks[-1].dim_out, config.classes)

    @property
    def dim(self) -> int:
        """Numbers a feature."""
        return self.head.projection.in_features

    def features(self, clips: Tensor) -> Tensor:
        """(B, 3, T, H, W) normalised clips -> (B, dim, T', H', W') map; any H and W."""
        x, size = self.patch_embed(clips)
        if self.config.cls_token:
            x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1)
        for block in self.blocks:
            x, size = block(x, size)
        x = self.norm(x)[:, int(self.config.cls_token) :]
        return x.transpose(1, 2).unflatten(2, size)

    def forward(self, clips: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Features and scores of boxes.

        Args:
            clips: (B, 3, T, H, W) normalised clips.
            boxes: (K, 5) clip index, x1 y1 x2 y2 in the clip's pixels.

        Returns:
            (K, dim) features before the classifier, and (K, classes) scores in 0..1.
        """
        average = self.features(clips).mean(2)
        config = self.config
        grid = roi_align(
            average.float(),
            boxes,
            config.roi_resolution,
            1 / config.scale_factor,
            0,
            config.aligned,
        )
        feature = grid.amax((2, 3)).to(average.dtype)
        return feature, self.head.projection(feature).sigmoid()


class PatchEmbed(nn.Module):
    """Overlapping space-time patches -> tokens."""

    def __init__(self, config: MViTConfig) -> None:
        super().__init__()
        self.proj = nn.Conv3d(
            3, config.dim, config.patch_kernel, config.patch_stride, config.patch_padding
        )

    def forward(self, clips: Tensor) -> tuple[Tensor, Size]:
        """(B, 3, T, H, W) -> (B, tokens, dim) and the tokens' grid."""
        x = self.proj(clips)
        return x.flatten(2).transpose(1, 2), tuple(x.shape[2:])


class Block(nn.Module):
    """Pooling attention and an MLP, each on a residual path."""

    def __init__(self, block: BlockConfig, config: MViTConfig) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(block.dim, eps=EPS)
        self.attn = Attention(block, config)
        self.norm2 = nn.LayerNorm(block.dim_out, eps=EPS)
        self.mlp = Mlp(block.dim_out, int(block.dim_out * config.mlp_ratio))
        if block.dim != block.dim_out:
            self.proj = nn.Linear(block.dim, block.dim_out)
        self.widens = block.dim != block.dim_out
        self.cls_tokens = int(config.cls_token)
        self.skip_stride = block.q_stride if block.q_stride and max(block.q_stride) > 1 else None

    def forward(self, x: Tensor, size: Size) -> tuple[Tensor, Size]:
        """(B, tokens, dim) over a grid -> (B, fewer tokens, dim_out) and their grid."""
        normed = self.norm1(x)
        attended, size_out = self.attn(normed, size)
        if self.widens:
            x = self.proj(normed)
        x = self._skip(x, size) + attended
        return x + self.mlp(self.norm2(x)), size_out

    def _skip(self, x: Tensor, size: Size) -> Tensor:
        if self.skip_stride is None:
            return x
        cls, grid = x[:, : self.cls_tokens], x[:, self.cls_tokens :]
        kernel = [s + 1 if s > 1 else s for s in self.skip_stride]
        pooled = F.max_pool3d(
            grid.transpose(1, 2).unflatten(2, size),
            kernel,
            self.skip_stride,
            [k // 2 for k in kernel],
        )
        return torch.cat([cls, pooled.flatten(2).transpose(1, 2)], 1)


class Attention(nn.Module):
    """Attention over pooled queries, keys and values with relative positions."""

    def __init__(self, block: BlockConfig, config: MViTConfig) -> None:
        super().__init__()
        self.heads, self.cls_tokens = block.heads, int(config.cls_token)
        dim = block.dim_out // block.heads
        self.qkv = nn.Linear(block.dim, 3 * block.dim_out)
        self.proj = nn.Linear(block.dim_out, block.dim_out)
        kernel = config.pool_kernel
        middle = kernel[0] // 2, kernel[1] // 2, kernel[2] // 2
        strides = {"q": block.q_stride, "k": block.kv_stride, "v": block.kv_stride}
        for name, stride in strides.items():
            if stride is not None:
                pool = nn.Conv3d(dim, dim, kernel, stride, middle, groups=dim, bias=False)
                setattr(self, f"pool_{name}", pool)
                setattr(self, f"norm_{name}", nn.LayerNorm(dim, eps=EPS))
        time, side, _ = block.input_size
        q_side = side // block.q_stride[1] if block.q_stride else side
        reach = 2 * max(q_side, side // block.kv_stride[1]) - 1
        self.rel_pos_h = nn.Parameter(torch.zeros(reach, dim))
        self.rel_pos_w = nn.Parameter(torch.zeros(reach, dim))
        self.rel_pos_t = nn.Parameter(torch.zeros(2 * time - 1, dim))

    def forward(self, x: Tensor, size: Size) -> tuple[Tensor, Size]:
        """(B, tokens, dim) over a grid -> (B, query tokens, dim_out) and the queries' grid."""
        qkv = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, q_size = self._pool("q", qkv[0], size)
        k, k_size = self._pool("k", qkv[1], size)
        v, _ = self._pool("v", qkv[2], size)
        wide_q = torch.cat([q * q.shape[-1] ** -0.5, self._relative(q, q_size, k_size)], -1)
        wide_k = torch.cat([k, self._coordinates(k, k_size)], -1)
        spare = wide_q.shape[-1] - v.shape[-1]
        out = F.scaled_dot_product_attention(wide_q, wide_k, F.pad(v, (0, spare)), scale=1.0)
        out = out[..., : v.shape[-1]]
        out = torch.cat([out[:, :, : self.cls_tokens], (out + q)[:, :, self.cls_tokens :]], 2)
        return self.proj(out.transpose(1, 2).flatten(2)), q_size

    def _pool(self, name: str, x: Tensor, size: Size) -> tuple[Tensor, Size]:
        """Pool (B, heads, tokens, dim) over its grid; the class token passes by."""
        pool = getattr(self, f"pool_{name}", None)
        if pool is None:
            return x, size
        cls, grid = x[:, :, : self.cls_tokens], x[:, :, self.cls_tokens :]
        grid = pool(grid.flatten(0, 1).transpose(1, 2).unflatten(2, size))
        size_out = tuple(grid.shape[2:])
        grid = grid.flatten(2).transpose(1, 2).unflatten(0, x.shape[:2])
        return getattr(self, f"norm_{name}")(torch.cat([cls, grid], 2)), size_out

    def _relative(self, q: Tensor, q_size: Size, k_size: Size) -> Tensor:
        """(B, heads, tokens, time + height + width): each query's bias by key coordinate."""
        grid = q[:, :, self.cls_tokens :].unflatten(2, q_size)
        tables = (self.rel_pos_t, self.rel_pos_h, self.rel_pos_w)
        places = ("t", "h", "w")
        axes = [
            torch.einsum(f"bnthwc,{axis}kc->bnthwk", grid, positions(table, n, m)).flatten(2, 4)
            for axis, table, n, m in zip(places, tables, q_size, k_size, strict=True)
        ]
        return F.pad(torch.cat(axes, -1), (0, 0, self.cls_tokens, 0))

    def _coordinates(self, k: Tensor, size: Size) -> Tensor:
        """(B, heads, tokens, time + height + width): each key's one-hot coordinates."""
        axes = [torch.eye(n, dtype=k.dtype, device=k.device) for n in size]
        time = axes[0][:, None, None].expand(*size, -1)
        height = axes[1][None, :, None].expand(*size, -1)
        width = axes[2][None, None, :].expand(*size, -1)
        hot = F.pad(torch.cat([time, height, width], -1).flatten(0, 2), (0, 0, self.cls_tokens, 0))
        return hot.expand(*k.shape[:2], -1, -1)


class Mlp(nn.Module):
    """Two layers with a GELU between."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        """(..., dim) -> (..., dim)."""
        return self.fc2(F.gelu(self.fc1(x)))


class Head(nn.Module):
    """The classifier."""

    def __init__(self, dim: int, classes: int) -> None:
        super().__init__()
        self.projection = nn.Linear(dim, classes)


def positions(table: Tensor, queries: int, keys: int) -> Tensor:
    """(queries, keys, dim) rows of a relative position table, stretched to fit and rescaled."""
    reach = 2 * max(queries, keys) - 1
    if len(table) != reach:
        table = F.interpolate(table.T[None], size=reach, mode="linear")[0].T
    q_step, k_step = max(keys / queries, 1.0), max(queries / keys, 1.0)
    at = torch.arange(queries)[:, None] * q_step - torch.arange(keys) * k_step
    return table[(at + (keys - 1) * k_step).long().to(table.device)]


def load_mvit(config: str | Path, weights: str | Path) -> MViT:
    """Build the network of a SlowFast YAML file and load a SlowFast ``.pyth`` checkpoint.

    Raises:
        LartError: A file cannot be read, or the two do not fit together.
    """
    with torch.device("meta"):
        net = MViT(MViTConfig.from_yaml(config))
    try:
        net.load_state_dict(read_state_dict(Path(weights), "model_state"), assign=True)
    except RuntimeError as error:
        raise LartError(
            f"{Path(weights).name} does not fit the network of {Path(config).name}: {error}"
        ) from None
    return net.eval()
