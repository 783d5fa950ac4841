"""The next item is made while the caller is busy."""

from collections.abc import Iterator
from threading import Event

import pytest

from lart_core.ahead import ahead


def test_the_next_item_is_made_while_the_caller_is_busy():
    second = Event()

    def items() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    for item in ahead(items()):
        assert second.wait(10) and item in (1, 2)


def test_what_goes_wrong_is_said_after_the_items_before_it():
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    taken = []
    with pytest.raises(ValueError, match="no more"):
        taken.extend(ahead(items()))
    got = ahead(items())
    assert next(got) == 1


def test_whoever_stops_early_leaves_no_thread_behind():
    closed = Event()

    def items() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            closed.set()

    taken = ahead(items())
    next(taken)
    taken.close()
    del taken
    assert closed.wait(10)
