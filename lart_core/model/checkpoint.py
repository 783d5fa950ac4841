"""Our checkpoint: one safetensors file with weights, configuration, label map and normalisation."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save

from lart_core.atomic_files import write_bytes
from lart_core.errors import LartError
from lart_core.file_kinds import SAFETENSORS, TORCH, mistaken
from lart_core.model.config import LARTConfig
from lart_core.model.lart import LART
from lart_core.runs.actions import check_model_name
from lart_core.stored_files import expect_format, reading
from lart_core.tracklet.person_vector import PERSON_VECTOR

FORMAT = "lart-lens checkpoint 1"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A model with everything that its numbers mean something by.

    Attributes:
        name: What people call the model.
        model: The network, in eval mode.
        ava_ids: AVA ids of the C columns of its action logits.
        mean: (229,) float32 subtracted from person vectors.
        std: (229,) float32 that they are then divided by.
        provenance: Where it came from: data, recipe, seed, source file; plain strings.
        fps: Frames a second that it learnt from; None to take a video's own.
        together: AVA ids of the actions of which it is asked with the nearest other person beside
            each. Of all others it is asked of each person alone, as the published code does.
        by_appearance: AVA ids of the actions that it says, by what they look like, of people who
            have no believed body. Of all others it says nothing of them; none: of no action.

    Raises:
        LartError: The name cannot be a file's; or label map, normalisation, `together` or
            `by_appearance` do not fit the network.
    """

    name: str
    model: LART
    ava_ids: tuple[int, ...]
    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    provenance: Mapping[str, str] = field(default_factory=dict)
    fps: float | None = None
    together: tuple[int, ...] = ()
    by_appearance: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_model_name(self.name)
        ids, actions = self.ava_ids, self.model.config.actions
        if len(ids) != actions or len(set(ids)) != actions or not all(1 <= i <= 80 for i in ids):
            raise LartError(
                f"Expected {actions} different AVA ids in 1..80 for the model's {actions} actions, "
                f"but got {list(ids)}."
            )
        if not {*self.together} <= {*ids} or (self.together and self.model.config.people < 2):
            raise LartError(
                f"Expected actions of two people among {list(ids)} and a model that sees two, but "
                f"got {list(self.together)} and {self.model.config.people}."
            )
        if not {*self.by_appearance} <= {*ids} or (
            self.by_appearance and not self.model.config.appearance_alone
        ):
            raise LartError(
                f"Expected actions told by appearance among {list(ids)} and a model in which "
                f"appearance speaks for itself, but got {list(self.by_appearance)}."
            )
        for name in ("mean", "std"):
            value = np.ascontiguousarray(getattr(self, name), np.float32)
            if value.shape != (PERSON_VECTOR,) or not np.isfinite(value).all():
                raise LartError(
                    f"Expected '{name}' to be {PERSON_VECTOR} finite numbers, but got an array "
                    f"of shape {value.shape}."
                )
            object.__setattr__(self, name, value)


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write one file, atomically."""
    tensors = {
        f"model.{name}": value.detach().cpu().contiguous()
        for name, value in checkpoint.model.state_dict().items()
    }
    tensors["normalisation.mean"] = torch.from_numpy(checkpoint.mean)
    tensors["normalisation.std"] = torch.from_numpy(checkpoint.std)
    header = {
        "format": FORMAT,
        "name": checkpoint.name,
        "config": json.dumps(checkpoint.model.config.to_dict()),
        "ava_ids": json.dumps(list(checkpoint.ava_ids)),
        "provenance": json.dumps(dict(checkpoint.provenance)),
        "fps": json.dumps(checkpoint.fps),
        "together": json.dumps(list(checkpoint.together)),
        "by_appearance": json.dumps(list(checkpoint.by_appearance)),
    }
    write_bytes(path, save(tensors, header))


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read what `save_checkpoint` wrote; the model comes in eval mode on the CPU.

    Args:
        path: A checkpoint (.safetensors); `demo_models()` has those that ship.

    Raises:
        LartError: There is no such file, it is none of ours, or it is damaged.
    """
    path = Path(path)
    if said := mistaken(path, "a checkpoint of LART Lens (.safetensors)", (SAFETENSORS,)):
        if TORCH in said:
            said = (
                f"{said.rstrip('.')}; `lart weights convert {path.name}` makes one of what LART's "
                f"authors published."
            )
        raise LartError(said)
    with reading(path, f"The model file {path.name}", "get it or train it again"):
        return _load(path)


def _load(path: Path) -> Checkpoint:
    with safe_open(path, "pt") as file:
        header = file.metadata() or {}
        if not header.get("format", "").startswith(FORMAT.rpartition(" ")[0]):
            raise LartError(
                f"Expected a LART Lens checkpoint in {path.name}, but it is marked as "
                f"{header.get('format', 'nothing')!r:.60}; published weights must be converted "
                f"first."
            )
        expect_format(header["format"], FORMAT)
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    config = LARTConfig.from_dict(json.loads(header["config"]))
    ava_ids = tuple(json.loads(header["ava_ids"]))
    provenance = {str(k): str(v) for k, v in dict(json.loads(header["provenance"])).items()}
    fps = json.loads(header.get("fps", "null"))
    if fps is not None and not 0 < fps < math.inf:
        raise ValueError(f"its frame rate is {fps}")
    mean, std = (tensors.pop(f"normalisation.{k}").numpy() for k in ("mean", "std"))
    name = header["name"]
    state = {name.removeprefix("model."): value for name, value in tensors.items()}
    with torch.device("meta"):
        expected = LART(config).state_dict()
    for key in sorted(expected.keys() | state.keys()):
        if key not in state or key not in expected:
            what = "lacks" if key in expected else "has an unknown"
            raise LartError(f"The model file {path.name} {what} '{key}'.")
        if state[key].shape != expected[key].shape:
            raise LartError(
                f"Expected '{key}' in {path.name} to have shape {tuple(expected[key].shape)}, but "
                f"got {tuple(state[key].shape)}."
            )
    model = LART(config)
    model.load_state_dict(state)
    asked = json.loads(header.get("together", "[]"))
    together = ava_ids if asked is True else tuple(asked or ())  # Older files say true or false.
    looks = tuple(json.loads(header.get("by_appearance", "[]")))
    return Checkpoint(name, model.eval(), ava_ids, mean, std, provenance, fps, together, looks)
