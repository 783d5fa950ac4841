"""The JavaScript of the app's components, over HTTP."""

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.ui import component


def routes() -> list[BaseRoute]:
    """A route for the modules of each component."""
    return [
        Mount(f"{component.address()}/{name}", Modules(directory=folder))
        for name, folder in component.folders().items()
    ]


class Modules(StaticFiles):
    """The modules of a folder; what else lies there is not served."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The module at a path, or 404."""
        if not path.endswith(".js"):
            return Response(status_code=404)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class Ahead:
    """Tells browsers with the page that shows it of the player's modules.

    So they come while Streamlit still starts.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        paths = [f"{component.address()}/{module}" for module in component.modules("player")]
        self.hints = ", ".join(f'<{path}>; rel="modulepreload"' for path in paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_hints(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Link"] = self.hints
            await send(message)

        watched = scope["type"] == "http" and scope["path"].rstrip("/").endswith("/watch")
        await self.app(scope, receive, with_hints if watched else send)
