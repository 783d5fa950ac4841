"""Presets: which backends and which model files one way of running is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lart_core.errors import LartError
from lart_core.home import asset
from lart_core.perception.protocols import AppearanceEncoder, BodyEstimator, Detector


@dataclass(frozen=True)
class Backends:
    """What a preset runs: one backend for each protocol, and the LART checkpoints.

    Attributes:
        appearance: None where no model of the preset asks for appearance.
        checkpoints: Model name -> its file; each gives one `actions/<name>.safetensors`.
    """

    detector: Detector
    bodies: BodyEstimator
    appearance: AppearanceEncoder | None
    checkpoints: dict[str, Path]


def load(preset: str) -> Backends:
    """Build the backends of a preset.

    Raises:
        LartError: There is no such preset, or a file that it needs is missing.
    """
    try:
        build = PRESETS[preset]
    except KeyError:
        known = ", ".join(PRESETS)
        raise LartError(f"Expected a preset ({known}), but got {preset!r}.") from None
    return build()


def demo_models() -> dict[str, Path]:
    """The checkpoints that the product ships: model name -> safetensors file."""
    return {file.stem: file for file in sorted(asset("models").glob("*.safetensors"))}


def _embedded() -> Backends:
    from lart_core.perception.embedded import BlazePoseEstimator, MoveNetDetector

    return Backends(MoveNetDetector(), BlazePoseEstimator(), None, demo_models())


PRESETS: dict[str, Callable[[], Backends]] = {"embedded": _embedded}
