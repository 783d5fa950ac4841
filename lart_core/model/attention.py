"""Attention in which every token sees the same keys, and the blocks made of it.

Source: paper B.2; published `lart/models/components/lart_transformer/transformer.py`. There every
forbidden score is set to -1000, which single precision turns into a weight of exactly zero, unless
a row has no other score: then all tokens weigh the same. So two facts describe the mask: which
tokens are keys (the same for every token that may look), and which tokens are blind. Tokens are
sorted once so that keys come first; keys and values are then made for those only, and what a blind
token gathers is the mean token's value. Where the output of some tokens alone is kept, tokens that
are neither kept nor looked at are left out, and the last block is asked of the kept ones only.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lart_core.model.dropout import dropout


@dataclass(frozen=True)
class Sight:
    """Who sees whom among N tokens, and the order that they are computed in.

    Attributes:
        count: N.
        order: (B, M) indices of those of the N that are computed, each sample's keys first; None
            where all tokens are keys.
        keys: Number of tokens, from the first, that hold the keys of every sample.
        bias: (B, 1, 1, keys) 0 for a key, -inf for others; None where all of these are keys.
        blind: (B, M, 1) tokens that see nothing, in that order; None where there are none.
        kept: (B, K) places in that order of the tokens whose output is kept; None for all M.
    """

    count: int
    order: Tensor | None
    keys: int
    bias: Tensor | None
    blind: Tensor | None
    kept: Tensor | None

    @classmethod
    def of(cls, looks: Tensor, is_key: Tensor, kept: Tensor | None = None) -> "Sight":
        """From (B, N) bool: who looks, who is looked at, whose output is kept (None: all's)."""
        counts = is_key.sum(1)
        kept = torch.ones_like(looks) if kept is None else kept
        blind = ~looks | (counts == 0)[:, None]
        fewest, keys = int(counts.min()), max(int(counts.max()), 1)
        order = bias = places = None
        if fewest < is_key.shape[1]:
            rank = is_key.to(torch.uint8) + needed(looks, is_key, kept)
            order = rank.argsort(dim=1, descending=True, stable=True)
            order = order[:, : int((rank > 0).sum(1).max())]
            blind, kept = blind.gather(1, order), kept.gather(1, order)
        most = int(kept.sum(1).max())
        if most < kept.shape[1]:
            places = kept.to(torch.uint8).argsort(dim=1, descending=True, stable=True)[:, :most]
        if fewest < keys:
            # Where a sample has no key all its tokens are blind; one slot stays open against NaN.
            empty = torch.arange(keys, device=counts.device) >= counts.clamp(min=1)[:, None]
            bias = torch.zeros(empty.shape, device=counts.device).masked_fill(empty, -torch.inf)
            bias = bias[:, None, None]
        unseeing = blind[..., None] if bool(blind.any()) else None
        return cls(looks.shape[1], order, keys, bias, unseeing, places)

    def sort(self, x: Tensor) -> Tensor:
        """(B, N, width) tokens -> (B, M, width), keys first."""
        return x if self.order is None else rows(x, self.order)

    def restore(self, x: Tensor) -> Tensor:
        """(B, K, width) kept tokens -> (B, N, width) as before `sort`, zeros where left out."""
        where = self.order
        if self.kept is not None:
            where = self.kept if where is None else where.gather(1, self.kept)
        if where is None:
            return x
        whole = x.new_zeros(len(x), self.count, x.shape[2])
        return whole.scatter(1, where[..., None].expand_as(x), x)


def needed(looks: Tensor, is_key: Tensor, kept: Tensor) -> Tensor:
    """(B, N) bool: keys and kept tokens, and all of a sample of which a kept one sees the mean."""
    blind = ~is_key.any(1, keepdim=True) | (kept & ~looks).any(1, keepdim=True)
    return is_key | kept | blind


def rows(x: Tensor, places: Tensor) -> Tensor:
    """(B, M, width) of (B, N, width) at (B, M) places."""
    return x.gather(1, places[..., None].expand(-1, -1, x.shape[2]))


class Attention(nn.Module):
    """Multi-head attention without bias in queries, keys and values."""

    def __init__(self, width: int, heads: int, head_width: int, dropout: float, blind_mean: bool):
        super().__init__()
        self.heads, self.dropout, self.blind_mean = heads, dropout, blind_mean
        inner = heads * head_width
        self.qkv = nn.Linear(width, 3 * inner, bias=False)
        self.out = nn.Linear(inner, width)

    def forward(self, x: Tensor, sight: Sight, kept: Tensor | None = None) -> Tensor:
        """(B, M, width) sorted tokens -> (B, K, width) of those at (B, K) `kept`, or of all."""
        inner = self.out.in_features
        seen, blind = x[:, : sight.keys], sight.blind
        asking = x if kept is None else rows(x, kept)
        if blind is not None and kept is not None:
            blind = rows(blind, kept)
        of_query, of_key, of_value = self.qkv.weight.split(inner)
        q, k, v = (
            self._heads(F.linear(tokens, weight))
            for tokens, weight in ((asking, of_query), (seen, of_key), (seen, of_value))
        )
        bias = None if sight.bias is None else sight.bias.to(q.dtype)
        gathered = self._gather(q, k, v, bias).transpose(1, 2).flatten(2)
        if blind is not None:
            instead = gathered.new_zeros(())
            if self.blind_mean:
                instead = F.linear(x.mean(1, keepdim=True), of_value)
            gathered = torch.where(blind, instead, gathered)
        return dropout(self.out(gathered), self.dropout, self.training)

    def _gather(self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
        """(B, heads, N, d) values of the keys, weighed by how much each query looks at them."""
        if not (self.training and self.dropout):
            return F.scaled_dot_product_attention(q, k, v, bias)
        score = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
        weight = (score if bias is None else score + bias).softmax(dim=-1)
        return dropout(weight, self.dropout, self.training) @ v

    def _heads(self, x: Tensor) -> Tensor:
        """(B, N, heads * d) -> (B, heads, N, d)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class Dropout(nn.Dropout):
    """`lart_core.model.dropout` as a layer."""

    def forward(self, x: Tensor) -> Tensor:
        """Numbers of any shape."""
        return dropout(x, self.p, self.training)


class MLP(nn.Sequential):
    """Two layers with GELU."""

    def __init__(self, width: int, hidden: int, dropout: float):
        super().__init__(
            nn.Linear(width, hidden),
            nn.GELU(),
            Dropout(dropout),
            nn.Linear(hidden, width),
            Dropout(dropout),
        )


class Block(nn.Module):
    """Attention and MLP, each added to its input, with layer norm before or after."""

    def __init__(
        self, attention: Attention, mlp: MLP, width: int, pre_norm: bool, drop_path: float
    ):
        super().__init__()
        self.attention, self.mlp = attention, mlp
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.pre_norm, self.drop_path = pre_norm, drop_path

    def forward(self, x: Tensor, sight: Sight, kept: Tensor | None = None) -> Tensor:
        """(B, M, width) sorted tokens -> (B, K, width) of those at (B, K) `kept`, or of all."""
        own = x if kept is None else rows(x, kept)
        if self.pre_norm:
            x = own + self._drop(self.attention(self.attention_norm(x), sight, kept))
            return x + self._drop(self.mlp(self.mlp_norm(x)))
        x = self.attention_norm(own + self._drop(self.attention(x, sight, kept)))
        return self.mlp_norm(x + self._drop(self.mlp(x)))

    def _drop(self, branch: Tensor) -> Tensor:
        """Skip the branch for some samples in training (stochastic depth)."""
        if not (self.training and self.drop_path):
            return branch
        keep = branch.new_empty(len(branch), 1, 1).bernoulli_(1 - self.drop_path)
        return branch * keep / (1 - self.drop_path)
