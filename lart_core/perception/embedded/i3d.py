"""I3D (Inception-v1, RGB): a network for short clips of film, trained on Kinetics-400.

Source: Carreira and Zisserman, "Quo Vadis, Action Recognition? A New Model and the Kinetics
Dataset", CVPR 2017. Weights are DeepMind's, as ported to JAX.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lart_core import weights
from lart_core.errors import LartError
from lart_core.untrusted.numpy_pickle import read_pickled

EPSILON = 1e-3
"""Of the batch norms, which have no scale."""
CLASSES = 400
DIM = 1024
CELL = (8, 32)
"""Frames and pixels between two cells of the last map."""
STEM = {"Conv3d_2b_1x1": (64, 64, 1), "Conv3d_2c_3x3": (64, 192, 3)}
MIXED = {
    "Mixed_3b": (192, (64, 96, 128, 16, 32, 32)),
    "Mixed_3c": (256, (128, 128, 192, 32, 96, 64)),
    "Mixed_4b": (480, (192, 96, 208, 16, 48, 64)),
    "Mixed_4c": (512, (160, 112, 224, 24, 64, 64)),
    "Mixed_4d": (512, (128, 128, 256, 24, 64, 64)),
    "Mixed_4e": (512, (112, 144, 288, 32, 64, 64)),
    "Mixed_4f": (528, (256, 160, 320, 32, 128, 128)),
    "Mixed_5b": (832, (256, 160, 320, 32, 128, 128)),
    "Mixed_5c": (832, (384, 192, 384, 48, 128, 128)),
}
"""Channels in, and those of the four branches (two each in the second and third)."""
POOLED_BEFORE = {"Mixed_4b": ((3, 3, 3), (2, 2, 2)), "Mixed_5b": ((2, 2, 2), (2, 2, 2))}


class Unit(nn.Module):
    """A convolution padded as TensorFlow's "SAME", its batch norm folded in, and ReLU."""

    def __init__(self, into: int, out: int, size: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv3d(into, out, size, stride)
        self.size, self.stride = (size,) * 3, (stride,) * 3

    def forward(self, x: Tensor) -> Tensor:
        """(N, into, t, h, w) -> (N, out, ceil of each / stride)."""
        if max(self.size) == 1:  # A linear layer is quicker where channels lie together.
            each = functional.linear(x.movedim(1, -1), self.conv.weight.flatten(1), self.conv.bias)
            return each.movedim(-1, 1).relu_()
        return self.conv(same(x, self.size, self.stride)).relu_()


class Inception(nn.Module):
    """Four branches side by side."""

    def __init__(self, into: int, out: tuple[int, int, int, int, int, int]) -> None:
        super().__init__()
        self.branch_0 = Unit(into, out[0], 1)
        self.branch_1 = nn.Sequential(Unit(into, out[1], 1), Unit(out[1], out[2], 3))
        self.branch_2 = nn.Sequential(Unit(into, out[3], 1), Unit(out[3], out[4], 3))
        self.branch_3 = Unit(into, out[5], 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, into, t, h, w) -> (N, sum of the branches, t, h, w)."""
        pooled = pool(x, (3, 3, 3), (1, 1, 1))
        parts = [self.branch_0(x), self.branch_1(x), self.branch_2(x), self.branch_3(pooled)]
        return torch.cat(parts, dim=1)


class I3D(nn.Module):
    """The network; `forward` gives its last map, `classify` Kinetics' logits of a whole clip."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Unit(3, 64, 7, 2)
        self.stem = nn.ModuleDict({name: Unit(*shape) for name, shape in STEM.items()})
        self.mixed = nn.ModuleDict({name: Inception(*shape) for name, shape in MIXED.items()})
        self.logits = nn.Conv3d(DIM, CLASSES, 1)

    def forward(self, clip: Tensor) -> Tensor:
        """(N, 3, T, H, W) RGB in -1..1 -> (N, 1024, T / 8, H / 32, W / 32), rounded up."""
        x = pool(self.first(clip), (1, 3, 3), (1, 2, 2))
        for unit in self.stem.values():
            x = unit(x)
        x = pool(x, (1, 3, 3), (1, 2, 2))
        for name, block in self.mixed.items():
            if name in POOLED_BEFORE:
                x = pool(x, *POOLED_BEFORE[name])
            x = block(x)
        return x

    def classify(self, last: Tensor) -> Tensor:
        """(N, 1024, t, 7, 7) last maps of 224 x 224 pixels -> (N, 400) logits."""
        pooled = functional.avg_pool3d(last, (2, *last.shape[3:]), 1)
        return self.logits(pooled).mean(dim=(2, 3, 4))


def same(x: Tensor, size: tuple[int, ...], stride: tuple[int, ...]) -> Tensor:
    """Zeros around (N, C, t, h, w), as TensorFlow pads: the odd one at the end."""
    pads: list[int] = []
    for length, kernel, step in zip(x.shape[:1:-1], size[::-1], stride[::-1], strict=True):
        total = max((-(-length // step) - 1) * step + kernel - length, 0)
        pads += [total // 2, total - total // 2]
    return functional.pad(x, pads)


def pool(x: Tensor, size: tuple[int, int, int], stride: tuple[int, int, int]) -> Tensor:
    """Maxima of (N, C, t, h, w) in windows that are padded as TensorFlow's "SAME".

    One axis after the other: as exact as `max_pool3d`, which takes a quarter of the network's time
    on a processor, and six times as quick.
    """
    for axis, (kernel, step) in enumerate(zip(size, stride, strict=True), 2):
        x = _pool_along(x, axis, kernel, step)
    return x


def _pool_along(x: Tensor, axis: int, size: int, stride: int) -> Tensor:
    if size == stride == 1:
        return x
    length = x.shape[axis]
    count = -(-length // stride)
    before = max((count - 1) * stride + size - length, 0) // 2
    most = _every(x, axis, 0, count, stride).clone()
    for shift in range(-before, size - before):
        first, end = max(0, -(shift // stride)), min(count, (length - 1 - shift) // stride + 1)
        inside = most.narrow(axis, first, end - first)
        torch.maximum(
            inside,
            _every(x, axis, first * stride + shift, end - first, stride),
            out=inside,
        )
    return most


def _every(x: Tensor, axis: int, first: int, count: int, stride: int) -> Tensor:
    """`count` slices of an axis, `stride` apart."""
    places = slice(first, first + (count - 1) * stride + 1, stride)
    return x[(slice(None),) * axis + (places,)]


def load_i3d(path: Path | None = None) -> I3D:
    """The network with Kinetics' weights, in eval mode; from the register when `path` is None.

    The file is a pickle of arrays, read without running anything in it.

    Raises:
        LartError: The file holds something else.
    """
    path = path or weights.path("i3d-rgb")
    held = read_pickled(path)
    net = I3D()
    try:
        params, stats = held["params"], held["batch_stats"]
        _fill(net.first, params["Conv3d_1a_7x7"], stats["Conv3d_1a_7x7"])
        for name, unit in net.stem.items():
            _fill(unit, params[name], stats[name])
        for name, block in net.mixed.items():
            for branch, unit in _units(block):
                _fill(unit, params[name][branch], stats[name][branch])
        last = params["Logits/Conv3d_0c_1x1"]["Conv_0"]
        _copy(net.logits, torch.from_numpy(last["kernel"]), torch.from_numpy(last["bias"]))
    except (KeyError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise LartError(f"Expected I3D's weights in {path.name}, but {reason}.") from None
    net.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    return net.eval()


def _units(block: Any) -> list[tuple[str, Unit]]:
    found = [("Branch_0/Conv3d_0a_1x1", block.branch_0), ("Branch_3/Conv3d_0b_1x1", block.branch_3)]
    for number, branch in ((1, block.branch_1), (2, block.branch_2)):
        names = (f"Branch_{number}/Conv3d_0a_1x1", f"Branch_{number}/Conv3d_0b_3x3")
        found += list(zip(names, branch, strict=True))
    return found


def _fill(unit: Any, params: Mapping[str, Any], stats: Mapping[str, Any]) -> None:
    """A unit's convolution with its batch norm in it."""
    mean, variance = (
        torch.from_numpy(stats["BatchNorm_0"][name]).flatten() for name in ("mean", "var")
    )
    scale = (variance + EPSILON).rsqrt()
    kernel = torch.from_numpy(params["Conv_0"]["kernel"]) * scale
    _copy(unit.conv, kernel, torch.from_numpy(params["BatchNorm_0"]["bias"]) - mean * scale)


def _copy(conv: nn.Conv3d, kernel: Tensor, bias: Tensor) -> None:
    """JAX's (t, h, w, in, out) as torch's (out, in, t, h, w)."""
    assert conv.bias is not None
    with torch.no_grad():
        conv.weight.copy_(kernel.permute(4, 3, 0, 1, 2))
        conv.bias.copy_(bias)
