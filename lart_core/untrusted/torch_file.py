"""Reads the tensors of torch files that strangers wrote, without running anything in them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lart_core.errors import LartError


def read_state_dict(path: Path, key: str = "state_dict") -> dict[str, Tensor]:
    """State dict of a torch file: bare or under `key`, as in a Lightning checkpoint.

    Objects that such a file carries beside its tensors (OmegaConf, Hydra, callbacks) are replaced
    by inert ones; no code of the file's choosing runs.

    Raises:
        LartError: It is no such file.
    """
    try:
        foreign = torch.serialization.get_unsafe_globals_in_checkpoint(path)
        inert: list[Any] = [
            (_plain_dict if name == "collections.defaultdict" else _Inert, name) for name in foreign
        ]
        with torch.serialization.safe_globals(inert):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever the damage leads it to
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise LartError(f"Could not read torch weights from {path.name}: {reason}") from None
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


def _plain_dict(*_: Any) -> dict[Any, Any]:
    """Stands in for a defaultdict, which torch would not fill."""
    return {}


class _Inert:
    """Stands in for any class that a file names."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> "_Inert":
        return object.__new__(cls)

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    def __setstate__(self, _state: Any) -> None:
        pass
