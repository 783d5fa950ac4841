"""`LocalEngine`: worker processes on this machine."""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from lart_core.dataset import ShardBusy
from lart_core.dataset.manifest import Line
from lart_core.engines.engine import Failure, Make, Queue, Say, Work

GPUS = "CUDA_VISIBLE_DEVICES"
THREADS = "OMP_NUM_THREADS"


class LocalEngine:
    """As many processes as there are workers; one worker works in this process.

    Processes share the machine's cores, and its GPUs by turns.
    """

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers

    def run(self, make: Make, shards: Sequence[int], say: Say) -> list[Failure]:
        """See `Engine.run`."""
        if self.workers == 1:
            return _here(make, shards, say)
        queue = Queue(shards)
        while queue.waiting:
            self._pool(make, queue, say)
        return queue.failures

    def _pool(self, make: Make, queue: Queue, say: Say) -> None:
        """Work until nothing waits, or until a process dies and takes the pool with it."""
        context = multiprocessing.get_context("spawn")
        turns = context.SimpleQueue()
        gpus = _gpus()
        for turn in range(self.workers):
            turns.put(gpus[turn % len(gpus)] if gpus else None)
        working: dict[Future[list[Line]], int] = {}
        others = multiprocessing.active_children()
        with (
            _shared_cores(self.workers),
            ProcessPoolExecutor(self.workers, context, _begin, (make, turns)) as pool,
        ):
            try:
                while queue.waiting or working:
                    while queue.waiting and len(working) < self.workers:
                        shard = queue.waiting[0]
                        with _deaf():
                            working[pool.submit(_work, shard)] = shard
                        queue.waiting.popleft()
                    for done in wait(working, return_when=FIRST_COMPLETED).done:
                        shard = working.pop(done)
                        _take(done, shard, queue, say)
            except BrokenProcessPool:
                for done, shard in working.items():
                    if not done.cancelled() and done.exception() is None:
                        _take(done, shard, queue, say)
                    else:
                        queue.again(shard, "its worker died")
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for process in multiprocessing.active_children():
                    if process not in others:
                        process.terminate()  # What it has not finished is begun anew.
                raise


def _take(done: "Future[list[Line]]", shard: int, queue: Queue, say: Say) -> None:
    try:
        lines = done.result()
    except ShardBusy as busy:
        queue.failures.append(Failure(shard, str(busy)))
    except BrokenProcessPool:
        queue.again(shard, "its worker died")
        raise
    else:
        for line in lines:
            say(line)


def _here(make: Make, shards: Sequence[int], say: Say) -> list[Failure]:
    work, failures = make(), []
    for shard in shards:
        try:
            work(shard, say)
        except ShardBusy as busy:
            failures.append(Failure(shard, str(busy)))
    return failures


_worker: Work | None = None
"""This process's own, in a process of the pool."""


def _begin(make: Make, turns: Any) -> None:
    global _worker
    gpu = turns.get()
    if gpu is not None:
        os.environ[GPUS] = gpu
    _worker = make()


def _work(shard: int) -> list[Line]:
    assert _worker is not None, "the pool's processes begin with `_begin`"
    lines: list[Line] = []
    _worker(shard, lines.append)
    return lines


def _gpus() -> list[str]:
    """The GPUs that this process may use, by the names that `CUDA_VISIBLE_DEVICES` takes."""
    if GPUS in os.environ:
        return [name for name in os.environ[GPUS].split(",") if name]
    import torch

    return [str(number) for number in range(torch.cuda.device_count())]


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that begin in this block do not hear Ctrl-C, which a terminal sends to all of them:
    each would complain. This process hears it afterwards, and ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _shared_cores(workers: int) -> Iterator[None]:
    """Processes that begin in this block take their part of the cores, unless the user said."""
    if THREADS in os.environ:
        yield
        return
    os.environ[THREADS] = str(max(len(os.sched_getaffinity(0)) // workers, 1))
    try:
        yield
    finally:
        del os.environ[THREADS]
