"""Detectron2's adapter: what needs the package runs only where it is installed.

`benchmarks/detectron2_parity.py` holds the real network on a whole frame against the package.
"""

import pickle
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path

import numpy as np
import pytest
import torch
from pycocotools import mask as rle

from lart_core.errors import LartError
from lart_core.perception.published import detectron2_import, detectron2_models
from lart_core.perception.published.detectron2_detector import Detectron2Detector
from lart_core.untrusted.numpy_pickle import read_pickled

INSTALLED = not detectron2_import.missing()
needs_detectron2 = pytest.mark.skipif(
    not INSTALLED, reason="Detectron2 or its extra [full] is not installed"
)


# Files


def pickled(path: Path, content: object) -> Path:
    path.write_bytes(pickle.dumps(content))
    return path


def test_pickles_of_arrays_are_read(tmp_path: Path):
    content = {"model": {"a.weight": np.arange(6.0).reshape(2, 3)}, "__author__": "x", "n": 3}
    got = read_pickled(pickled(tmp_path / "zoo.pkl", content))
    np.testing.assert_array_equal(got["model"]["a.weight"], content["model"]["a.weight"])
    assert got["__author__"] == "x"


class Runs:
    def __reduce__(self):
        return (open, ("made-by-a-pickle", "w"))


@pytest.mark.parametrize(
    "content",
    [Runs(), {"model": [Runs()]}, {"model": {"a": np.array([None, "object"])}}, Path("x")],
)
def test_pickles_that_want_more_are_refused(tmp_path: Path, content: object, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LartError, match=r"zoo\.pkl"):
        read_pickled(pickled(tmp_path / "zoo.pkl", content))
    assert not Path("made-by-a-pickle").exists()


def test_a_file_that_is_no_pickle_is_refused(tmp_path: Path):
    (tmp_path / "zoo.pkl").write_bytes(b"<html>not found</html>")
    with pytest.raises(LartError, match="plain arrays"):
        read_pickled(tmp_path / "zoo.pkl")


def test_weights_that_do_not_fit_are_refused(tmp_path: Path):
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    state = {name: value.numpy() for name, value in net.state_dict().items()}
    del state["1.num_batches_tracked"]
    state |= {"pixel_mean": np.zeros(3), "rpn.anchor_generator.cell_anchors.0": np.zeros(4)}
    detectron2_models.load_weights(net, pickled(tmp_path / "zoo.pkl", {"model": state}))

    state["0.extra"] = state.pop("0.weight")
    with pytest.raises(LartError, match=r"1 weights are missing, 1 are unknown.*0\.weight"):
        detectron2_models.load_weights(net, pickled(tmp_path / "zoo.pkl", {"model": state}))


# The package


def test_networks_are_built_by_name():
    with pytest.raises(LartError, match="regnety, vitdet"):
        detectron2_models.build("yolo")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`installed(torchvision=source, ...)`: these packages and none of the others."""
    for name in list(sys.modules):
        if name.split(".")[0] in detectron2_import.PACKAGES:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "meta_path", [PathFinder])

    def make(**sources: str) -> None:
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source)

    yield make
    for name in detectron2_import.PACKAGES:
        sys.modules.pop(name, None)


def test_what_is_missing_is_said_with_the_line_that_installs_it(installed: Callable[..., None]):
    installed(torchvision="", timm="")
    (sentence,) = detectron2_import.missing()
    assert "detectron2" in sentence and "github.com/facebookresearch/detectron2" in sentence
    with pytest.raises(LartError, match=r"github\.com/facebookresearch/detectron2"):
        detectron2_models.build("regnety")


def test_a_torchvision_for_another_torch_is_one_sentence(installed: Callable[..., None]):
    installed(
        torchvision="raise RuntimeError('operator torchvision::nms does not exist\\nat ...')",
        timm="",
        detectron2="",
    )
    assert detectron2_import.missing() == []
    with pytest.raises(LartError, match=r"torchvision.*nms does not exist\).*lart-lens\[full\]"):
        detectron2_import.require_detectron2()


# The adapter, on random weights that call everything a person


@pytest.fixture(scope="module")
def detector() -> Detectron2Detector:
    if not INSTALLED:
        pytest.skip("Detectron2 or its extra [full] is not installed")
    torch.manual_seed(0)
    net, _ = detectron2_models.build("regnety")
    net.roi_heads.box_predictor.cls_score.bias.data[0] = 7
    from detectron2.data import transforms

    small = transforms.AugmentationList([transforms.ResizeShortestEdge(128, 256)])
    return Detectron2Detector(net, small)


def frames(count: int) -> list[np.ndarray]:
    shape = (count, 96, 160, 3)
    return list(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))


def decoded(masks: tuple[bytes, ...]) -> np.ndarray:
    return np.array([rle.decode({"size": [96, 160], "counts": counts}) for counts in masks])


@needs_detectron2
def test_people_are_the_packages_own(detector: Detectron2Detector):
    from detectron2.data.transforms import AugInput

    (frame,) = frames(1)
    (found,) = detector.detect([frame])
    bgr = np.ascontiguousarray(frame[..., ::-1])
    image = detector.picture(AugInput(bgr)).apply_image(bgr).astype(np.float32).transpose(2, 0, 1)
    with torch.no_grad():
        given = {"image": torch.from_numpy(image), "height": 96, "width": 160}
        want = detector.net([given])[0]["instances"]
    assert len(found) == len(want) > 0
    np.testing.assert_allclose(found.box, want.pred_boxes.tensor, atol=1e-4)
    np.testing.assert_allclose(found.score, want.scores, atol=1e-5)
    np.testing.assert_array_equal(decoded(found.mask), want.pred_masks)


@needs_detectron2
def test_batches_change_nothing(detector: Detectron2Detector):
    one = detector.detect(frames(3))
    many = Detectron2Detector(detector.net, detector.picture, batch=3).detect(frames(3))
    for a, b in zip(one, many, strict=True):
        np.testing.assert_allclose(a.box, b.box, atol=1e-2)


@needs_detectron2
def test_given_boxes_get_one_mask_each_even_outside_the_frame(detector: Detectron2Detector):
    box = np.float32([[10, 10, 80, 90], [500, 500, 600, 600], [-20, -20, 40, 40]])
    masks, none = detector.masks(frames(2), [box, np.zeros((0, 4), np.float32)])
    whole = decoded(masks)
    assert none == ()
    assert whole.shape == (3, 96, 160)
    assert not whole[1].any()
    rows, columns = np.nonzero(whole[0])
    assert rows.min() >= 9 and rows.max() <= 90 and columns.min() >= 9 and columns.max() <= 80
