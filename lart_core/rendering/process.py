"""The process of one backend, seen from the program that started it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

START_LIMIT, DRAW_LIMIT = 60.0, 120.0
"""Seconds after which a render process that does not answer is ended."""


class CannotStart(Exception):
    """Why a backend does not work here."""


class RenderProcess:
    """The process of one backend."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._connection, its_end = Pipe()
        with its_end:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lart_core.rendering.worker", name, str(its_end.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[its_end.fileno()],
                cwd=Path(__file__).resolve().parents[2],  # where lart_core lies, installed or not
            )
        try:
            with self._limit(START_LIMIT):
                error = self._connection.recv()
        except (EOFError, OSError):
            raise CannotStart(self.end()) from None
        if error:
            self.end()
            raise CannotStart(error)

    def ask(self, facts: dict[str, Any], arrays: list[NDArray[Any]]) -> NDArray[np.uint8]:
        """Send a request and wait for its picture.

        Raises:
            EOFError, OSError: The process ended, or was ended since it took too long.
        """
        with self._limit(DRAW_LIMIT):
            self._connection.send((facts, arrays))
            picture: NDArray[np.uint8] = self._connection.recv()
        return picture

    def end(self) -> str:
        """End the process; gives how it ended, in words."""
        try:
            self._connection.close()
            self._process.wait(timeout=2)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
        code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    @contextmanager
    def _limit(self, limit: float) -> Iterator[None]:
        """End the process if the block takes longer than `limit` seconds: its connection breaks."""
        watch = threading.Timer(limit, self._process.kill)
        watch.start()
        try:
            yield
        finally:
            watch.cancel()
