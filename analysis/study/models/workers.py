"""Processes that train side by side: one thread each, and gone when their parent is gone."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context, parent_process
from typing import Self, TypeVar

import torch

from analysis.study.data.corpus import Corpus
from lart_core.errors import LartError

Item = TypeVar("Item")

_corpus: Corpus | LartError
"""What this process works on, or why there is none."""


class Workers:
    """Processes with the corpus; to be used in a `with` block, whose end is theirs.

    Args:
        load: Loads the corpus, once in each process.
        count: Processes. Small networks gain nothing from more than a thread each.
    """

    def __init__(self, load: Callable[[], Corpus], count: int) -> None:
        self._pool = ProcessPoolExecutor(count, get_context("spawn"), _begin, (load,))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def each(self, work: Callable[[Corpus, Item], str], items: Iterable[Item]) -> Iterator[str]:
        """What `work` says of each item, in their order, as it comes.

        Raises:
            LartError: The corpus could not be loaded, or the work's own.
        """
        return self._pool.map(partial(_do, work), items)


def _do(work: Callable[[Corpus, Item], str], item: Item) -> str:
    if isinstance(_corpus, LartError):
        raise _corpus
    return work(_corpus, item)


def _begin(load: Callable[[], Corpus]) -> None:
    global _corpus
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    try:
        _corpus = load()
    except LartError as error:  # Raised here it would only be said that a process broke.
        _corpus = error


def _end_with_parent() -> None:
    """Whoever goes on after a killed parent would train beside the next one in the same folder."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
