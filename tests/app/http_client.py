"""The server's own routes behind its front door, asked for over HTTP."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import uvicorn
from starlette.applications import Starlette

from app.server import front_door, routes


@dataclass
class Answer:
    status_code: int
    headers: dict[str, str]
    content: bytes
    set_cookies: list[str]

    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """Asks the server for paths exactly as they are written."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, params: dict | None = None, headers: dict | None = None) -> Answer:
        query = f"?{urlencode(params)}" if params else ""
        return self._ask("GET", path + query, None, headers or {})

    def put(self, path: str, body: bytes, headers: dict | None = None) -> Answer:
        return self._ask("PUT", path, body, headers or {})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        cookies = answer.headers.get_all("set-cookie") or []
        return Answer(answer.status, names, answer.read(), cookies)


@contextmanager
def serving() -> Iterator[Client]:
    """A server on the loopback address while the block runs."""
    stack = front_door.middleware(front_door.hosts("127.0.0.1"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        app = Starlette(routes=routes.routes(), middleware=stack)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [free]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Client(free.getsockname()[1])
        server.should_exit = True
        thread.join()
