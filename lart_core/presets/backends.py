"""What a preset is made of: a backend for each protocol of perception, and networks of tracking."""

from dataclasses import dataclass
from pathlib import Path

from lart_core.perception.protocols import (
    AppearanceEncoder,
    BodyEstimator,
    Detector,
    TextureEncoder,
)
from lart_core.tracking import PosePredictor


@dataclass(frozen=True)
class TrackingModels:
    """PHALP's own networks for the association cost; the tracker does without either.

    Attributes:
        textures: Tells people apart by the textures of their bodies. Without it the colours of
            their masks do (`lart_core.perception.colors`).
        pose_predictor: Says how a body will be next. Without it the last pose stands for the next.
    """

    textures: TextureEncoder | None = None
    pose_predictor: PosePredictor | None = None


@dataclass(frozen=True)
class Backends:
    """What a preset runs: one backend for each protocol, and the LART checkpoints.

    Attributes:
        appearance: None where no model of the preset asks for appearance.
        checkpoints: Model name -> its file; each gives one `actions/<name>.safetensors`.
        tracking: What the tracker compares people with, beside bodies and colours.
        side_by_side: Whether people are looked for in some frames while others' bodies are lifted;
            not where both want the memory of one GPU.
    """

    detector: Detector
    bodies: BodyEstimator
    appearance: AppearanceEncoder | None
    checkpoints: dict[str, Path]
    tracking: TrackingModels = TrackingModels()
    side_by_side: bool = False
