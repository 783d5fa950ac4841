"""What a model says of people: action probabilities per person and frame, and their file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from lart_core.atomic_files import write_bytes
from lart_core.errors import LartError


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


def save_actions(path: Path, actions: Actions) -> None:
    """Write one safetensors file, atomically."""
    arrays: dict[str, NDArray[Any]] = {}
    for track_id, person in actions.people.items():
        arrays[f"{track_id}/frame"] = person.frame
        arrays[f"{track_id}/probability"] = person.probability
    header = {
        "format": "lart-lens actions 1",
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
    try:
        with safe_open(path, "np") as file:
            header = file.metadata() or {}
            if header.get("format") != "lart-lens actions 1":
                raise LartError(f"Expected action probabilities of LART Lens in {path.name}.")
            ids = sorted({int(key.split("/")[0]) for key in file.keys()})  # noqa: SIM118
            people = {
                i: PersonActions(file.get_tensor(f"{i}/frame"), file.get_tensor(f"{i}/probability"))
                for i in ids
            }
    except (SafetensorError, OSError) as error:
        raise LartError(f"Could not read action probabilities from {path.name}: {error}.") from None
    return Actions(
        header["model"],
        tuple(json.loads(header["ava_ids"])),
        people,
        json.loads(header["provenance"]),
    )
