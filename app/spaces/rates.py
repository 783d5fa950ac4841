"""How often something may be done by one address; kept in memory, forgotten after an hour."""

import ipaddress
import threading
import time
from collections import OrderedDict, deque

HOUR = 3600.0
KEPT = 20_000
"""Addresses that are remembered; the longest quiet ones go first."""


class Rate:
    """Counts what was done in the last hour, by address."""

    def __init__(self) -> None:
        self._done: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, address: str, most: int, now: float | None = None) -> bool:
        """Whether an address may do it once more; if so it counts as done.

        Args:
            address: As `group` gives it.
            most: How often within an hour.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            done = self._done.setdefault(address, deque())
            self._done.move_to_end(address)
            while done and now - done[0] > HOUR:
                done.popleft()
            allowed = len(done) < most
            if allowed:
                done.append(now)
            while len(self._done) > KEPT:
                self._done.popitem(last=False)
            return allowed


def group(address: str | None) -> str:
    """What counts as one address: IPv4 as it is, of IPv6 the network that one household has.

    Example:
        >>> group("2001:db8:1:2:3:4:5:6")
        '2001:db8:1:2::/64'
    """
    try:
        known = ipaddress.ip_address(address or "127.0.0.1")
    except ValueError:
        return "unknown"
    if known.version == 4:
        return str(known)
    return str(ipaddress.ip_network((known, 64), strict=False))
