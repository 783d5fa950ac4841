"""What a process may use that works on strangers' files: memory, CPU time, disk. All is said here.

Such a process takes its allowance up itself, before it looks at a file (`Allowance.hold`), and the
processes that it starts have the same each.
"""

import resource
import signal
from dataclasses import dataclass, replace

GIB = 1 << 30
GRACE = 5
"""Seconds between SIGXCPU, which says what was too much, and SIGKILL, which does not."""


@dataclass(frozen=True)
class Allowance:
    """Limits of one process.

    Attributes:
        memory: Bytes of its own (Linux's RLIMIT_DATA: files that are mapped, and addresses that
            CUDA reserves, do not count).
        seconds: Of CPU time, over all its threads.
        disk: Bytes of any one file that it writes.
    """

    memory: int
    seconds: int
    disk: int

    def hold(self) -> None:
        """Put this process under the limits, for good; stricter ones that it has already stay."""
        _lower(resource.RLIMIT_DATA, self.memory)
        _lower(resource.RLIMIT_CPU, self.seconds, GRACE)
        _lower(resource.RLIMIT_FSIZE, self.disk)
        _lower(resource.RLIMIT_CORE, 0)

    def for_file(self, size: int) -> "Allowance":
        """More of it for a file of `size` bytes: 5 seconds a megabyte, and room for four copies."""
        return replace(self, memory=self.memory + 4 * size, seconds=self.seconds + 5 * (size >> 20))

    def __str__(self) -> str:
        return f"{self.memory / GIB:.3g} GiB of memory or {spoken(self.seconds)} of CPU time"


def spoken(seconds: int) -> str:
    """For example ``"90 s"`` or ``"24 h"``."""
    return f"{seconds} s" if seconds < 7200 else f"{seconds / 3600:.3g} h"


def ran_out(code: int) -> bool:
    """Whether a process that ended with this code was ended by its limit of CPU time."""
    return code in (-signal.SIGXCPU, 128 + signal.SIGXCPU)


def _lower(what: int, limit: int, grace: int = 0) -> None:
    def lower(old: int, new: int) -> int:
        return new if old == resource.RLIM_INFINITY else min(old, new)

    soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (lower(soft, limit), lower(hard, limit + grace)))


def until(what: int, limit: int) -> None:
    """Set a limit that may be raised again, as far as this process may go: only the privileged may
    raise the hard one, which stays."""
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


PROBE = Allowance(memory=4 * GIB, seconds=90, disk=1 << 20)
"""Looking at a video that was uploaded."""

READ = Allowance(memory=6 * GIB, seconds=60, disk=16 * GIB)
"""Reading a stranger's pickle; more for large ones (`Allowance.for_file`)."""

JOB = Allowance(memory=8 * GIB, seconds=24 * 3600, disk=16 * GIB)
"""A job of the app: a video of 30 minutes takes about 2 GiB and, on a slow machine, some hours."""

TRAINING = Allowance(memory=16 * GIB, seconds=7 * 24 * 3600, disk=16 * GIB)
"""Training in the app."""
