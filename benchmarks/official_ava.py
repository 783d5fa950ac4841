"""The official ActivityNet AVA evaluator as a referee, run from the user's own checkout.

Get it with ``git clone https://github.com/activitynet/ActivityNet`` and give the path of its
``Evaluation`` folder. It is used as published: the two names that NumPy has dropped since
(``np.float``, ``np.NAN``) are put back for its sake.
"""

import importlib
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np


class Official:
    """The published evaluator, called in this process."""

    def __init__(self, folder: Path) -> None:
        sys.path[:0] = [str(folder), str(folder / "ava")]
        for name, value in (("float", float), ("NAN", np.nan)):
            setattr(np, name, value)
        self._module = importlib.import_module("get_ava_performance")
        self._module.pprint = SimpleNamespace(pprint=self._keep, pformat=lambda *_, **__: "")
        self._metrics: dict[str, float] = {}

    def _keep(self, metrics: dict[str, float], **_: object) -> None:
        self._metrics = {k: float(v) for k, v in metrics.items()}

    def __call__(self, labels: str, ground_truth: str, predictions: str) -> dict[str, float]:
        """Texts of the label map and the two CSVs -> figures."""
        files = [io.StringIO(text) for text in (labels, ground_truth, predictions)]
        for file, name in zip(files, ("labels", "ground truth", "predictions"), strict=True):
            file.name = name  # type: ignore[attr-defined]
        self._module.run_evaluation(*files)
        return self._metrics
