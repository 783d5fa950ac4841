"""Writes ``slowfast.pyth`` with the real yacs 0.1.8: SlowFast's checkpoints carry such settings.

    pip install yacs==0.1.8 torch
    python make.py

The numbers are made up.
"""

from collections import deque
from pathlib import Path

import torch
from yacs.config import CfgNode

if __name__ == "__main__":
    settings = CfgNode({"MODEL": {"NUM_CLASSES": 80, "ARCH": "mvit"}, "NUM_GPUS": 8})
    settings.freeze()
    content = {
        "epoch": 3,
        "model_state": {"head.projection.weight": torch.arange(6.0).reshape(2, 3)},
        "cfg": settings,
        "last_losses": deque([0.5, 0.25], maxlen=10),
    }
    torch.save(content, Path(__file__).with_name("slowfast.pyth"))
