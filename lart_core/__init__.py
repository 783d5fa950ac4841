"""The method: video -> people -> tracklets -> actions. No Streamlit, no Plotly, no pandas.

The front door. Nothing heavy is imported before it is used:

>>> import lart_core
>>> lart_core.Tracklet
<class 'lart_core.tracklet.data.Tracklet'>
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lart_core.errors import LartError

if TYPE_CHECKING:
    from lart_core.model.checkpoint import load_checkpoint
    from lart_core.model.inference import predict
    from lart_core.motion.from_joints import from_joints
    from lart_core.pipeline.process import run
    from lart_core.presets.registry import demo_models
    from lart_core.runs.run import Run
    from lart_core.tracklet.data import Tracklet

    __version__: str

__all__ = [
    "LartError",
    "Tracklet",
    "__version__",
    "demo_models",
    "from_joints",
    "load_checkpoint",
    "open_run",
    "predict",
    "run",
]

_HOMES = {
    "Tracklet": "lart_core.tracklet.data",
    "demo_models": "lart_core.presets.registry",
    "from_joints": "lart_core.motion.from_joints",
    "load_checkpoint": "lart_core.model.checkpoint",
    "predict": "lart_core.model.inference",
    "run": "lart_core.pipeline.process",
}
"""Name -> the module that is imported when it is first asked for (PEP 562)."""


def open_run(path: str | Path) -> "Run":
    """Open the run folder of a processed video.

    Raises:
        LartError: There is no run there, or it is of another format.
    """
    from lart_core.runs.run import Run

    return Run.open(Path(path))


def __getattr__(name: str) -> Any:
    if name == "__version__":
        try:
            value: Any = version("lart-lens")
        except PackageNotFoundError:
            value = "unknown"
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
