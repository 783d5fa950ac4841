"""Bodies and results into pictures."""

from lart_core.rendering.figures import Figures, figures
from lart_core.rendering.renderer import (
    BACKENDS,
    Renderer,
    available_backends,
    compose,
    shared,
)

__all__ = [
    "BACKENDS",
    "Figures",
    "Renderer",
    "available_backends",
    "compose",
    "figures",
    "shared",
]
