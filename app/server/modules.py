"""The JavaScript of the app's components, over HTTP."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

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
