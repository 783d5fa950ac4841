"""Work on one thing while the next one is being made."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

Item = TypeVar("Item")

_END = object()


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items; the next one is made in a thread while the caller is busy with one.

    Decoders and networks let other threads run, so a chain of these keeps several cores busy. What
    making an item raises is raised here.

    Example:
        >>> list(ahead(n * n for n in range(4)))
        [0, 1, 4, 9]
    """
    source = iter(items)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, source, _END)
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, source, _END)
            yield cast(Item, item)
