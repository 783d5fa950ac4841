"""TensorFlow.js graph models (a JSON of nodes and raw weights) as TFLite models, for LiteRT.

Only what convolutional detectors in inference form are made of: convolutions, batch norms and
biases (folded into the convolution before them), ReLU6 and sums of two maps. Nothing in the file
is run: nodes of any other kind are refused.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as tflite
from numpy.typing import NDArray

from lart_core.errors import LartError

Floats = NDArray[np.float32]
EPSILON = 1e-3
"""Of TensorFlow's batch norms, where a node does not say."""


@dataclass
class _Layer:
    """One operator of the TFLite model: a convolution (with a kernel) or a sum of two maps."""

    inputs: list[int]
    channels: int
    size: tuple[int, int]
    kernel: Floats | None = None
    bias: Floats | None = None
    stride: int = 1
    depthwise: bool = False
    relu6: bool = False

    def scale(self, factor: Floats) -> None:
        assert self.kernel is not None and self.bias is not None
        self.kernel = self.kernel * (factor if self.depthwise else factor[:, None, None, None])
        self.bias = self.bias * factor

    def shift(self, offset: Floats) -> None:
        assert self.bias is not None
        self.bias = self.bias + offset


def read_weights(graph: Path, data: Path) -> tuple[dict[str, dict[str, Any]], dict[str, NDArray]]:
    """The nodes of a graph model by name, and its constants.

    Args:
        graph: The model's JSON. data: Its shards, joined.

    Raises:
        LartError: The files do not belong together.
    """
    said = json.loads(graph.read_text(encoding="utf-8"))
    nodes = {node["name"]: node for node in said["modelTopology"]["node"]}
    raw, at, constants = data.read_bytes(), 0, {}
    for entry in said["weightsManifest"][0]["weights"]:
        dtype = np.dtype(entry["dtype"])
        count = int(np.prod(entry["shape"], dtype=np.int64))
        if at + count * dtype.itemsize > len(raw):
            raise LartError(
                f"Expected the weights of {graph.name} in {data.name}, but it is short."
            )
        values = np.frombuffer(raw, dtype, count, at).reshape(entry["shape"])
        constants[entry["name"]] = values
        at += count * dtype.itemsize
    return nodes, constants


def to_tflite(
    nodes: dict[str, dict[str, Any]],
    constants: dict[str, NDArray],
    source: str,
    size: int,
    outputs: list[str],
) -> bytes:
    """A TFLite model of the part of a graph between `source` and `outputs`.

    Args:
        nodes, constants: See `read_weights`.
        source: Name of the node whose output is the (1, size, size, 3) input.
        outputs: Names of nodes that give maps.

    Raises:
        LartError: The graph has nodes that are not known here.
    """
    builder = _Builder(nodes, constants)
    builder.layers.append(_Layer([], 3, (size, size)))
    builder.made[source] = 0
    wanted = [builder.layer(name) for name in outputs]
    return _pack(builder.layers, wanted)


