"""`RayEngine`: workers on a Ray cluster; https://docs.ray.io."""

import logging
import time
from collections.abc import Sequence
from typing import Any

import ray
from ray.exceptions import ActorDiedError, ActorUnavailableError, RayActorError, WorkerCrashedError

from lart_core.dataset import ShardBusy
from lart_core.dataset.manifest import Line
from lart_core.engines.engine import Failure, Make, Queue, Say

DEATHS = (RayActorError, ActorDiedError, ActorUnavailableError, WorkerCrashedError)
OBJECTS = 80 * 1024**2
"""Bytes of Ray's object store on this machine: only numbers and lines go through it."""
LOOPBACK = "127.0.0.2"
"""Ray takes 127.0.0.1 for the machine's other address, where it then waits in vain."""


class RayEngine:
    """One actor a worker, which keeps its models loaded and has one shard at a time.

    A shard whose actor or node died goes to another one, and the dead actor is replaced where the
    cluster has room. A new actor gets work only once it runs.

    Args:
        workers: Number of actors.
        address: Of a running cluster (``auto``, ``ray://head:10001``); None starts Ray on this
            machine alone.
        gpus: That each actor takes from its node, beside one CPU.
    """

    def __init__(self, workers: int = 1, address: str | None = None, *, gpus: float = 0) -> None:
        self.workers, self.address, self.gpus = workers, address, gpus

    def run(self, make: Make, shards: Sequence[int], say: Say) -> list[Failure]:
        """See `Engine.run`."""
        ours = not ray.is_initialized()
        if ours:
            self._connect()
        actors: list[Any] = []
        try:
            return self._run(make, Queue(shards), say, actors)
        finally:
            for actor in actors:
                ray.kill(actor)
            if ours:
                ray.shutdown()

    def _run(self, make: Make, queue: Queue, say: Say, actors: list[Any]) -> list[Failure]:
        kind = ray.remote(_Actor).options(
            num_cpus=1, num_gpus=self.gpus, scheduling_strategy="SPREAD"
        )
        pending: dict[Any, tuple[Any, int | None]] = {}

        def begin() -> None:
            actors.append(kind.remote(make))
            pending[actors[-1].ready.remote()] = (actors[-1], None)

        for _ in range(min(self.workers, len(queue.waiting))):
            begin()
        idle: list[Any] = []
        working = 0
        while working or queue.waiting:
            while idle and queue.waiting:
                actor, shard = idle.pop(), queue.waiting.popleft()
                pending[actor.work.remote(shard)] = (actor, shard)
                working += 1
            (done, *_), _rest = ray.wait(list(pending), num_returns=1)
            actor, at = pending.pop(done)
            working -= at is not None
            try:
                lines = ray.get(done)
            except DEATHS as death:
                actors.remove(actor)
                if at is not None:
                    queue.again(at, f"its worker died ({type(death).__name__})")
                elif not working and not actors:
                    raise
                if queue.waiting:
                    begin()
                continue
            except ShardBusy as busy:
                assert at is not None
                queue.again(at, str(busy))
                time.sleep(1)
                lines = []
            for line in lines:
                say(line)
            idle.append(actor)
        return queue.failures

    def _connect(self) -> None:
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        if self.address is not None:
            ray.init(address=self.address, **quiet)
            return
        ray.init(
            num_cpus=self.workers,
            object_store_memory=OBJECTS,
            include_dashboard=False,
            _node_ip_address=LOOPBACK,
            **quiet,
        )


class _Actor:
    """A worker in a process of the cluster."""

    def __init__(self, make: Make) -> None:
        self._worker = make()

    def ready(self) -> list[Line]:
        """Nothing, once the worker is made."""
        return []

    def work(self, shard: int) -> list[Line]:
        """Work on a shard."""
        lines: list[Line] = []
        self._worker(shard, lines.append)
        return lines
