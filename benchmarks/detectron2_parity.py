"""Compares our Detectron2 adapter with the package's own predictor, on a 720p frame.

    python benchmarks/detectron2_parity.py [--network vitdet] [--referee FOLDER]

Random weights, whose heads are scaled so that people come out of noise. Needs Detectron2, from
FOLDER/detectron2 (built in place) if it is not installed, and a torchvision whose compiled
operators work; the adapter then runs once more, in a process of its own, with ours instead.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from pycocotools import mask as rle

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

GIVEN = np.float32([[100, 50, 300, 600], [600, 200, 900, 700], [-5, -5, 200, 200]])


def picture() -> np.ndarray:
    """A smooth (720, 1280, 3) frame."""
    coarse = np.random.default_rng(0).integers(0, 256, (18, 32, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (1280, 720), interpolation=cv2.INTER_CUBIC), np.uint8)


def adapter(detector: Any, frame: np.ndarray) -> dict[str, np.ndarray]:
    """What our adapter finds in the frame and in the given boxes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    (found,) = detector.detect([frame])
    seconds = time.perf_counter() - start
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e6
    print(f"adapter: {len(found)} people, {seconds:.1f} s a frame, {more:.2f} GB more")
    start = time.perf_counter()
    (masks,) = detector.masks([frame], [GIVEN])
    print(f"adapter: masks of given boxes, {time.perf_counter() - start:.1f} s")
    return {
        "box": found.box,
        "score": found.score,
        "mask": decoded(found.mask),
        "given": decoded(masks),
    }


def package(detector: Any, frame: np.ndarray) -> dict[str, np.ndarray]:
    """What the package's own predictor finds, and its network for the given boxes."""
    from detectron2.data.transforms import AugInput
    from detectron2.engine import DefaultPredictor
    from detectron2.structures import Boxes, Instances

    net, resize = detector.net, detector.picture.augs[0]
    own = DefaultPredictor.__new__(DefaultPredictor)
    own.model, own.input_format = net, net.input_format
    own.aug = types.SimpleNamespace(get_transform=lambda image: resize.get_transform(image))
    own.cfg = types.SimpleNamespace(MODEL=types.SimpleNamespace(DEVICE="cpu"))
    bgr = np.ascontiguousarray(frame[..., ::-1])
    start = time.perf_counter()
    out = own(bgr)["instances"]
    print(f"package: its own predictor, {time.perf_counter() - start:.1f} s a frame")
    out = out[(out.pred_classes == 0) & (out.scores > detector.min_score)]

    seen = bgr if net.input_format == "BGR" else frame
    seen = detector.picture(AugInput(seen)).apply_image(seen).astype(np.float32)
    height, width = seen.shape[:2]
    known = Instances((height, width), pred_boxes=Boxes(torch.tensor(GIVEN)))
    known.pred_boxes.scale(width / 1280, height / 720)
    known.pred_classes = torch.zeros(len(GIVEN), dtype=torch.int64)
    image = torch.from_numpy(seen.transpose(2, 0, 1).copy())
    with torch.no_grad():
        inputs = [{"image": image, "height": 720, "width": 1280}]
        masks = net.inference(inputs, [known])[0]["instances"].pred_masks
    found = {"box": out.pred_boxes.tensor, "score": out.scores, "mask": out.pred_masks}
    return {name: value.detach().numpy() for name, value in (found | {"given": masks}).items()}


def compare(what: str, ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    """Print the largest differences."""
    print(f"{what}: {len(ours['box'])} and {len(theirs['box'])} people")
    for name, value in theirs.items():
        if ours[name].shape != value.shape:
            print(f"  {name}: {ours[name].shape} against {value.shape}")
        elif value.dtype == bool:
            print(f"  {name}: {(ours[name] != value).sum()} of {value.sum()} mask pixels unequal")
        else:
            print(f"  {name}: largest difference {np.abs(ours[name] - value).max(initial=0):.1e}")


def enliven(net: Any) -> None:
    """Scale the random heads so that some boxes, people and masks come out of noise."""
    predictors = net.roi_heads.box_predictor
    predictors = predictors if isinstance(predictors, torch.nn.ModuleList) else [predictors]
    rpn = net.proposal_generator.rpn_head
    heads = [(rpn.objectness_logits, 1.0), (rpn.anchor_deltas, 0.2)]
    heads += [(net.roi_heads.mask_head.predictor, 2.0)]
    for predictor in predictors:
        heads += [(predictor.cls_score, 1.5), (predictor.bbox_pred, 0.5)]
        predictor.cls_score.bias.data[0] = 7

    def watch(head: Any, target: float) -> None:
        def scale(module: Any, _: Any, out: torch.Tensor) -> torch.Tensor:
            hook.remove()
            factor = target / max(out.std().item(), 1e-6)
            module.weight.data.mul_(factor)
            return out * factor

        hook = head.register_forward_hook(scale)

    for head, target in heads:
        watch(head, target)
    calm = torch.rand(3, 192, 320, generator=torch.Generator().manual_seed(0)) * 255
    with torch.no_grad():
        net([{"image": calm, "height": 192, "width": 320}])


def decoded(masks: tuple[bytes, ...]) -> np.ndarray:
    """(N, 720, 1280) masks."""
    found = [rle.decode({"size": [720, 1280], "counts": counts}) for counts in masks]
    return np.array(found, bool).reshape(-1, 720, 1280)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--referee", type=Path)
    parser.add_argument("--network", default="regnety", help="regnety or vitdet")
    parser.add_argument("--with-ours", metavar="FILE", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.referee:
        sys.path.insert(0, str(args.referee / "detectron2"))
    if args.with_ours:
        sys.modules["torchvision"] = None  # type: ignore[assignment]
    from lart_core.perception.published.detectron2_detector import Detectron2Detector
    from lart_core.perception.published.detectron2_models import build

    torch.manual_seed(0)
    net, resize = build(args.network)
    enliven(net)
    detector = Detectron2Detector(net, resize, min_score=0.5)
    ours = adapter(detector, picture())
    if args.with_ours:
        np.savez(args.with_ours, **ours)
        return
    compare("adapter against the package", ours, package(detector, picture()))
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/ours.npz"
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--with-ours", file], check=True)
        compare("our operators against compiled ones", dict(np.load(file)), ours)


if __name__ == "__main__":
    main()
