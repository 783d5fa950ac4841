"""`MViTConfig`: what a SlowFast YAML file says about a MViTv2 network with an ROI head."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lart_core.errors import LartError
from lart_core.file_kinds import mistaken

Size = tuple[int, int, int]
"""Time, height, width."""

DEEPEST = 256
"""Blocks, at most; MViT-L has 48."""

SLOWFAST_DEFAULTS: dict[str, Any] = {
    "DATA.NUM_FRAMES": 8,
    "DATA.SAMPLING_RATE": 8,
    "DATA.TRAIN_CROP_SIZE": 224,
    "DATA.TEST_CROP_SIZE": 256,
    "DATA.MEAN": [0.45, 0.45, 0.45],
    "DATA.STD": [0.225, 0.225, 0.225],
    "DETECTION.SPATIAL_SCALE_FACTOR": 16,
    "DETECTION.ROI_XFORM_RESOLUTION": 7,
    "DETECTION.ALIGNED": True,
    "MODEL.NUM_CLASSES": 400,
    "MVIT.CLS_EMBED_ON": True,
    "MVIT.PATCH_KERNEL": [3, 7, 7],
    "MVIT.PATCH_STRIDE": [2, 4, 4],
    "MVIT.PATCH_PADDING": [2, 4, 4],
    "MVIT.EMBED_DIM": 96,
    "MVIT.NUM_HEADS": 1,
    "MVIT.MLP_RATIO": 4.0,
    "MVIT.DEPTH": 16,
    "MVIT.DIM_MUL": [],
    "MVIT.HEAD_MUL": [],
    "MVIT.POOL_KVQ_KERNEL": None,
    "MVIT.POOL_KV_STRIDE_ADAPTIVE": None,
    "MVIT.POOL_Q_STRIDE": [],
}
"""What SlowFast takes for a key that the file leaves out, for the keys that are read here."""

MVITV2 = {
    "DATA.REVERSE_INPUT_CHANNEL": (False, False),
    "DETECTION.ENABLE": (False, True),
    "MODEL.MODEL_NAME": ("SlowFast", "MViT"),
    "MODEL.HEAD_ACT": ("softmax", "sigmoid"),
    "MVIT.MODE": ("conv", "conv"),
    "MVIT.NORM": ("layernorm", "layernorm"),
    "MVIT.POOL_FIRST": (False, False),
    "MVIT.PATCH_2D": (False, False),
    "MVIT.NORM_STEM": (False, False),
    "MVIT.QKV_BIAS": (True, True),
    "MVIT.SEPARATE_QKV": (False, False),
    "MVIT.USE_ABS_POS": (True, False),
    "MVIT.REL_POS_SPATIAL": (False, True),
    "MVIT.REL_POS_TEMPORAL": (False, True),
    "MVIT.RESIDUAL_POOLING": (False, True),
    "MVIT.DIM_MUL_IN_ATT": (False, True),
    "MVIT.LAYER_SCALE_INIT_VALUE": (0.0, 0.0),
    "MVIT.REV.ENABLE": (False, False),
}
"""Key -> (SlowFast's default, the one value that `MViT` implements)."""


@dataclass(frozen=True)
class BlockConfig:
    """One attention block: channels in and out, heads, pooling strides and nominal input size."""

    dim: int
    dim_out: int
    heads: int
    q_stride: Size | None
    kv_stride: Size
    input_size: Size


@dataclass(frozen=True)
class MViTConfig:
    """A MViTv2 network (Li et al. 2022) with SlowFast's ROI head, and how it wants its pictures.

    The defaults are MViTv2-L 40x3 at 312 pixels with AVA's 80 classes, the network of the paper's
    supplement B.2.2.

    Attributes:
        frames: Frames a clip. sampling_rate: Frames of video from one to the next.
        crop_size: Short side of the pictures in pixels, at which positions are counted.
        mean, std: Of the RGB channels in 0..1.
        dim, heads: At the first block; (block, factor) of `dim_mul` and `head_mul` multiply them.
        q_stride: (block, stride) of the blocks that pool their queries.
        kv_stride: Stride of keys and values at the first block; divided by each q_stride passed.
        scale_factor: Pixels a feature, as the ROI head believes it.
        roi_resolution: Cells of the ROI grid, each way.
        aligned: Whether pixel centres lie at .5.
    """

    frames: int = 40
    sampling_rate: int = 3
    crop_size: int = 312
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    patch_kernel: Size = (3, 7, 7)
    patch_stride: Size = (2, 4, 4)
    patch_padding: Size = (1, 3, 3)
    dim: int = 144
    heads: int = 2
    depth: int = 48
    mlp_ratio: float = 4.0
    dim_mul: tuple[tuple[int, float], ...] = ((2, 2.0), (8, 2.0), (44, 2.0))
    head_mul: tuple[tuple[int, float], ...] = ((2, 2.0), (8, 2.0), (44, 2.0))
    pool_kernel: Size = (3, 3, 3)
    q_stride: tuple[tuple[int, Size], ...] = tuple(
        (i, (1, 2, 2) if i in (2, 8, 44) else (1, 1, 1)) for i in range(48)
    )
    kv_stride: Size = (1, 8, 8)
    cls_token: bool = True
    classes: int = 80
    scale_factor: int = 32
    roi_resolution: int = 7
    aligned: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.depth <= DEEPEST:
            raise LartError(f"Expected MVIT.DEPTH in 1..{DEEPEST}, but got {self.depth}.")
        stride = self.stride
        if self.scale_factor != stride:
            raise LartError(
                f"Expected DETECTION.SPATIAL_SCALE_FACTOR {stride}, the stride of the network that "
                f"the MViT file describes, but got {self.scale_factor}: boxes would be read from "
                f"the wrong place. Set it to {stride} in the YAML file if the weights belong to it."
            )

    @property
    def stride(self) -> int:
        """Pixels from one feature of the last map to the next."""
        stride = self.patch_stride[1]
        for _, by in self.q_stride:
            stride *= by[1]
        return stride

    def blocks(self) -> list[BlockConfig]:
        """The blocks in order."""
        dim_mul, head_mul, q_strides = dict(self.dim_mul), dict(self.head_mul), dict(self.q_stride)
        dim, heads, kv = self.dim, self.heads, self.kv_stride
        spatial = self.crop_size // self.patch_stride[1]
        size: Size = (self.frames // self.patch_stride[0], spatial, spatial)
        blocks = []
        for i in range(self.depth):
            heads = round(heads * head_mul.get(i, 1))
            dim_out = round(dim * dim_mul.get(i, 1))
            q = q_strides.get(i)
            if q:
                kv = _each(lambda k, s: max(k // s, 1), kv, q)
            blocks.append(BlockConfig(dim, dim_out, heads, q, kv, size))
            if q:
                size = _each(lambda n, s: n // s, size, q)
            dim = dim_out
        return blocks

    @classmethod
    def from_yaml(cls, path: str | Path) -> "MViTConfig":
        """Read a SlowFast YAML file; a key that it leaves out takes SlowFast's own default.

        Raises:
            LartError: The file is none, describes another kind of network, or its spatial scale
                does not fit the network's stride.
        """
        given = _flat(_read(Path(path)))
        for key, (default, needed) in MVITV2.items():
            if (value := given.get(key, default)) != needed:
                raise LartError(
                    f"Expected {key} {needed!r} in {Path(path).name}, as in MViTv2 with an ROI "
                    f"head, but got {value!r}; this network cannot be run here."
                )
        get = {**SLOWFAST_DEFAULTS, **given}
        for key in ("MVIT.POOL_KVQ_KERNEL", "MVIT.POOL_KV_STRIDE_ADAPTIVE"):
            if get[key] is None:
                raise LartError(f"Expected {key} in {Path(path).name}, but it is not there.")
        if get["DATA.TRAIN_CROP_SIZE"] != get["DATA.TEST_CROP_SIZE"]:
            raise LartError(
                f"Expected one crop size in {Path(path).name}, but DATA.TRAIN_CROP_SIZE is "
                f"{get['DATA.TRAIN_CROP_SIZE']} and DATA.TEST_CROP_SIZE "
                f"{get['DATA.TEST_CROP_SIZE']}; set both to the size that the weights belong to."
            )
        return cls(
            frames=get["DATA.NUM_FRAMES"],
            sampling_rate=get["DATA.SAMPLING_RATE"],
            crop_size=get["DATA.TEST_CROP_SIZE"],
            mean=tuple(get["DATA.MEAN"]),
            std=tuple(get["DATA.STD"]),
            patch_kernel=_size(get["MVIT.PATCH_KERNEL"]),
            patch_stride=_size(get["MVIT.PATCH_STRIDE"]),
            patch_padding=_size(get["MVIT.PATCH_PADDING"]),
            dim=get["MVIT.EMBED_DIM"],
            heads=get["MVIT.NUM_HEADS"],
            depth=get["MVIT.DEPTH"],
            mlp_ratio=get["MVIT.MLP_RATIO"],
            dim_mul=tuple((int(i), float(by)) for i, by in get["MVIT.DIM_MUL"]),
            head_mul=tuple((int(i), float(by)) for i, by in get["MVIT.HEAD_MUL"]),
            pool_kernel=_size(get["MVIT.POOL_KVQ_KERNEL"]),
            q_stride=tuple((int(i), _size(by)) for i, *by in get["MVIT.POOL_Q_STRIDE"]),
            kv_stride=_size(get["MVIT.POOL_KV_STRIDE_ADAPTIVE"]),
            cls_token=get["MVIT.CLS_EMBED_ON"],
            classes=get["MODEL.NUM_CLASSES"],
            scale_factor=get["DETECTION.SPATIAL_SCALE_FACTOR"],
            roi_resolution=get["DETECTION.ROI_XFORM_RESOLUTION"],
            aligned=get["DETECTION.ALIGNED"],
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        if said := mistaken(path, "a configuration (YAML)"):
            raise LartError(said)
        content = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LartError(
            f"Expected a SlowFast YAML file, but {path.name} is none: {error}"
        ) from None
    if not isinstance(content, dict):
        raise LartError(f"Expected a SlowFast YAML file, but {path.name} holds no settings.")
    return content


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _size(value: list[int] | str) -> Size:
    """Three integers; SlowFast's files also write them as a string, ``(3, 7, 7)``."""
    if isinstance(value, str):
        value = [int(part) for part in value.strip("()[] ").split(",")]
    time, height, width = (int(part) for part in value)
    return time, height, width


def _each(function: Any, a: Size, b: Size) -> Size:
    return function(a[0], b[0]), function(a[1], b[1]), function(a[2], b[2])
