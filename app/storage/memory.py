"""What is kept in memory: so many bytes over all functions, the longest unused forgotten first."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np

LIMIT = 192 * 2**20
"""Bytes that all answers together may take."""


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    made: bool = False
    value: Any = None
    size: int = 0


class Memory:
    """Answers under keys. Who asks for one that is being made waits for it.

    Args:
        limit: Bytes; the latest answer is kept in any case.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._kept: OrderedDict[tuple[Hashable, Hashable], _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, owner: Hashable, key: Hashable, make: Callable[[], Any], most: int) -> Any:
        """The answer under a key of an owner, made now if it is not kept.

        Args:
            most: How many answers of this owner are kept.
        """
        whole = (owner, key)
        with self._lock:
            entry = self._kept.setdefault(whole, _Entry())
            self._kept.move_to_end(whole)
        with entry.lock:
            if entry.made:
                return entry.value
            try:
                entry.value = make()
            except BaseException:
                with self._lock:
                    self._kept.pop(whole, None)
                raise
            entry.size = size_of(entry.value)
            entry.made = True
        with self._lock:
            self._shrink(owner, most)
        return entry.value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    @property
    def bytes(self) -> int:
        """What all answers take."""
        with self._lock:
            return sum(entry.size for entry in self._kept.values())

    def _shrink(self, owner: Hashable, most: int) -> None:
        own = [key for key, entry in self._kept.items() if key[0] == owner and entry.made]
        for key in own[: max(0, len(own) - most)]:
            del self._kept[key]
        total = sum(entry.size for entry in self._kept.values())
        for key in [key for key, entry in self._kept.items() if entry.made][:-1]:
            if total <= self.limit:
                break
            total -= self._kept.pop(key).size


def size_of(value: Any) -> int:
    """Bytes that a value of arrays, texts, containers and data classes takes, roughly."""
    if isinstance(value, np.ndarray):
        return value.nbytes + 128
    if isinstance(value, Mapping):
        return 64 + sum(size_of(key) + size_of(item) for key, item in value.items())
    if isinstance(value, tuple | list | set | frozenset):
        return 64 + 8 * len(value) + sum(map(size_of, value))
    if is_dataclass(value):
        return 64 + sum(size_of(getattr(value, each.name)) for each in fields(value))
    return sys.getsizeof(value)
