"""`Recipe`: how a model is trained. The named ones are the columns of the paper's Table 6."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from lart_core.errors import LartError


@dataclass(frozen=True)
class Recipe:
    """Settings of one training; the defaults are what both columns of Table 6 share.

    Attributes:
        mask_ratio: Share of detected tokens replaced by the mask token in each sample.
        layer_decay: Factor of the learning rate from each layer to the one below; 1 for none.
        drop_path: Chance that half a block is skipped for a sample.
        labels: Frames that carry loss: "all" (pseudo-labels and ground truth) or "ground truth".
        epochs: Passes over the tracklets.
        batch: Tracklets a step, over all devices together.
        rate: Base learning rate. The table gives it beside the batch of 64, so it is taken as it
            stands; the published code scales it by batch / 256 in some of its modes.
        warmup_epochs: Epochs of linear rise, in steps, before the cosine to zero.
        dropout: Dropout in attention and MLP.
        weight_decay: AdamW's, not on biases, norms, tokens and position.
        betas: AdamW's momenta.
        clip: Largest norm of the gradient (published code; not in the table).
        average: Decay of the moving average of the weights (published code). It rises to this
            value as (1 + n) / (10 + n) in the first steps, for the sake of short trainings.
        seed: Everything random is a function of this.

    Raises:
        LartError: A setting cannot be.
    """

    mask_ratio: float
    layer_decay: float
    drop_path: float
    labels: Literal["all", "ground truth"]
    epochs: int = 30
    batch: int = 64
    rate: float = 1e-3
    warmup_epochs: float = 5
    dropout: float = 0.1
    weight_decay: float = 0.05
    betas: tuple[float, float] = (0.9, 0.95)
    clip: float = 2.0
    average: float = 0.9999
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1 or not self.rate > 0:
            raise LartError(
                f"Expected at least one epoch, a batch of at least 1 and a positive rate, but got "
                f"{self.epochs} epochs, batch {self.batch} and rate {self.rate}."
            )
        if not 0 <= self.warmup_epochs < self.epochs:
            raise LartError(
                f"Expected fewer warm-up epochs than epochs, but got {self.warmup_epochs} of "
                f"{self.epochs}."
            )
        if not 0 <= self.mask_ratio <= 1:
            raise LartError(f"Expected a mask ratio from 0 to 1, but got {self.mask_ratio}.")
        if not 0 < self.layer_decay <= 1:
            raise LartError(
                f"Expected a layer decay above 0 and up to 1 (1 for none), but got "
                f"{self.layer_decay}."
            )

    @classmethod
    def kinetics(cls, **other: Any) -> "Recipe":
        """Pre-training on Kinetics-400 tracklets with pseudo-labels."""
        values: dict[str, Any] = {
            "mask_ratio": 0.4,
            "layer_decay": 1.0,
            "drop_path": 0.0,
            "labels": "all",
        }
        return cls(**values | other)

    @classmethod
    def ava(cls, **other: Any) -> "Recipe":
        """Fine-tuning on AVA tracklets with ground truth."""
        values: dict[str, Any] = {
            "mask_ratio": 0.0,
            "layer_decay": 0.9,
            "drop_path": 0.1,
            "labels": "ground truth",
        }
        return cls(**values | other)

    @classmethod
    def small(cls, **other: Any) -> "Recipe":
        """The pre-training column for a small model and a few thousand tracklets on a CPU."""
        return cls.kinetics(**{"average": 0.999} | other)

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)
