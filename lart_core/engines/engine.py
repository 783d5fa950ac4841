"""What an engine is."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from lart_core.dataset.manifest import Line

Say = Callable[[Line], None]
"""Is told what became of a video."""

Work = Callable[[int, Say], None]
"""Does the work on the shard of a number. Called twice, it does what is left."""

Make = Callable[[], Work]
"""Makes a worker, in its own process; it then keeps what it loaded. Can be pickled."""

ATTEMPTS = 3
"""How many times a shard whose worker died is given to another one."""


@dataclass(frozen=True)
class Failure:
    """A shard on which something is left to do, and why."""

    shard: int
    reason: str


class Engine(Protocol):
    """Gives shards to workers."""

    def run(self, make: Make, shards: Sequence[int], say: Say) -> list[Failure]:
        """Work on the shards, in any order, each by one worker at a time.

        Args:
            make: Makes a worker.
            shards: Numbers of shards.
            say: Is told what became of each video, in this process.

        Returns:
            What could not be finished: shards that another process holds, or whose workers died
            again and again.

        Raises:
            LartError: The work cannot be done at all; no further shards are begun.
        """


class Queue:
    """Shards that wait for a worker; those whose worker died wait again, up to `ATTEMPTS` times."""

    def __init__(self, shards: Sequence[int]) -> None:
        self.waiting = deque(shards)
        self.failures: list[Failure] = []
        self._attempts = Counter[int]()

    def again(self, shard: int, reason: str) -> None:
        """A shard was not finished."""
        self._attempts[shard] += 1
        if self._attempts[shard] < ATTEMPTS:
            self.waiting.append(shard)
        else:
            self.failures.append(Failure(shard, reason))
