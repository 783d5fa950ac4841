"""Video in, run out: perception, tracking, appearance, actions; resumable."""

from lart_core.pipeline.process import GivenBoxes, Protocol, run
from lart_core.progress import Progress

__all__ = ["GivenBoxes", "Progress", "Protocol", "run"]
