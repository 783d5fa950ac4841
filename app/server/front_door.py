"""What every answer of the server passes: which hosts it goes by, and what pages may do."""

import base64
import hashlib
import ipaddress
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import spaces
from app.operations.health import Health
from app.server import modules
from app.server.visitors import Visitors

LOCAL = ("localhost", "127.0.0.1")
"""Names that a server on the loopback address goes by."""


def hosts(address: str, named: Sequence[str] = ()) -> list[str]:
    """Names under which the server answers; under others it could be a page's way to read it.

    Args:
        address: Where it listens.
        named: Names that its keeper gave; ``*.example.org`` stands for all below.

    Returns:
        Names without ports; ``*`` alone where it listens to the network and nobody named any.
    """
    if named:
        return [*named, *LOCAL]
    try:
        local = ipaddress.ip_address(address).is_loopback
    except ValueError:
        local = address == "localhost"
    return list(LOCAL) if local else ["*"]


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a page of this very server asks: pages elsewhere may not change anything.

    Browsers name the page's origin with every request that is not a plain reading.
    """
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host", "") != ""


def middleware(allowed: Sequence[str]) -> list[Middleware]:
    """What stands before every route, Streamlit's and ours.

    Args:
        allowed: As `hosts` gives them.
    """
    return [
        Middleware(Health),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(allowed), www_redirect=False),
        Middleware(SecurityHeaders),
        Middleware(SameOrigin),
        Middleware(modules.Ahead),
        *([Middleware(Visitors)] if spaces.public() else ()),
    ]


class SecurityHeaders:
    """Adds to every answer what browsers are to refuse."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_security_policy(),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class SameOrigin:
    """Refuses whatever would change something and does not come from a page of this server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        changes = scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if changes and not same_origin(Headers(scope=scope)):
            words = {"error": "Only pages of this server may do this."}
            await JSONResponse(words, status_code=403)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def content_security_policy() -> str:
    """Pages load from this server alone; components' scripts come as blobs, styles stand inline.

    Evaluating text is allowed: not every chart was tried without it.
    """
    index = files("streamlit").joinpath("static", "index.html").read_text(encoding="utf-8")
    inline = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in re.findall(r"<script>(.*?)</script>", index, re.S)
    )
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: 'unsafe-eval' {inline}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "frame-ancestors 'self'",
        )
    )
