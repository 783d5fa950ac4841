"""What stands before every route of a public server, besides the front door."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.spaces import doors, links, quota

CLOSED = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
"""Routes of Streamlit that are for a server's keeper."""
OWN = ("/lart/runs/", "/lart/results/", "/lart/exports/", "/lart/uploads", "/media/")
"""Answers that are one visitor's: no cache on the way may keep them for another."""
TABLES = "/_stcore/upload_file"
"""Where Streamlit's own fields send files to, which it keeps in memory; ours go to disk."""
TABLE_MEGABYTES = 40
"""The most that such a file may have (Streamlit's setting ``server.maxUploadSize``)."""


class Visitors:
    """Serves each request as its visitor's; who opens a page without a cookie is given one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        cookies = HTTPConnection(scope).cookies
        someone = doors.known(cookies)
        if someone is not None and someone.id:
            doors.seen(someone)

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                page = _asks_for_page(scope)
                if page or scope["path"].startswith(OWN):
                    headers.setdefault("Cache-Control", "no-cache")
                    headers["Cache-Control"] = f"private, {headers['Cache-Control']}"
                if page:
                    opened = links.opened(cookies, scope["query_string"])
                    for each in doors.cookies(someone, opened, secure=scope["scheme"] == "https"):
                        headers.append("set-cookie", each)
            await send(message)

        sent_from = scope["client"][0] if scope.get("client") else None
        with doors.serving(someone, sent_from):
            if scope["type"] == "http":
                await self._answer(scope, receive, with_cookie)
            else:
                await self.app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith(CLOSED):
            words = {"error": "This is not for visitors."}
            await JSONResponse(words, status_code=404)(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD", "OPTIONS") and doors.unsigned():
            words = {"error": doors.UNSIGNED}
            await JSONResponse(words, status_code=403)(scope, receive, send)
        elif scope["method"] == "PUT" and path.startswith(TABLES):
            try:
                with quota.uploading():
                    await self.app(scope, receive, send)
            except quota.Refused as error:
                await JSONResponse({"error": str(error)}, status_code=429)(scope, receive, send)
            except doors.Stranger as error:
                await JSONResponse({"error": str(error)}, status_code=403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _asks_for_page(scope: Scope) -> bool:
    """Whether a browser opens an address, rather than a page asking for its parts."""
    return scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
