"""Processes that train side by side: one thread each, and gone when their parent is gone."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context, parent_process
from typing import TypeVar

import torch

from lart_core.study.corpus import Corpus

Item = TypeVar("Item")

_corpus: Corpus


def over(
    load: Callable[[], Corpus],
    work: Callable[[Corpus, Item], str],
    items: Iterable[Item],
    workers: int,
) -> Iterator[str]:
    """What `work` says of each item, in their order, as it comes.

    Args:
        load: Loads the corpus, once in each process. work: Does one item.
        items: What is to be done.
        workers: Processes. Small networks gain nothing from more than a thread each.
    """
    with ProcessPoolExecutor(workers, get_context("spawn"), _begin, (load,)) as pool:
        yield from pool.map(partial(_do, work), items)


def _do(work: Callable[[Corpus, Item], str], item: Item) -> str:
    return work(_corpus, item)


def _begin(load: Callable[[], Corpus]) -> None:
    global _corpus
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    _corpus = load()


def _end_with_parent() -> None:
    """Whoever goes on after a killed parent would train beside the next one in the same folder."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
