"""Reads the tensors of torch files that strangers wrote, without running anything in them."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lart_core.errors import LartError
from lart_core.file_kinds import TORCH, mistaken
from lart_core.untrusted import apart

MOST_NAMES = 200
"""Foreign names in one file; a Lightning checkpoint with its configuration has about 20."""

_Kind = Literal["object", "mapping", "list"]

_UNKNOWN = re.compile(r"Unsupported global: GLOBAL (\S+) was not an allowed global")
_USED = re.compile(r"Can only (append|extend|SETITEMS?)\b[^<]*<class 'foreign\.(.+?)'>")


def read_state_dict(path: Path, key: str = "state_dict") -> dict[str, Tensor]:
    """State dict of a torch file: bare or under `key`, as in a Lightning checkpoint.

    Objects that such a file carries beside its tensors (OmegaConf, Hydra, callbacks) are replaced
    by inert ones; no code of the file's choosing runs. It is read in a process with limits
    (`lart_core.untrusted.apart`).

    Raises:
        LartError: It is no such file, or too much for that process.
    """
    packed = apart.read(_read_packed, path, key)
    return {
        name: torch.from_numpy(numbers).view(getattr(torch, kind)).reshape(shape)
        for name, (kind, shape, numbers) in packed.items()
    }


def _read_packed(path: Path, key: str) -> dict[str, tuple[str, tuple[int, ...], NDArray[np.uint8]]]:
    """Name -> dtype, shape and bytes of each tensor: NumPy does not know all of torch's dtypes."""
    packed = {}
    for name, tensor in read_here(path, key).items():
        flat = tensor.detach().contiguous().reshape(-1)
        kind = str(tensor.dtype).removeprefix("torch.")
        packed[str(name)] = kind, tuple(tensor.shape), flat.view(torch.uint8).numpy()
    return packed


def read_here(path: Path, key: str = "state_dict") -> dict[str, Tensor]:
    """What `read_state_dict` gives, in this process."""
    if said := mistaken(path, "torch weights", (TORCH,)):
        raise LartError(said)
    content = _load(path)
    if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
        content = content[key]
    tensors = (
        {k: v for k, v in content.items() if isinstance(v, Tensor)}
        if isinstance(content, Mapping)
        else {}
    )
    if not tensors:
        raise LartError(f"Expected named tensors in {path.name}, but found none.")
    return tensors


def _load(path: Path) -> Any:
    """What `torch.load` makes of the file, with a stand-in for everything foreign that it names.

    torch says which name it will not follow, and what was to be done to it: the stand-in is then
    another (an empty mapping, an empty list), and the file is read anew. This serves files of
    every age; listing their names beforehand serves only those that are zip archives.
    """
    kinds: dict[str, _Kind] = {}
    while True:
        stand_ins: list[Any] = [(_stand_in(name, kind), name) for name, kind in kinds.items()]
        try:
            with torch.serialization.safe_globals(stand_ins):
                return torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # torch raises whatever the damage leads it to
            if not _learnt(kinds, str(error)):
                told = str(error).rpartition("WeightsUnpickler error:")[2].split()
                reason = " ".join(told[:30]) or type(error).__name__
                raise LartError(
                    f"Could not read torch weights from {path.name}: {reason.rstrip('.')}."
                ) from None


def _learnt(kinds: dict[str, _Kind], words: str) -> bool:
    """Whether an error of torch tells something new of a name, which then is in `kinds`."""
    unknown = _UNKNOWN.search(words)
    if unknown:
        name = unknown[1]
        name = name if "." in name else f"builtins.{name}"
        if name in kinds or len(kinds) >= MOST_NAMES:
            return False
        kinds[name] = "object"
        return True
    used = _USED.search(words)
    if used and kinds.get(used[2]) == "object":
        kinds[used[2]] = "list" if used[1] in ("append", "extend") else "mapping"
        return True
    return False


def _stand_in(name: str, kind: _Kind) -> type:
    """A class that takes a foreign one's place, and whose instances hold nothing."""
    empty: dict[_Kind, Any] = {"mapping": OrderedDict, "list": list}

    def new(cls: type, *_args: Any, **_kwargs: Any) -> Any:
        return object.__new__(cls) if kind == "object" else empty[kind]()

    def ignore(_self: Any, *_args: Any, **_kwargs: Any) -> None:
        pass

    members = {"__new__": new, "__init__": ignore, "__setstate__": ignore, "__module__": "foreign"}
    return type(name, (), members)
