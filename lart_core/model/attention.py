"""Attention in which every token sees the same keys, and the blocks made of it.

Source: paper B.2; published `lart/models/components/lart_transformer/transformer.py`. There every
forbidden score is set to -1000, which single precision turns into a weight of exactly zero, unless
a row has no other score: then all tokens weigh the same. So two facts describe the mask: which
tokens are keys (the same for every token that may look), and which tokens are blind. Tokens are
sorted once so that keys come first; keys and values are then made for those only, and what a blind
token gathers is the mean token's value.
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
        order: (B, N) indices that put each sample's keys first; None where all tokens are keys.
        keys: Number of tokens, from the first, that hold the keys of every sample.
        bias: (B, 1, 1, keys) 0 for a key, -inf for others; None where all of these are keys.
        blind: (B, N, 1) tokens that see nothing, in that order; None where there are none.
    """

    order: Tensor | None
    keys: int
    bias: Tensor | None
    blind: Tensor | None

    @classmethod
    def of(cls, looks: Tensor, is_key: Tensor) -> "Sight":
        """From (B, N) bool: which tokens look, and which are looked at."""
        counts = is_key.sum(1)
        blind = ~looks | (counts == 0)[:, None]
        fewest, keys = int(counts.min()), max(int(counts.max()), 1)
        order = bias = None
        if fewest < is_key.shape[1]:
            order = is_key.to(torch.uint8).argsort(dim=1, descending=True, stable=True)
            blind = blind.gather(1, order)
        if fewest < keys:
            # Where a sample has no key all its tokens are blind; one slot stays open against NaN.
            empty = torch.arange(keys, device=counts.device) >= counts.clamp(min=1)[:, None]
            bias = torch.zeros(empty.shape, device=counts.device).masked_fill(empty, -torch.inf)
            bias = bias[:, None, None]
        return cls(order, keys, bias, blind[..., None] if bool(blind.any()) else None)

    def sort(self, x: Tensor) -> Tensor:
        """(B, N, width) tokens, keys first."""
        return x if self.order is None else x.gather(1, self._index(x))

    def restore(self, x: Tensor) -> Tensor:
        """Undo `sort`."""
        if self.order is None:
            return x
        return torch.empty_like(x).scatter(1, self._index(x), x)

    def _index(self, x: Tensor) -> Tensor:
        assert self.order is not None
        return self.order[..., None].expand_as(x)


class Attention(nn.Module):
    """Multi-head attention without bias in queries, keys and values."""

    def __init__(self, width: int, heads: int, head_width: int, dropout: float, blind_mean: bool):
        super().__init__()
        self.heads, self.dropout, self.blind_mean = heads, dropout, blind_mean
        inner = heads * head_width
        self.qkv = nn.Linear(width, 3 * inner, bias=False)
        self.out = nn.Linear(inner, width)

    def forward(self, x: Tensor, sight: Sight) -> Tensor:
        """(B, N, width) sorted tokens -> (B, N, width)."""
        inner = self.out.in_features
        seen = x[:, : sight.keys]
        of_query, of_key, of_value = self.qkv.weight.split(inner)
        q, k, v = (
            self._heads(F.linear(tokens, weight))
            for tokens, weight in ((x, of_query), (seen, of_key), (seen, of_value))
        )
        bias = None if sight.bias is None else sight.bias.to(q.dtype)
        gathered = self._gather(q, k, v, bias).transpose(1, 2).flatten(2)
        if sight.blind is not None:
            instead = gathered.new_zeros(())
            if self.blind_mean:
                instead = F.linear(x.mean(1, keepdim=True), of_value)
            gathered = torch.where(sight.blind, instead, gathered)
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

    def forward(self, x: Tensor, sight: Sight) -> Tensor:
        """(B, N, width) -> (B, N, width)."""
        if self.pre_norm:
            x = x + self._drop(self.attention(self.attention_norm(x), sight))
            return x + self._drop(self.mlp(self.mlp_norm(x)))
        x = self.attention_norm(x + self._drop(self.attention(x, sight)))
        return self.mlp_norm(x + self._drop(self.mlp(x)))

    def _drop(self, branch: Tensor) -> Tensor:
        """Skip the branch for some samples in training (stochastic depth)."""
        if not (self.training and self.drop_path):
            return branch
        keep = branch.new_empty(len(branch), 1, 1).bernoulli_(1 - self.drop_path)
        return branch * keep / (1 - self.drop_path)
