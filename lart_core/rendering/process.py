"""The process of one backend, seen from the program that started it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lart_core.rendering import wire

START_LIMIT, DRAW_LIMIT = 60.0, 120.0
"""Seconds after which a render process that does not answer is ended."""


class CannotStart(Exception):
    """Why a backend does not work here."""


class RenderProcess:
    """The process of one backend."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lart_core.rendering.worker", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],  # where lart_core lies, installed or not
        )
        assert self._process.stdin and self._process.stdout
        self._requests, self._answers = self._process.stdin, self._process.stdout
        try:
            with self._limit(START_LIMIT):
                facts, _ = wire.receive(self._answers)
        except EOFError:
            raise CannotStart(self.end()) from None
        if "error" in facts:
            self.end()
            raise CannotStart(facts["error"])

    def ask(self, facts: dict, arrays: list[NDArray]) -> NDArray[np.uint8]:
        """Send a request and wait for its picture."""
        with self._limit(DRAW_LIMIT):
            wire.send(self._requests, facts, arrays)
            _, (picture,) = wire.receive(self._answers)
        return picture

    def end(self) -> str:
        """End the process; gives how it ended, in words."""
        try:
            self._requests.close()
            self._process.wait(timeout=2)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
        code = self._process.wait()
        self._answers.close()
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    @contextmanager
    def _limit(self, limit: float) -> Iterator[None]:
        """End the process if the block takes longer than `limit` seconds: its pipes break."""
        watch = threading.Timer(limit, self._process.kill)
        watch.start()
        try:
            yield
        finally:
            watch.cancel()
