"""The network: person vectors -> action logits; its configurations, weights and checkpoints."""

from lart_core.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from lart_core.model.config import LARTConfig
from lart_core.model.lart import LART, LoadReport
from lart_core.model.published import from_published, read_published_config

__all__ = [
    "LART",
    "Checkpoint",
    "LARTConfig",
    "LoadReport",
    "from_published",
    "load_checkpoint",
    "read_published_config",
    "save_checkpoint",
]
