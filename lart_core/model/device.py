"""Where networks compute."""

import torch


def fastest() -> torch.device:
    """The first GPU, or the processor where PyTorch sees none."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
