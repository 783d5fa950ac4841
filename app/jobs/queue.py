"""Whose job is next: visitors take turns, and each one's own jobs go in the order they came."""

from collections import Counter, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from lart_core.atomic_files import write_json
from lart_core.paths import lart_home
from lart_core.stored_files import DAMAGE, read_json

Owner = TypeVar("Owner", bound=Hashable)
Item = TypeVar("Item")


def in_turn(
    waiting: Mapping[Owner, Sequence[Item]],
    running: Iterable[Owner],
    last_turn: Mapping[Owner, float],
) -> list[tuple[Owner, Item]]:
    """All that waits, in the order in which it will be begun.

    Next is whoever has the least at work; among equals whose turn is the longest ago.

    Args:
        waiting: What waits of each owner, the longest waiting first.
        running: The owner of each thing at work.
        last_turn: When something of an owner was last begun; owners without one go first.

    Example:
        >>> in_turn({"a": [1, 2, 3], "b": [4]}, running=["a"], last_turn={"a": 10.0})
        [('b', 4), ('a', 1), ('a', 2), ('a', 3)]
    """
    at_work = Counter(running)
    order = {owner: (last_turn.get(owner, float("-inf")), at) for at, owner in enumerate(waiting)}
    left = {owner: deque(items) for owner, items in waiting.items() if items}
    found: list[tuple[Owner, Item]] = []
    clock = max([*last_turn.values(), 0.0])
    while left:
        owner = min(left, key=lambda each: (at_work[each], order[each]))
        found.append((owner, left[owner].popleft()))
        clock += 1.0
        at_work[owner] += 1
        order[owner] = (clock, 0)
        if not left[owner]:
            del left[owner]
    return found


def note(job_ids: Sequence[str]) -> None:
    """Keep the order of what waits, for pages to tell; for the supervisor."""
    write_json(_file(), {"waiting": list(job_ids)})


def before(job_id: str) -> int | None:
    """How many jobs, of anybody, will be begun before a job that waits; None if it is not noted."""
    try:
        waiting = read_json(_file(), {"waiting": list})["waiting"]
    except (OSError, *DAMAGE):
        return None
    return waiting.index(job_id) if job_id in waiting else None


def _file() -> Path:
    return lart_home() / "jobs" / "queue.json"
