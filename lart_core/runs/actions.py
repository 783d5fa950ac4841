"""What a model says of people: action probabilities per person and frame, and their file."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from lart_core.atomic_files import write_bytes
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError
from lart_core.stored_files import open_safetensors, reading
from lart_core.tracklet.data import typed_array

FORMAT = "lart-lens actions 1"
ROUNDING = 1e-3
LONGEST = 150
"""Letters of a model's name."""


@dataclass(frozen=True)
class PersonActions:
    """One person's action probabilities.

    Attributes:
        frame: (T,) int64 frame numbers, the tracklet's.
        probability: (T, C) float32 in 0..1, a column for each of the model's actions.
    """

    frame: NDArray[np.int64]
    probability: NDArray[np.float32]


@dataclass(frozen=True)
class Actions:
    """What one model says of every person of a video.

    Attributes:
        model: Name of the model.
        ava_ids: The C actions that the model knows, as AVA ids; all others are unknown to it.
        people: Track id -> probabilities.
        provenance: Which weights and settings, as plain strings.
    """

    model: str
    ava_ids: tuple[int, ...]
    people: Mapping[int, PersonActions]
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_model_name(self.model)


def check_model_name(name: str) -> None:
    """Refuse a model's name that cannot be a file's: runs keep what a model says under it.

    Raises:
        LartError: It is one of a folder, hidden, or not of printable characters.
    """
    if not name or len(name) > LONGEST or re.search(r"[/\\]|^\.", name) or not name.isprintable():
        raise LartError(
            f"Expected a model's name of up to {LONGEST} letters without / or \\ and without a dot "
            f"in front, but got {name[:80]!r}."
        )


def save_actions(path: Path, actions: Actions) -> None:
    """Write one safetensors file, atomically."""
    arrays: dict[str, NDArray[Any]] = {}
    for track_id, person in actions.people.items():
        arrays[f"{track_id}/frame"] = person.frame
        arrays[f"{track_id}/probability"] = person.probability
    header = {
        "format": FORMAT,
        "model": actions.model,
        "ava_ids": json.dumps(list(actions.ava_ids)),
        "provenance": json.dumps(dict(actions.provenance)),
    }
    write_bytes(path, save(arrays, header))


def load_actions(path: Path) -> Actions:
    """Read what `save_actions` wrote.

    Raises:
        LartError: The file is not such a file or is damaged.
    """
    with (
        reading(path, f"The file of actions {path.name}", "let the model name them again"),
        open_safetensors(path, FORMAT) as (file, header),
    ):
        known = tuple(json.loads(header["ava_ids"]))
        if not set(known) <= ava_actions().keys() or len(set(known)) < len(known):
            raise ValueError("its actions are not AVA's, each once")
        ids = sorted({int(key.split("/")[0]) for key in file.keys()})  # noqa: SIM118
        people = {i: _person(file, i, len(known)) for i in ids}
        provenance = {str(k): str(v) for k, v in dict(json.loads(header["provenance"])).items()}
        return Actions(header["model"], known, people, provenance)


def _person(file: Any, track_id: int, actions: int) -> PersonActions:
    frame = typed_array("frame", file.get_tensor(f"{track_id}/frame"), "int64")
    said = typed_array("probability", file.get_tensor(f"{track_id}/probability"), "float32")
    if said.shape != (*frame.shape, actions) or frame.ndim != 1:
        raise ValueError(f"{said.shape} probabilities for {frame.shape} frames of {actions}")
    if not np.all((said > -ROUNDING) & (said < 1 + ROUNDING)) or np.any(np.diff(frame) <= 0):
        raise ValueError("probabilities outside 0 to 1, or frames that do not ascend")
    return PersonActions(frame, said)
