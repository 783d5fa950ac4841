"""Builds Detectron2's networks by name and loads their published weights.

Detectron2 is an optional extra: this module imports it only inside functions.
"""

from pathlib import Path
from typing import Any

import torch

from lart_core.errors import LartError
from lart_core.perception.published.detectron2_import import require_detectron2
from lart_core.untrusted.numpy_pickle import read_pickled

MODELS = ("regnety", "vitdet")
"""Mask R-CNN RegNetY-4gf (new baselines, 400 epochs, LSJ), and Cascade Mask R-CNN ViTDet-H."""

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
        LartError: Detectron2 cannot be imported, the name is unknown, or the weights do not fit.
    """
    if name not in MODELS:
        raise LartError(f"Expected a detector out of {', '.join(MODELS)}, but got {name!r}.")
    require_detectron2()
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
