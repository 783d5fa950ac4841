"""The files of runs, result sets and components, over HTTP: from disk, addressed by ids."""

import json
import logging
import math
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from analysis.exports import Wish
from app.exports import files, formats
from app.find import stills
from app.results import clips
from app.server import modules, uploads
from app.storage import runs
from app.ui.media_addresses import SKIN, UPLOADS
from app.watch import bodies, corrections, scene
from app.watch.facts import Cursor, facts
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError, machine_fault
from lart_core.rendering.layer import layer_picture

MOST_FRAMES = 600
"""Of a file of bodies that is made at a click."""

MOST_BYTES = 4_000_000
"""Of the corrections of one run."""

COMPUTING = CapacityLimiter(4)
"""Threads that compute what players ask for. Only one of them has Python at a time; more would but
keep the server's own thread, which every page waits for, from its turn."""

log = logging.getLogger("lart.app")


def routes() -> list[BaseRoute]:
    """Routes that stand beside Streamlit's own."""
    return [
        *modules.routes(),
        Route("/lart/runs/{run}/player.mp4", _answered(_video)),
        Route("/lart/runs/{run}/corrections", _answered(_corrections), methods=["GET"]),
        Route("/lart/runs/{run}/corrections", _save_corrections, methods=["PUT"]),
        Route("/lart/runs/{run}/bodies.glb", _answered(_glb)),
        Route("/lart/runs/{run}/said/{model}", _answered(_said)),
        Route("/lart/runs/{run}/export/{format}", _answered(_made)),
        Route("/lart/runs/{run}/overlay/{chunk:int}", _answered(_overlay, COMPUTING)),
        Route("/lart/runs/{run}/lanes", _answered(_lanes, COMPUTING)),
        Route("/lart/runs/{run}/scores/{chunk:int}", _answered(_scores, COMPUTING)),
        Route("/lart/runs/{run}/rest/{person:int}", _answered(_rest, COMPUTING)),
        Route("/lart/runs/{run}/poses/{chunk:int}", _answered(_poses, COMPUTING)),
        Route("/lart/runs/{run}/mesh/{frame:int}", _answered(_mesh, COMPUTING)),
        Route("/lart/runs/{run}/still/{frame:int}", _answered(_still)),
        Route("/lart/runs/{run}/facts", _answered(_facts, COMPUTING)),
        Route("/lart/results/{set}/still/{name:path}", _answered(_film_still)),
        Route("/lart/results/{set}/video/{name:path}", _answered(_film)),
        Route("/lart/exports/{export}", _answered(_export)),
        Route(SKIN, _answered(_skin, COMPUTING)),
        Route(UPLOADS, uploads.receive, methods=["PUT"]),
    ]


def _answered(
    answer: Callable[[Request], Response],
    threads: CapacityLimiter | None = None,
    refused: int = 404,
) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that says what was wrong with a request instead of failing.

    Args:
        threads: Those that it is answered in; None: any.
        refused: Status of an answer that says what was wrong.
    """

    def attempt(request: Request) -> Response:
        try:
            return answer(request)
        except (LartError, ValueError) as error:
            log.info("A route refused something.", extra={"event": "refused", "where": "route"})
            return JSONResponse({"error": str(error)}, status_code=refused)
        except OSError as error:
            return JSONResponse({"error": machine_fault(error)}, status_code=500)

    async def endpoint(request: Request) -> Response:
        return await to_thread.run_sync(attempt, request, limiter=threads)

    return endpoint


def _video(request: Request) -> Response:
    path = runs.find(request.path_params["run"]).player
    if path is None:
        raise LartError("This run has no video to play yet.")
    return FileResponse(path, media_type="video/mp4")


def _corrections(request: Request) -> Response:
    return JSONResponse(corrections.answer(runs.find(request.path_params["run"])))


async def _save_corrections(request: Request) -> Response:
    """Keep what the player sends; what is wrong with it is a sentence."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return JSONResponse({"error": "These are too many corrections."}, status_code=413)
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        words = {"error": "Expected corrections of a run as JSON, but got something else."}
        return JSONResponse(words, status_code=400)

    def save(request: Request) -> Response:
        run = runs.find_own(request.path_params["run"])
        return JSONResponse(corrections.save(run, record))

    return await _answered(save, refused=409)(request)


