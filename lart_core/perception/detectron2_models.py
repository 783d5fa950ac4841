"""Builds Detectron2's networks by name and loads their published weights.

Detectron2 is an optional extra: this module imports it only inside functions, and where
torchvision's compiled operators are missing, lends it ours. ViTDet takes two layers from timm,
which is not installed with Detectron2 and needs torchvision; these are lent to it, too.
"""

import importlib
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from lart_core.errors import LartError
from lart_core.perception import ops
from lart_core.perception.pickled import read_pickled

MODELS = ("regnety", "vitdet")
"""Mask R-CNN RegNetY-4gf (new baselines, 400 epochs, LSJ), and Cascade Mask R-CNN ViTDet-H."""

INSTALL = (
    "pip install --no-build-isolation 'git+https://github.com/facebookresearch/detectron2.git'"
)
"""Upstream's own line, with the switch that lets it see the torch that is installed."""

SCORE, NMS = 0.5, 0.4
"""PHALP's thresholds of the box head; ViTDet keeps its own overlap."""

_REBUILT = ("anchor_generator", "pixel_mean", "pixel_std")
"""Constants that old checkpoints carry and the networks now make themselves."""


def build(name: str, weights: Path | None = None) -> tuple[torch.nn.Module, Any]:
    """One of `MODELS` in evaluation mode on the CPU, and what it does to a picture beforehand.

    Args:
        weights: The published .pkl; random weights when None.

    Returns:
        The network, and Detectron2's augmentations for test pictures.

    Raises:
        LartError: Detectron2 is not installed, the name is unknown, or the weights do not fit.
    """
    if name not in MODELS:
        raise LartError(f"Expected a detector out of {', '.join(MODELS)}, but got {name!r}.")
    with detectron2_at_hand():
        from detectron2 import config as d2
        from detectron2.data import transforms

        settings = _regnety() if name == "regnety" else _vitdet()
        net = d2.instantiate(settings.model).eval()
        steps = d2.instantiate(settings.dataloader.test.mapper.augmentations)
        picture = transforms.AugmentationList(steps)
    if weights is not None:
        load_weights(net, weights)
    return net, picture


def load_weights(net: torch.nn.Module, path: Path) -> None:
    """Load a model-zoo .pkl, which holds arrays by the network's own names.

    Raises:
        LartError: The file cannot be read or belongs to another network.
    """
    content = read_pickled(path)
    arrays = content.get("model", content) if isinstance(content, dict) else {}
    state = {name: torch.as_tensor(value) for name, value in arrays.items()}
    missing, unused = net.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    unused = [name for name in unused if not any(part in name for part in _REBUILT)]
    if missing or unused:
        raise LartError(
            f"{path.name} does not fit the detector: {len(missing)} weights are missing, "
            f"{len(unused)} are unknown, for example {(missing + unused)[0]}."
        )


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

    operators: dict[str, Any] = {"nms": ops.nms, "roi_align": ops.roi_align}
    boxes = _module("torchvision.ops.boxes", nms=ops.nms, batched_nms=ops.batched_nms)
    inner = _module(
        "torchvision.ops", boxes=boxes, RoIPool=RoIPool, deform_conv2d=deform_conv2d, **operators
    )
    outer = _module("torchvision", ops=inner, __version__="0.7.0+lart")
    return {made.__name__: made for made in (outer, inner, boxes)}


def _settings(name: str) -> Any:
    """A configuration file that Detectron2 ships; its `model_zoo` would need old setuptools."""
    import detectron2
    from detectron2.config import LazyConfig

    folder = Path(detectron2.__file__).parent / "model_zoo" / "configs"
    return LazyConfig.load(str(folder / name))


def _regnety() -> Any:
    settings = _settings("new_baselines/mask_rcnn_regnety_4gf_dds_FPN_400ep_LSJ.py")
    settings.model.roi_heads.box_predictor.test_score_thresh = SCORE
    settings.model.roi_heads.box_predictor.test_nms_thresh = NMS
    return settings


def _vitdet() -> Any:
    """Cascade Mask R-CNN over ViT-H, built over the plain ViTDet that Detectron2 ships.

    Source: Li et al. 2022 (ViTDet), model zoo entry cascade_mask_rcnn_vitdet_h_75ep.
    """
    from detectron2.config import LazyCall
    from detectron2.data import transforms
    from detectron2.layers import ShapeSpec
    from detectron2.modeling import roi_heads
    from detectron2.modeling.box_regression import Box2BoxTransform
    from detectron2.modeling.matcher import Matcher

    model = _settings("common/models/mask_rcnn_vitdet.py").model
    net = model.backbone.net
    net.embed_dim, net.depth, net.num_heads = 1280, 32, 16
    net.window_block_indexes = [i for i in range(32) if i % 8 != 7]
    heads = model.roi_heads
    for part in ("box_head", "box_predictor", "proposal_matcher"):
        heads.pop(part)
    stages = ((10, 5, 0.5), (20, 10, 0.6), (30, 15, 0.7))
    heads.update(
        _target_=roi_heads.CascadeROIHeads,
        box_heads=[
            LazyCall(roi_heads.FastRCNNConvFCHead)(
                input_shape=ShapeSpec(channels=256, height=7, width=7),
                conv_dims=[256] * 4,
                fc_dims=[1024],
                conv_norm="LN",
            )
            for _ in stages
        ],
        box_predictors=[
            LazyCall(roi_heads.FastRCNNOutputLayers)(
                input_shape=ShapeSpec(channels=1024),
                test_score_thresh=SCORE,
                box2box_transform=LazyCall(Box2BoxTransform)(weights=(xy, xy, size, size)),
                cls_agnostic_bbox_reg=True,
                num_classes="${...num_classes}",
            )
            for xy, size, _ in stages
        ],
        proposal_matchers=[
            LazyCall(Matcher)(thresholds=[overlap], labels=[0, 1], allow_low_quality_matches=False)
            for *_, overlap in stages
        ],
    )
    resize = LazyCall(transforms.ResizeShortestEdge)(short_edge_length=1024, max_size=1024)
    settings = _settings("common/data/coco.py")
    settings.dataloader.test.mapper.augmentations = [resize]
    settings.model = model
    return settings
