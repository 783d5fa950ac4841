"""Imports Detectron2, lending it what it takes from packages that are not here.

Where torchvision's compiled operators are missing, it is lent ours. ViTDet takes two layers from
timm, which is not installed with Detectron2 and needs torchvision; these are lent to it, too.
"""

import importlib
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import torch

from lart_core.errors import LartError
from lart_core.perception.published import torchvision_ops

INSTALL = (
    "pip install --no-build-isolation 'git+https://github.com/facebookresearch/detectron2.git'"
)
"""Upstream's own line, with the switch that lets it see the torch that is installed."""


@contextmanager
def detectron2_at_hand() -> Iterator[None]:
    """Import Detectron2; for the time being, `ops` is torchvision to it if that does not work.

    Raises:
        LartError: Detectron2 is not installed.
    """
    with _lent("timm", _timm()), _torchvision_or_ours():
        try:
            importlib.import_module("detectron2.layers")
        except ImportError as error:
            raise LartError(
                f"The full system's detector needs Detectron2, which is not installed ({error}). "
                f"Install it with: {INSTALL}"
            ) from None
        yield


@contextmanager
def _torchvision_or_ours() -> Iterator[None]:
    if _torchvision_works():
        yield
        return
    with _lent("torchvision", _torchvision()):
        yield


@contextmanager
def _lent(package: str, modules: dict[str, ModuleType]) -> Iterator[None]:
    """Let modules of ours be a package for the time being."""
    before = _forget(package)
    sys.modules |= modules
    try:
        yield
    finally:
        _forget(package)
        sys.modules |= before


def _torchvision_works() -> bool:
    """Whether torchvision is there with operators that were compiled for this torch."""
    try:
        extension = importlib.import_module("torchvision.extension")
        importlib.import_module("torchvision.ops")
    except (ImportError, RuntimeError, OSError, AttributeError):
        return False
    return extension._has_ops()


def _forget(package: str) -> dict[str, ModuleType]:
    """Take a package's modules out of `sys.modules` and return them."""
    names = [name for name in sys.modules if name.split(".")[0] == package]
    return {name: sys.modules.pop(name) for name in names}


def _module(name: str, **content: Any) -> ModuleType:
    made = ModuleType(name)
    made.__spec__ = ModuleSpec(name, None, is_package=True)
    made.__path__ = []
    vars(made).update(content)
    return made


class _Mlp(torch.nn.Sequential):
    """Two layers, by timm's names."""

    def __init__(
        self, in_features: int, hidden_features: int, act_layer: type[torch.nn.Module]
    ) -> None:
        super().__init__(
            OrderedDict(
                fc1=torch.nn.Linear(in_features, hidden_features),
                act=act_layer(),
                fc2=torch.nn.Linear(hidden_features, in_features),
            )
        )


class _DropPath(torch.nn.Identity):
    """Drops nothing: the networks here are never trained."""


def _timm() -> dict[str, ModuleType]:
    """What ViTDet takes from timm."""
    layers = _module("timm.models.layers", DropPath=_DropPath, Mlp=_Mlp)
    models = _module("timm.models", layers=layers)
    return {made.__name__: made for made in (_module("timm", models=models), models, layers)}


def _torchvision() -> dict[str, ModuleType]:
    """What Detectron2 takes from torchvision, made of `ops`; the operators it never uses raise."""

    class RoIPool(torch.nn.Module):
        def __init__(self, *_: Any) -> None:
            raise LartError("RoIPool needs torchvision's compiled operators; use ROIAlignV2.")

    def deform_conv2d(*_: Any, **__: Any) -> None:
        raise LartError("Deformable convolution needs torchvision's compiled operators.")

    operators: dict[str, Any] = {"nms": torchvision_ops.nms, "roi_align": torchvision_ops.roi_align}
    boxes = _module(
        "torchvision.ops.boxes", nms=torchvision_ops.nms, batched_nms=torchvision_ops.batched_nms
    )
    inner = _module(
        "torchvision.ops", boxes=boxes, RoIPool=RoIPool, deform_conv2d=deform_conv2d, **operators
    )
    outer = _module("torchvision", ops=inner, __version__="0.7.0+lart")
    return {made.__name__: made for made in (outer, inner, boxes)}
