"""The files of runs and of the player, over HTTP: streamed from disk, addressed by ids."""

from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from app import library, scene
from lart_core.errors import LartError

PLAYER = Path(__file__).resolve().parent / "player"


def routes() -> list[BaseRoute]:
    """Routes that stand beside Streamlit's own."""
    return [
        Mount("/lart/player", StaticFiles(directory=PLAYER)),
        Route("/lart/runs/{run}/player.mp4", _answered(_video)),
        Route("/lart/runs/{run}/overlay/{chunk:int}", _answered(_overlay)),
        Route("/lart/runs/{run}/lanes", _answered(_lanes)),
    ]


def address(run_id: str) -> str:
    """Where the files of a run are served."""
    return f"/lart/runs/{run_id}"


def _answered(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """An endpoint that says what was wrong with a request instead of failing."""

    def endpoint(request: Request) -> Response:
        try:
            return answer(request)
        except (LartError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=404)

    return endpoint


def _video(request: Request) -> Response:
    path = library.find(request.path_params["run"]).player
    if path is None:
        raise LartError("This run has no video to play yet.")
    return FileResponse(path, media_type="video/mp4")


def _overlay(request: Request) -> Response:
    run = library.find(request.path_params["run"])
    return JSONResponse(scene.overlay(run, request.path_params["chunk"]))


def _lanes(request: Request) -> Response:
    run = library.find(request.path_params["run"])
    query = request.query_params
    span = (int(query.get(name, "")) for name in ("first", "last", "bins"))
    return JSONResponse(scene.lane_answer(run, query.get("a", ""), query.get("b", ""), *span))
