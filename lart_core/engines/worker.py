"""`SetWorker`: what is left of a shard is done, video after video, and noted."""

import time
from abc import ABC, abstractmethod
from pathlib import Path

from lart_core.dataset import Line, Shard, VideoSet
from lart_core.dataset.manifest import add_to_journal, read_journal
from lart_core.engines.engine import Say
from lart_core.errors import LartError

DEADLY = 2
"""A video on which this many workers died is left for the end of its shard."""


class SetWorker(ABC):
    """A worker: makes the runs of the shards that it is given."""

    def __init__(self, path: Path) -> None:
        self.set = VideoSet.open(path)

    def __call__(self, number: int, say: Say) -> None:
        """Do what is left of a shard; a video that cannot be used is noted and passed over.

        Raises:
            ShardBusy: Another process works on it.
        """
        (shard,) = self.set.shards([number])
        with shard.held():
            known = shard.lines()
            broken = read_journal(shard.folder).broken
            for video in sorted(shard.videos, key=lambda video: broken[video] >= DEADLY):
                if video not in known or known[video].state != "tracked":
                    say(self._one(shard, video, known.get(video)))

    @abstractmethod
    def _tracked(self, shard: Shard, video: str) -> Line:
        """Make the run of one video.

        Raises:
            LartError: The video cannot be used.
        """

    def _one(self, shard: Shard, video: str, before: Line | None) -> Line:
        start = time.perf_counter()
        add_to_journal(shard.folder, video, time.time())
        try:
            line = self._tracked(shard, video)
        except LartError as error:
            line = Line(video, "refused", reason=str(error))
        if line != before:
            shard.add(line)
        add_to_journal(shard.folder, video, time.time(), time.perf_counter() - start)
        return line
