"""The files of runs and of the player, over HTTP: streamed from disk, addressed by ids."""

from pathlib import Path

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

PLAYER = Path(__file__).resolve().parent / "player"


def routes() -> list[BaseRoute]:
    """Routes that stand beside Streamlit's own."""
    return [Mount("/lart/player", StaticFiles(directory=PLAYER))]
