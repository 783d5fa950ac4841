"""The file with the times of frames, for videos whose frames are not evenly spaced."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from lart_core.atomic_files import write_bytes
from lart_core.errors import LartError

TIMES = "times.safetensors"


def save_times(path: Path, times: Mapping[str, NDArray[np.float64]]) -> None:
    """Write the seconds of each video's frames under a name, atomically."""
    write_bytes(path, save({name: times[name] for name in sorted(times)}))


def load_times(path: Path) -> dict[str, NDArray[np.float64]]:
    """Read what `save_times` wrote; {} where there is no such file.

    Raises:
        LartError: The file is damaged.
    """
    try:
        return load(path.read_bytes()) if path.is_file() else {}
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise LartError(f"Could not read the times of frames from {path}: {error}.") from None
