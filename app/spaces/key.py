"""The key that signs visitors' cookies: made at the first start, readable by the server only."""

import os
import secrets
from pathlib import Path

from lart_core.errors import LartError

BYTES = 32


def read_or_make(path: Path) -> bytes:
    """The key in a file of mode 600.

    Raises:
        LartError: The file is no key of ours, or others may read it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(BYTES))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    if path.stat().st_mode & 0o077:
        raise LartError(f"Others may read the key {path}: remove it, and a new one is made.")
    key = path.read_bytes()
    if len(key) != BYTES:
        raise LartError(f"{path} is no key of LART Lens: remove it, and a new one is made.")
    return key
