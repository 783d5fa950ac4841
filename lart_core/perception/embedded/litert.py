"""Running a TFLite model with LiteRT (`ai-edge-litert`)."""

from functools import lru_cache
from pathlib import Path

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as tflite
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray


class LiteRTModel:
    """A TFLite model with one input of any size.

    Each input size gets an interpreter of its own, kept from call to call: setting one up takes
    longer than running it.

    Args:
        model: The .tflite file, or what would be in it.
        threads: CPU threads.
    """

    def __init__(self, model: Path | bytes, threads: int = 2) -> None:
        name = "model_content" if isinstance(model, bytes) else "model_path"
        self._model = {name: model if isinstance(model, bytes) else str(model)}
        self._threads = threads
        self._interpreters: dict[tuple[int, ...], Interpreter] = {}

    def __call__(self, x: NDArray) -> list[NDArray]:
        """The outputs for `x`, in the order of the file."""
        interpreter = self._interpreters.get(x.shape) or self._set_up(x.shape)
        place = interpreter.get_input_details()[0]
        interpreter.set_tensor(place["index"], np.ascontiguousarray(x, dtype=place["dtype"]))
        interpreter.invoke()
        return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]

    def _set_up(self, shape: tuple[int, ...]) -> Interpreter:
        interpreter = Interpreter(**self._model, num_threads=self._threads)
        interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], shape)
        interpreter.allocate_tensors()
        self._interpreters[shape] = interpreter
        return interpreter


@lru_cache(maxsize=1)
def with_outputs(model: Path, outputs: tuple[int, ...]) -> bytes:
    """A TFLite model that gives some of its outputs only, without the layers that serve the others.

    Args:
        model: The .tflite file.
        outputs: Their numbers in the file's order.

    Source: TFLite's schema. A file's layers are in the order in which they are computed.
    """
    made = tflite.ModelT.InitFromPackedBuf(model.read_bytes())
    graph = made.subgraphs[0]
    graph.outputs = np.array([graph.outputs[number] for number in outputs], np.int32)
    needed, layers = set(graph.outputs.tolist()), []
    for layer in reversed(graph.operators):
        if needed.intersection(layer.outputs.tolist()):
            needed.update(layer.inputs.tolist())
            layers.append(layer)
    graph.operators = layers[::-1]
    made.signatureDefs = None
    builder = flatbuffers.Builder(model.stat().st_size)
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output())