class _Builder:
    """Walks the graph back from its outputs; layer 0 is the input."""

    def __init__(self, nodes: dict[str, dict[str, Any]], constants: dict[str, NDArray]) -> None:
        self.nodes, self.constants = nodes, constants
        self.uses = Counter(name for node in nodes.values() for name in node.get("input", ()))
        self.layers: list[_Layer] = []
        self.made: dict[str, int] = {}

    def layer(self, name: str) -> int:
        """Number of the layer that gives a node's output."""
        if name not in self.made:
            node = self.nodes.get(name, {"op": "nothing"})
            build = getattr(self, f"_{node['op'].lower()}", None)
            if build is None:
                raise LartError(
                    f"Expected a graph of convolutions, but node {name} is {node['op']}."
                )
            self.made[name] = build(node)
        return self.made[name]

    def _conv2d(self, node: dict[str, Any], depthwise: bool = False) -> int:
        before = self.layer(node["input"][0])
        kernel = self.constants[node["input"][1]].astype(np.float32)
        stride = int(node["attr"]["strides"]["list"]["i"][1])
        # TensorFlow: (h, w, in, out); TFLite: (out, h, w, in), depthwise (1, h, w, channels).
        kernel = kernel.transpose(3, 0, 1, 2)
        channels = kernel.shape[3] if depthwise else kernel.shape[0]
        height, width = (-(-side // stride) for side in self.layers[before].size)
        bias = np.zeros(channels, np.float32)
        made = _Layer([before], channels, (height, width), kernel, bias, stride, depthwise)
        return self._add_layer(made)

    def _depthwiseconv2dnative(self, node: dict[str, Any]) -> int:
        return self._conv2d(node, depthwise=True)

    def _mul(self, node: dict[str, Any]) -> int:
        name, factor = self._with_constant(node)
        at = self._sole(name)
        self.layers[at].scale(factor)
        return at

    def _add(self, node: dict[str, Any]) -> int:
        name, offset = self._with_constant(node)
        at = self._sole(name)
        if self.layers[at].kernel is None:  # A sum: the offset joins what is summed first.
            self.layers[self._sole(self.nodes[name]["input"][0])].shift(offset)
        else:
            self.layers[at].shift(offset)
        return at

    _biasadd = _add

    def _fusedbatchnorm(self, node: dict[str, Any]) -> int:
        at = self._sole(node["input"][0])
        gamma, beta, mean, variance = (self.constants[name] for name in node["input"][1:5])
        factor = gamma / np.sqrt(variance + node["attr"]["epsilon"].get("f", EPSILON))
        self.layers[at].scale(factor.astype(np.float32))
        self.layers[at].shift((beta - mean * factor).astype(np.float32))
        return at

    def _relu6(self, node: dict[str, Any]) -> int:
        at = self._sole(node["input"][0])
        self.layers[at].relu6 = True
        return at

    def _addn(self, node: dict[str, Any]) -> int:
        a, b = (self.layer(name) for name in node["input"])
        return self._add_layer(_Layer([a, b], self.layers[a].channels, self.layers[a].size))

    def _with_constant(self, node: dict[str, Any]) -> tuple[str, Floats]:
        first, second = node["input"]
        if first in self.constants:
            first, second = second, first
        return first, self.constants[second].astype(np.float32)

    def _sole(self, name: str) -> int:
        """The layer of a node that is folded into: nobody else may need it as it is."""
        if self.uses[name] != 1:
            raise LartError(
                f"Expected one use of node {name}, but the graph has {self.uses[name]}."
            )
        return self.layer(name)

    def _add_layer(self, layer: _Layer) -> int:
        self.layers.append(layer)
        return len(self.layers) - 1


def _pack(layers: list[_Layer], outputs: list[int]) -> bytes:
    """The layers as a TFLite flatbuffer. Source: TFLite's schema."""
    model, graph = tflite.ModelT(), tflite.SubGraphT()
    model.version, model.subgraphs = 3, [graph]
    model.buffers, graph.tensors = [tflite.BufferT()], []
    graph.operators = []
    codes = (
        tflite.BuiltinOperator.CONV_2D,
        tflite.BuiltinOperator.DEPTHWISE_CONV_2D,
        tflite.BuiltinOperator.ADD,
    )
    model.operatorCodes = []
    for code in codes:
        entry = tflite.OperatorCodeT()
        entry.builtinCode = entry.deprecatedBuiltinCode = code
        model.operatorCodes.append(entry)
    for at, layer in enumerate(layers):
        _tensor(model, f"map{at}", (1, *layer.size, layer.channels))
    for at, layer in enumerate(layers[1:], 1):
        inputs = list(layer.inputs)
        if layer.kernel is not None and layer.bias is not None:
            inputs.append(_tensor(model, f"kernel{at}", layer.kernel.shape, layer.kernel))
            inputs.append(_tensor(model, f"bias{at}", layer.bias.shape, layer.bias))
        graph.operators.append(_operator(layer, inputs, at))
    graph.inputs, graph.outputs = [0], outputs
    builder = flatbuffers.Builder(1 << 25)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _operator(layer: _Layer, inputs: list[int], output: int) -> Any:
    made = tflite.OperatorT()
    made.inputs, made.outputs = inputs, [output]
    if layer.kernel is None:
        made.opcodeIndex, kind, options = 2, "AddOptions", tflite.AddOptionsT()
    elif layer.depthwise:
        made.opcodeIndex, kind = 1, "DepthwiseConv2DOptions"
        options = tflite.DepthwiseConv2DOptionsT()
        options.depthMultiplier = 1
    else:
        made.opcodeIndex, kind, options = 0, "Conv2DOptions", tflite.Conv2DOptionsT()
    if layer.kernel is not None:
        options.padding = tflite.Padding.SAME
        options.strideW = options.strideH = layer.stride
        options.dilationWFactor = options.dilationHFactor = 1
    relu6 = tflite.ActivationFunctionType.RELU6
    options.fusedActivationFunction = relu6 if layer.relu6 else 0
    made.builtinOptionsType = getattr(tflite.BuiltinOptions, kind)
    made.builtinOptions = options
    return made


def _tensor(model: Any, name: str, shape: tuple[int, ...], values: Floats | None = None) -> int:
    tensor = tflite.TensorT()
    tensor.name, tensor.shape = name, list(shape)
    tensor.type, tensor.buffer = tflite.TensorType.FLOAT32, 0
    if values is not None:
        buffer = tflite.BufferT()
        buffer.data = np.ascontiguousarray(values, np.float32).view(np.uint8).ravel()
        tensor.buffer = len(model.buffers)
        model.buffers.append(buffer)
    model.subgraphs[0].tensors.append(tensor)
    return len(model.subgraphs[0].tensors) - 1
