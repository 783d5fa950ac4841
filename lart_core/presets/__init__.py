"""Presets: which backends and model files one way of running is made of."""

from lart_core.presets.backends import Backends
from lart_core.presets.registry import (
    ALIASES,
    MAX_GPU_MEMORY,
    PRESETS,
    Preset,
    adopt,
    canonical,
    demo_models,
    doctor,
    forecast,
    load,
    require,
)

__all__ = [
    "ALIASES",
    "MAX_GPU_MEMORY",
    "PRESETS",
    "Backends",
    "Preset",
    "adopt",
    "canonical",
    "demo_models",
    "doctor",
    "forecast",
    "load",
    "require",
]
