"""MobileNetV2 as a describer of pictures, for comparison with I3D.

Source: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from lart_core import weights
from lart_core.errors import LartError

STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion, channels, blocks and first stride of each stage."""

SIZE = 224
"""Pixels a side of the pictures that the weights learnt from."""
DIM = 1280
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's red, green and blue in 0..1."""


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to the input where the shapes allow it."""

    def __init__(self, into: int, out: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = into * expansion
        layers = _convolution(into, inner, 1) if expansion > 1 else []
        layers += _convolution(inner, inner, 3, stride, inner)
        layers += [nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out)]
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and into == out

    def forward(self, x: Tensor) -> Tensor:
        """(N, into, h, w) -> (N, out, h / stride, w / stride)."""
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    """The network without its classifier; parameters have the names of the usual weight files."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(*_convolution(3, 32, 3, 2))]
        into = 32
        for expansion, out, blocks, stride in STAGES:
            for block in range(blocks):
                layers.append(InvertedResidual(into, out, 1 if block else stride, expansion))
                into = out
        layers.append(nn.Sequential(*_convolution(into, DIM, 1)))
        self.features = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """(N, 224, 224, 3) uint8 RGB -> (N, 1280) mean features."""
        mean, std = torch.tensor(MEAN), torch.tensor(STD)
        x = (pictures / 255 - mean) / std
        return self.features(x.permute(0, 3, 1, 2).contiguous()).mean(dim=(2, 3))


def load_mobilenet(path: Path | None = None) -> MobileNetV2:
    """The network with ImageNet's weights, in eval mode; from the register when `path` is None.

    Raises:
        LartError: The file holds something else.
    """
    path = path or weights.path("mobilenet-v2")
    net = MobileNetV2()
    try:
        net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise LartError(f"Expected MobileNetV2's weights in {path.name}, but {reason}") from None
    return net.eval()


def _convolution(
    into: int, out: int, size: int, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    return [
        nn.Conv2d(into, out, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
        nn.ReLU6(),
    ]
