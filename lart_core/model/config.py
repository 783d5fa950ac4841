"""`LARTConfig`: everything that decides the shape of the network, with the two named ones."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal

from lart_core.errors import LartError

JOINTS_VECTOR = 135
KINETICS_ACTIONS = 400
DEEPEST = 256
"""Blocks of a network, or layers of an encoder, at most; the paper's has 16 and 3."""
LARGEST_TABLE = 1 << 26
"""Numbers in the table of positions, at most; the paper's has 1.3 million."""


JointsOrder = Literal["smplx", "phalp"]


@dataclass(frozen=True)
class LARTConfig:
    """Shape of one LART.

    A person vector of each frame goes through an encoder per input; the codes are concatenated
    and, where they are not as wide as the transformer, projected to its width.

    Attributes:
        frames: Longest sequence T, in frames.
        people: Most people P seen together.
        actions: Number of actions C that the head knows. Their AVA ids are in the checkpoint.
        pose_layers: Hidden widths and output width of the encoder of the 229 pose numbers.
        joints_layers: The same for 45 joints + camera (135 numbers); empty without that input.
        appearance_size: Length D of an appearance vector; 0 without that input.
        appearance_layers: Hidden widths and output width of the appearance encoder.
        width: Width of the transformer.
        depth: Number of blocks.
        heads: Attention heads a block.
        head_width: Width of one head.
        mlp_width: Hidden width of a block's MLP.
        norm: Layer norm before each half of a block ("pre") or after its sum ("post").
        position: "table": one learned table over time and track that starts as 2-D sines and
            cosines. "space": fixed 2-D sines and cosines for time and track, and a learned linear
            map of the person's location.
        position_table: Largest T and P that the position encoding can tell apart.
        missing_attend: Whether a missing person in training gathers the plain mean of all tokens
            (published code) or nothing (the paper: it takes no part). No loss sees either.
        pretext_heads: Whether there are heads for SMPL, location and Kinetics besides the actions.
        mask_ratio: Share of detected tokens that `masking="random"` replaces by the mask token.
        dropout: Dropout in attention and MLP.
        drop_path: Chance that half a block is skipped for a sample in training.
        joints_order: Which 45 joints the joints input means: those of `Tracklet`, or PHALP's.
        appearance_alone: Whether appearance speaks for itself: it is added to the mask token, too,
            where no body is shown, and to nothing where there is none. Else it is one of the codes
            of a person vector, and the mask token replaces it with the rest.

    Raises:
        LartError: The numbers contradict each other.
    """

    frames: int
    people: int
    actions: int
    pose_layers: tuple[int, ...]
    joints_layers: tuple[int, ...]
    appearance_size: int
    appearance_layers: tuple[int, ...]
    width: int
    depth: int
    heads: int
    head_width: int
    mlp_width: int
    norm: Literal["pre", "post"]
    position: Literal["table", "space"]
    position_table: tuple[int, int]
    missing_attend: bool
    pretext_heads: bool
    mask_ratio: float
    dropout: float
    drop_path: float
    joints_order: JointsOrder = "smplx"
    appearance_alone: bool = False

    def __post_init__(self) -> None:
        longest, most = self.position_table
        encoders = (self.pose_layers, self.joints_layers, self.appearance_layers)
        checks = {
            f"1..{DEEPEST} blocks": 1 <= self.depth <= DEEPEST,
            f"at most {DEEPEST} layers in an encoder": max(map(len, encoders)) <= DEEPEST,
            f"a table of positions of at most {LARGEST_TABLE:,} numbers": (
                longest * most * self.width <= LARGEST_TABLE
            ),
            f"frames in 1..{longest}": 1 <= self.frames <= longest,
            f"people in 1..{most}": 1 <= self.people <= most,
            "at least one action": self.actions >= 1,
            "a width that is a multiple of 4": self.width % 4 == 0 and self.width > 0,
            "a pose encoder": bool(self.pose_layers),
            "an appearance encoder exactly where there is an appearance vector": (
                bool(self.appearance_layers) == (self.appearance_size > 0)
            ),
            "appearance alone only where there is an appearance vector": (
                self.appearance_size > 0 or not self.appearance_alone
            ),
            "a mask ratio in 0..1": 0 <= self.mask_ratio <= 1,
            "dropout and drop path in 0..1": 0 <= self.dropout < 1 and 0 <= self.drop_path < 1,
            "joints in the order 'smplx' or 'phalp'": self.joints_order in ("smplx", "phalp"),
            "norm 'pre' or 'post'": self.norm in ("pre", "post"),
            "position 'table' or 'space'": self.position in ("table", "space"),
        }
        for wanted, holds in checks.items():
            if not holds:
                raise LartError(f"Expected a LART configuration with {wanted}, but got {self}.")

    @property
    def inputs(self) -> str:
        """What the model looks at, for people: "pose", "pose + joints + appearance" and so on."""
        names = {
            "pose": True,
            "joints": bool(self.joints_layers),
            "appearance": self.appearance_size > 0,
        }
        return " + ".join(name for name, present in names.items() if present)

    @classmethod
    def paper(
        cls, *, actions: int = 60, appearance_size: int = 1152, people: int = 5, **other: Any
    ) -> "LARTConfig":
        """The paper's supplement (B.2), with `appearance_size=0` for the pose-only model (B.2.1).

        What the supplement leaves open, and what was chosen:

        - Head width: width / heads, as in the vanilla transformer that the supplement names.
        - MLP width: 4 x width, as there. Hidden widths of the encoders: the output width for pose,
          512 for appearance (as in the published code).
        - Pose only: the 256-d pose vector is projected to the width of 512 that "all of our
          experiments" have.
        - People seen together: 5, as in the published code.
        - Position (section 3.1: time, track and space): sines and cosines for time and track, a
          learned map for space, since places are continuous. A masked token has no place.
        """
        values: dict[str, Any] = {
            "frames": 128,
            "people": people,
            "actions": actions,
            "pose_layers": (256, 256, 256),
            "joints_layers": (),
            "appearance_size": appearance_size,
            "appearance_layers": (512, 512, 256) if appearance_size else (),
            "width": 512,
            "depth": 16,
            "heads": 16,
            "head_width": 32,
            "mlp_width": 2048,
            "norm": "post",
            "position": "space",
            "position_table": (250, 10),
            "missing_attend": False,
            "pretext_heads": False,
            "mask_ratio": 0.4,
            "dropout": 0.1,
            "drop_path": 0.0,
        }
        return cls(**values | other)

    @classmethod
    def published(
        cls, *, actions: int = 60, appearance_size: int = 1152, people: int = 5, **other: Any
    ) -> "LARTConfig":
        """The published code's `configs/lart.yaml` (with the 1152-d appearance of the demo).

        `appearance_size=0, joints_layers=(), pose_layers=(229, 128), width=128` is what the
        published launch script trains as the pose-only model.
        """
        values: dict[str, Any] = {
            "frames": 125,
            "people": people,
            "actions": actions,
            "pose_layers": (229, 128),
            "joints_layers": (256, 256, 128),
            "appearance_size": appearance_size,
            "appearance_layers": (512, 512, 256) if appearance_size else (),
            "width": 512,
            "depth": 16,
            "heads": 16,
            "head_width": 64,
            "mlp_width": 512,
            "norm": "pre",
            "position": "table",
            "position_table": (250, 10),
            "missing_attend": True,
            "pretext_heads": True,
            "mask_ratio": 0.4,
            "dropout": 0.1,
            "drop_path": 0.4,
            "joints_order": "phalp",
        }
        return cls(**values | other)

    @classmethod
    def small(
        cls, *, actions: int = 60, appearance_size: int = 0, people: int = 1, **other: Any
    ) -> "LARTConfig":
        """The paper's network, small enough to be trained on a laptop's CPU (about 1 M numbers).

        Pre-norm, since small sets of tracklets get few warm-up steps.
        """
        values: dict[str, Any] = {
            "pose_layers": (128, 128),
            "appearance_layers": (128, 64) if appearance_size else (),
            "width": 128,
            "depth": 4,
            "heads": 4,
            "head_width": 32,
            "mlp_width": 512,
            "norm": "pre",
        }
        return cls.paper(
            actions=actions, appearance_size=appearance_size, people=people, **values | other
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "LARTConfig":
        """What `to_dict` made, from JSON.

        Raises:
            LartError: A field is missing or unknown.
        """
        needed = {f.name for f in fields(cls) if f.default is MISSING}
        wrong = (needed - set(values)) | (set(values) - {f.name for f in fields(cls)})
        if wrong:
            raise LartError(
                f"Expected a LART configuration with the fields {sorted(needed)}, but "
                f"{sorted(wrong)} are missing or unknown."
            )
        restored: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return cls(**restored)
