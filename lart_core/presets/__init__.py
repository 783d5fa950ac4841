"""Presets: which backends and model files one way of running is made of."""

from lart_core.presets.backends import Backends
from lart_core.presets.registry import (
    MAX_GPU_MEMORY,
    PRESETS,
    Preset,
    demo_models,
    doctor,
    forecast,
    load,
    require,
)

__all__ = [
    "MAX_GPU_MEMORY",
    "PRESETS",
    "Backends",
    "Preset",
    "demo_models",
    "doctor",
    "forecast",
    "load",
    "require",
]
