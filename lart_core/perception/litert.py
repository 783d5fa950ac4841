"""Running a TFLite model with LiteRT (`ai-edge-litert`)."""

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray


class LiteRTModel:
    """A TFLite model with one input, whose size may change from call to call.

    Args:
        path: The .tflite file.
        threads: CPU threads of the interpreter.
    """

    def __init__(self, path: Path, threads: int = 2) -> None:
        self._interpreter = Interpreter(str(path), num_threads=threads)
        self._input = self._interpreter.get_input_details()[0]
        self._shape: tuple[int, ...] | None = None

    def __call__(self, x: NDArray) -> list[NDArray]:
        """The outputs for `x`, in the order of the file."""
        if x.shape != self._shape:
            self._interpreter.resize_tensor_input(self._input["index"], x.shape)
            self._interpreter.allocate_tensors()
            self._shape = x.shape
        x = np.ascontiguousarray(x, dtype=self._input["dtype"])
        self._interpreter.set_tensor(self._input["index"], x)
        self._interpreter.invoke()
        return [
            self._interpreter.get_tensor(d["index"]) for d in self._interpreter.get_output_details()
        ]