def _glb(request: Request) -> Response:
    """Bodies of a span as a 3-D file, of everyone or of one person."""
    run = runs.find(request.path_params["run"])
    query = request.query_params
    first, last = int(query.get("first", "")), int(query.get("last", ""))
    person = int(query["person"]) if "person" in query else None
    if last - first >= MOST_FRAMES:
        raise LartError(f"Expected at most {MOST_FRAMES} frames; make longer files under Export.")
    return _download(
        files.content("glb", Wish(run, first=first, last=last, person=person)),
        f"{run.path.name}-{first}-{last}.glb",
    )


def _said(request: Request) -> Response:
    run = runs.find(request.path_params["run"])
    return JSONResponse(corrections.said(run, request.path_params["model"]))


def _made(request: Request) -> Response:
    run = runs.find(request.path_params["run"])
    made = formats.find(request.path_params["format"])
    if not made.quick:
        raise LartError(f"The format {made.name} takes a while; make it under Export.")
    wish = Wish(run)
    return _download(files.content(made.name, wish), files.file_name(made.name, wish))


def _download(content: bytes, name: str) -> Response:
    disposition = f"attachment; filename*=utf-8''{quote(name)}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(content, headers=headers)


def _overlay(request: Request) -> Response:
    run = runs.find(request.path_params["run"])
    return JSONResponse(scene.overlay(run, request.path_params["chunk"]))


def _lanes(request: Request) -> Response:
    run = runs.find(request.path_params["run"])
    query = request.query_params
    first, last, bins = (int(query.get(name, "")) for name in ("first", "last", "bins"))
    a, b = query.get("a", ""), query.get("b", "")
    action = int(query["action"]) if query.get("action") else None
    if action is not None and action not in ava_actions():
        raise LartError(f"Expected an AVA action (1 to 80), but got {action}.")
    return JSONResponse(scene.lane_answer(run, a, b, first, last, bins, action))


def _mesh(request: Request) -> Response:
    run = runs.find(request.path_params["run"])
    picture = layer_picture(runs.mesh_layer(run), request.path_params["frame"])
    return Response(picture, media_type="image/webp") if picture else Response(status_code=204)


def _still(request: Request) -> Response:
    run = runs.find(request.path_params["run"])
    person = request.query_params.get("person")
    picture = stills.still(run, request.path_params["frame"], int(person) if person else None)
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "max-age=3600"})


def _facts(request: Request) -> Response:
    run = runs.find(request.path_params["run"])
    model = request.query_params.get("a", "")
    models = [model] if model in run.models() else run.models()[:1]
    return JSONResponse(facts(run, Cursor(0, None), models))


def _film(request: Request) -> Response:
    timestamp = float(request.query_params.get("at", "0"))
    film = clips.find(request.path_params["set"], request.path_params["name"])
    if film is None or not math.isfinite(timestamp):
        raise LartError("This video is not at hand.")
    return FileResponse(clips.copy(film, film.stretch(timestamp)), media_type="video/mp4")


def _film_still(request: Request) -> Response:
    timestamp = float(request.query_params.get("at", "0"))
    film = clips.find(request.path_params["set"], request.path_params["name"])
    picture = clips.picture(film, timestamp) if film and math.isfinite(timestamp) else None
    if picture is None:
        raise LartError("This video is not at hand.")
    kept = {"Cache-Control": "private, max-age=3600"}
    return Response(stills.jpeg(picture), media_type="image/jpeg", headers=kept)


def _export(request: Request) -> Response:
    path = files.find(request.path_params["export"])
    return FileResponse(path, filename=path.name)


def _scores(request: Request) -> Response:
    run = runs.find(request.path_params["run"])
    query = request.query_params
    a, b = query.get("a", ""), query.get("b", "")
    return JSONResponse(scene.scores(run, a, b, request.path_params["chunk"]))


def _rest(request: Request) -> Response:
    run = runs.find(request.path_params["run"])
    return _binary(bodies.rest(run, request.path_params["person"]))


def _poses(request: Request) -> Response:
    run = runs.find(request.path_params["run"])
    return _binary(bodies.poses(run, request.path_params["chunk"]))


def _skin(request: Request) -> Response:
    return _binary(bodies.skin())


def _binary(data: bytes) -> Response:
    return Response(data, media_type="application/octet-stream")
