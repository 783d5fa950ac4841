"""``/healthz``: whether the server is well, for load balancers and containers."""

import os
import time
from typing import Protocol

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from lart_core.paths import lart_home

ADDRESS = "/healthz"
STUCK = 60.0
"""Seconds after which jobs that nobody looked at count as stuck."""


class Watched(Protocol):
    """What is known of whoever looks after the jobs (`app.jobs.supervisor.Supervisor`)."""

    second: bool
    looked: float


_watched: Watched | None = None


def watch(supervisor: Watched | None) -> None:
    """From now on the server is well if this supervisor is; None where there is none yet."""
    global _watched
    _watched = supervisor


def report() -> tuple[bool, dict[str, str]]:
    """Whether all is well, and in words how each part is."""
    jobs = "not started"
    if _watched is not None:
        jobs = "looked after by another server" if _watched.second else "looked after"
        if time.monotonic() - _watched.looked > STUCK:
            jobs = "stuck"
    home = "writable" if os.access(lart_home(), os.W_OK) else "not writable"
    well = home == "writable" and jobs.startswith("looked after")
    return well, {"status": "ok" if well else "ill", "jobs": jobs, "home": home}


class Health:
    """Answers ``/healthz`` before any other check: probes come by numbers, not by our name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == ADDRESS:
            well, said = report()
            await JSONResponse(said, 200 if well else 503)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
