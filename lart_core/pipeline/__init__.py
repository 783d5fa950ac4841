"""Video in, run out: perception, tracking, appearance, actions; resumable."""

from lart_core.pipeline.process import GivenBoxes, Progress, Protocol, run

__all__ = ["GivenBoxes", "Progress", "Protocol", "run"]
