"""A made-up TensorFlow.js graph gives the numbers that torch gives."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from lart_core.errors import LartError
from lart_core.perception.embedded import tfjs
from lart_core.perception.embedded.litert import LiteRTModel

RNG = np.random.default_rng(0)


def node(name: str, op: str, *inputs: str, stride: int = 0) -> dict:
    attr = {"strides": {"list": {"i": ["1", str(stride), str(stride), "1"]}}} if stride else {}
    return {"name": name, "op": op, "input": list(inputs), "attr": attr}


CONSTANTS = {
    "kernel": RNG.normal(size=(3, 3, 3, 4)).astype(np.float32),
    "kernel/offset": RNG.normal(size=4).astype(np.float32),
    "deep": RNG.normal(size=(3, 3, 4, 1)).astype(np.float32),
    "factor": RNG.normal(size=4).astype(np.float32),
    "gamma": RNG.normal(size=4).astype(np.float32),
    "beta": RNG.normal(size=4).astype(np.float32),
    "mean": RNG.normal(size=4).astype(np.float32),
    "variance": RNG.uniform(0.5, 2, size=4).astype(np.float32),
    "late": RNG.normal(size=4).astype(np.float32),
}
NORM = node("norm", "FusedBatchNorm", "deep1", "gamma", "beta", "mean", "variance")
NORM["attr"] = {"epsilon": {"f": 0.001}}
NODES = [
    node("input", "Placeholder"),
    node("conv", "Conv2D", "input", "kernel", stride=2),
    node("conv1", "BiasAdd", "conv", "kernel/offset"),
    node("relu", "Relu6", "conv1"),
    node("deep1", "DepthwiseConv2dNative", "relu", "deep", stride=1),
    NORM,
    node("scaled", "Mul", "norm", "factor"),
    node("sum", "AddN", "scaled", "relu"),
    node("out", "Add", "late", "sum"),
]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The graph as TensorFlow.js lays it out: JSON, and raw little-endian numbers."""
    entries = [
        {"name": name, "shape": list(value.shape), "dtype": "float32"}
        for name, value in CONSTANTS.items()
    ]
    graph = {"modelTopology": {"node": NODES}, "weightsManifest": [{"weights": entries}]}
    (tmp_path / "model.json").write_text(json.dumps(graph), encoding="utf-8")
    data = b"".join(value.tobytes() for value in CONSTANTS.values())
    (tmp_path / "weights.bin").write_bytes(data)
    return tmp_path / "model.json", tmp_path / "weights.bin"


def test_convolutions_norms_and_sums_are_those_of_torch(files):
    nodes, constants = tfjs.read_weights(*files)
    model = LiteRTModel(tfjs.to_tflite(nodes, constants, "input", 9, ["out", "relu"]), 1)
    picture = RNG.normal(size=(1, 9, 9, 3)).astype(np.float32)
    out, relu = model(picture)
    k = {name: torch.from_numpy(value) for name, value in CONSTANTS.items()}
    x = torch.from_numpy(picture).permute(0, 3, 1, 2)
    x = functional.conv2d(
        functional.pad(x, (1, 1, 1, 1)), k["kernel"].permute(3, 2, 0, 1), stride=2
    )
    x = (x + k["kernel/offset"][:, None, None]).clamp(0, 6)
    y = functional.conv2d(x, k["deep"].permute(2, 3, 0, 1), padding=1, groups=4)
    y = functional.batch_norm(y, k["mean"], k["variance"], k["gamma"], k["beta"], eps=0.001)
    y = y * k["factor"][:, None, None] + x + k["late"][:, None, None]
    np.testing.assert_allclose(relu[0], x[0].permute(1, 2, 0).numpy(), atol=1e-4)
    np.testing.assert_allclose(out[0], y[0].permute(1, 2, 0).numpy(), atol=1e-4)


def test_unknown_nodes_and_short_weights_are_said(files):
    nodes, constants = tfjs.read_weights(*files)
    nodes["relu"]["op"] = "Tanh"
    with pytest.raises(LartError, match="relu is Tanh"):
        tfjs.to_tflite(nodes, constants, "input", 9, ["out"])
    files[1].write_bytes(files[1].read_bytes()[:-4])
    with pytest.raises(LartError, match="short"):
        tfjs.read_weights(*files)
