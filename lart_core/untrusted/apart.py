"""Strangers' files are read in a process of its own, with limits on memory and CPU time.

What is in a pickle can keep its reader busy for ever, or fill the memory, without running anything.
So every reader of this folder does its work in one process beside this one, which is started when
it is first needed, serves file after file, and ends with this one. A file that is too much for it
takes it down, and nothing else; for the next file there is another.
"""

import atexit
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, TypeVar

from lart_core.allowance import READ, Allowance
from lart_core.errors import LartError

Found = TypeVar("Found")


def read(reader: Callable[..., Found], path: Path, *more: Any) -> Found:
    """What a reader makes of a file, in the process with limits.

    Args:
        reader: A function of a module of `lart_core.untrusted`, of the path and of what is in
            `more`; it gives arrays, numbers, text and containers of them.
        path: Of the file.

    Raises:
        LartError: The reader refuses the file, or it needs more than the process may have.
    """
    if not path.is_file():
        raise LartError(f"Expected a file at {path}, but there is none.")
    allowed = READ.for_file(path.stat().st_size)
    with _lock:
        return _present().ask(reader, path.absolute(), more, allowed)


class _Process:
    """The process that reads."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._connection, its_end = Pipe()
        with its_end:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lart_core.untrusted.process", str(its_end.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[its_end.fileno()],
                cwd=Path(__file__).resolve().parents[2],  # where lart_core lies, installed or not
            )

    def alive(self) -> bool:
        """Whether it serves this process: a fork of the one that started it needs another."""
        return self.owner == os.getpid() and self._process.poll() is None

    def ask(
        self, reader: Callable[..., Found], path: Path, more: tuple[Any, ...], allowed: Allowance
    ) -> Found:
        """Let it read one file."""
        watch = threading.Timer(4 * allowed.seconds, self._process.kill)
        watch.daemon = True
        watch.start()
        try:
            wanted = (reader.__module__, reader.__name__, path, more)
            self._connection.send((wanted, allowed.memory, allowed.seconds))
            refused, made = receive(self._connection)
        except (EOFError, OSError):
            self.end()
            raise LartError(
                f"Reading {path.name} needed more than the {allowed} that it may have, or it is "
                f"damaged; it was not read."
            ) from None
        finally:
            watch.cancel()
        if refused:
            raise LartError(made)
        return made

    def end(self) -> None:
        """End it, if this process started it."""
        self._connection.close()
        if self.owner == os.getpid():
            self._process.kill()
            self._process.wait()


def send(connection: Connection, value: Any) -> None:
    """Send a value; the numbers of its arrays go as they lie in memory, without a copy."""
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    parts = [buffer.raw() for buffer in buffers]
    connection.send([len(part) for part in parts])
    connection.send_bytes(head)
    for part in parts:
        connection.send_bytes(part)


def receive(connection: Connection) -> Any:
    """What `send` sent, from a process of our own."""
    sizes = connection.recv()
    head = connection.recv_bytes()
    parts = [bytearray(size) for size in sizes]
    for part in parts:
        connection.recv_bytes_into(part)
    return pickle.loads(head, buffers=parts)  # noqa: S301 - our own process wrote it


_lock = threading.Lock()
_process: _Process | None = None


def _present() -> _Process:
    global _process
    if _process is None or not _process.alive():
        _process = _Process()
    return _process


@atexit.register
def _end() -> None:
    if _process is not None:
        _process.end()
