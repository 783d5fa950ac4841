"""The process that reads strangers' files: ``python -m lart_core.untrusted.process FD``.

`lart_core.untrusted.apart` starts it and asks it. It ends when nobody is there to ask any more.
"""

import importlib
import resource
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from lart_core import allowance
from lart_core.errors import LartError
from lart_core.untrusted.apart import send

HERE = __name__.rpartition(".")[0] if __name__ != "__main__" else "lart_core.untrusted"


def main(connection: Connection) -> None:
    """Read file after file, each with memory and CPU time of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program that started us decides
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    allowance.until(resource.RLIMIT_FSIZE, 0)
    while True:
        try:
            wanted, memory, seconds = connection.recv()
        except EOFError:
            return
        limit(memory, seconds)
        send(connection, answer(*wanted))


def limit(memory: int, seconds: int) -> None:
    """Allow so much memory, and so many seconds from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowance.until(resource.RLIMIT_DATA, memory)
    allowance.until(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + seconds)


def answer(module: str, name: str, path: Path, more: tuple[Any, ...]) -> tuple[bool, Any]:
    """Whether the file was refused, and what was read or why not."""
    if not module.startswith(f"{HERE}."):
        raise ValueError(f"{module} is no reader")
    try:
        return False, getattr(importlib.import_module(module), name)(path, *more)
    except LartError as error:
        return True, str(error)
    except MemoryError:
        return True, f"The file {path.name} needs more memory than it may have."


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])))
