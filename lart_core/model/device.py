"""Where networks compute."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def fastest() -> torch.device:
    """The first GPU, or the processor where PyTorch sees none."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@contextmanager
def cpu_threads(count: int | None) -> Iterator[None]:
    """Let PyTorch compute in `count` threads within the block; as many as ever where None."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
