"""HMAR's appearance: a person's texture on the body's surface, and its embedding.

Names are those of PHALP's `hmar_v2_weights.pth`. Source: PHALP 96f7e6c. A ResNet-50 feeds a decoder
that says, for each place of a UV map, where in the crop to look; an encoder turns the map into 4096
numbers. What else the checkpoint holds (a body regressor, the encoder's mirror image) is left out.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm

from lart_core.errors import LartError
from lart_core.untrusted.torch_file import read_state_dict

SLOPE = 0.2
DIM = 4096
"""Numbers an embedding."""

PREFIX = 5
"""Characters that the checkpoint's names begin with."""

UNUSED = ("backbone.conv1m.", "backbone.fc.", "encoding_head.t_", "encoding_head.conv1.")
"""Entries of the checkpoint beside those of the networks here."""


class HMAR(nn.Module):
    """The texture and encoding networks."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = ResNet50()
        self.texture_head = nn.ModuleDict({"decoder": TextureDecoder()})
        self.encoding_head = EncodingHead()

    def textures(self, crops: Tensor) -> Tensor:
        """UV maps of people.

        Args:
            crops: (N, 4, 256, 256): RGB with ImageNet's mean and deviation, mask 0 or 255.

        Returns:
            (N, 4, 256, 256): RGB divided by 5, zero where the person is not seen; validity 1 or -1.
        """
        flow = self.texture_head["decoder"](self.backbone(crops[:, :3])).tanh()
        sampled = F.grid_sample(crops, flow.permute(0, 2, 3, 1), align_corners=False)
        seen = sampled[:, 3:] != 0
        return torch.cat([sampled[:, :3] / 5 * seen, seen * 2.0 - 1], 1)

    def embeddings(self, textures: Tensor) -> Tensor:
        """(N, 4, 256, 256) UV maps -> (N, 4096)."""
        return self.encoding_head(textures).flatten(1)


class ResNet50(nn.Module):
    """The four stages of a ResNet-50 without its classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = _stage(64, 64, 3, 1)
        self.layer2 = _stage(256, 128, 4, 2)
        self.layer3 = _stage(512, 256, 6, 2)
        self.layer4 = _stage(1024, 512, 3, 2)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(N, 3, H, W) -> maps of 256, 512, 1024 and 2048 channels, at 1/4 to 1/32."""
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(pictures))), 3, 2, 1)
        maps = []
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
            maps.append(x)
        return maps


def _stage(channels: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    first = Bottleneck(channels, width, stride)
    return nn.Sequential(first, *(Bottleneck(4 * width, width, 1) for _ in range(blocks - 1)))


class Bottleneck(nn.Module):
    """Three convolutions on a residual path."""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or channels != 4 * width:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> (N, 4 * width, H / stride, W / stride)."""
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class TextureDecoder(nn.Module):
    """Upsamples the ResNet's maps, joining them on the way, to a flow field."""

    def __init__(self) -> None:
        super().__init__()
        self.G_middle_0 = ResBlock(2048, 64)
        self.G_middle_1 = ResBlock(64, 64)
        self.G_middle_2 = ResBlock(1024, 64)
        self.G_middle_2_1 = ResBlock(128, 64)
        self.G_middle_3 = ResBlock(512, 64)
        self.G_middle_3_1 = ResBlock(128, 64)
        self.G_middle_4 = ResBlock(256, 32)
        self.G_middle_4_1 = ResBlock(64, 32)
        self.up_0 = ResBlock(64, 32)
        self.up_1 = ResBlock(32, 32)
        self.up_2 = ResBlock(32, 16)
        self.up_3 = ResBlock(16, 8)
        self.conv_img = nn.Conv2d(8, 2, 3, padding=1)

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Four maps -> (N, 2, H, W) flow in -1..1 over the picture."""
        quarter, eighth, sixteenth, last = maps
        x = _up(self.G_middle_0(last))
        x = self.G_middle_2_1(torch.cat([x, self.G_middle_2(sixteenth)], 1))
        x = _up(self.G_middle_1(x))
        x = self.G_middle_3_1(torch.cat([x, self.G_middle_3(eighth)], 1))
        x = _up(self.up_0(x))
        x = self.G_middle_4_1(torch.cat([x, self.G_middle_4(quarter)], 1))
        x = _up(self.up_1(x))
        x = self.up_3(_up(self.up_2(x)))
        return self.conv_img(F.leaky_relu(x, SLOPE)).tanh()


class ResBlock(nn.Module):
    """Two convolutions with spectral norm on a residual path."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        middle = min(channels, out)
        self.conv_0 = spectral_norm(nn.Conv2d(channels, middle, 3, padding=1))
        self.conv_1 = spectral_norm(nn.Conv2d(middle, out, 3, padding=1))
        self.norm_0 = nn.BatchNorm2d(channels)
        self.norm_1 = nn.BatchNorm2d(middle)
        self.changes = channels != out
        if self.changes:
            self.conv_s = spectral_norm(nn.Conv2d(channels, out, 1, bias=False))
            self.norm_s = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> (N, out, H, W)."""
        y = self.conv_0(F.leaky_relu(self.norm_0(x), SLOPE))
        y = self.conv_1(F.leaky_relu(self.norm_1(y), SLOPE))
        return y + (self.conv_s(self.norm_s(x)) if self.changes else x)


class EncodingHead(nn.Module):
    """Six convolutions and four poolings."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1x = nn.Conv2d(4, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 64, 3, padding=1)
        self.conv3 = nn.Conv2d(64, 128, 3, padding=1)
        self.conv4 = nn.Conv2d(128, 256, 3, padding=1)
        self.conv5 = nn.Conv2d(256, 256, 3, padding=1)
        self.conv5_1 = nn.Conv2d(256, 16, 3, padding=1)

    def forward(self, textures: Tensor) -> Tensor:
        """(N, 4, 256, 256) -> (N, 16, 16, 16)."""
        x = textures
        for conv in (self.conv1x, self.conv2, self.conv3, self.conv4):
            x = F.max_pool2d(F.relu(conv(x)), 2)
        return F.relu(self.conv5_1(F.relu(self.conv5(x))))


def _up(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def load_hmar(weights: str | Path) -> HMAR:
    """The networks with PHALP's published weights.

    Raises:
        LartError: The file cannot be read or holds other networks.
    """
    path = Path(weights)
    parts = ("backbone.", "texture_head.", "encoding_head.")
    state = {}
    for name, value in read_state_dict(path, "model").items():
        own = name if name.startswith(parts) else name[PREFIX:]
        if own.startswith(parts) and not own.startswith(UNUSED):
            state[own] = value
    net = HMAR()
    try:
        net.load_state_dict(state)
    except RuntimeError as error:
        raise LartError(f"{path.name} does not hold HMAR's weights: {error}") from None
    return net.eval()
