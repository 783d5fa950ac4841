"""The player: one cursor over a run's video, people and lanes, as a Streamlit component.

While it plays nothing goes to Python; when it stands still it sends its cursor once.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.server import routes
from app.storage import runs
from app.ui.component import component
from app.watch import bodies, scene
from lart_core.rendering import colors
from lart_core.runs.run import Run
from lart_core.tracklet import VideoFacts


@dataclass(frozen=True)
class Cursor:
    """Where the player stands: a frame, and the person that is looked at (None: nobody)."""

    frame: int
    person: int | None


def player(
    run: Run, cursor: Cursor, models: list[str], *, seek: int = 0, key: str = "player"
) -> Cursor:
    """Show the player and say where its cursor stands.

    Args:
        cursor: Where it begins, and where it goes whenever `seek` changes.
        models: One or two models for the lanes.
    """
    data = facts(run, cursor, models, seek)
    result = component("player")(
        key=key,
        data=data,
        default={"cursor": None},
        on_cursor_change=lambda: None,
    )
    given: dict[str, Any] | None = result.cursor
    if given is None or given["seek"] != data["seek"]:
        return cursor
    return Cursor(int(given["frame"]), given["person"] and int(given["person"]))


def _steps(video: VideoFacts) -> list[int] | None:
    """Tenths of milliseconds between frames, where they vary (see clock.js)."""
    if video.times is None:
        return None
    return np.diff(np.rint(video.times * 10_000).astype(int)).tolist()


def facts(run: Run, cursor: Cursor, models: list[str], seek: int) -> dict[str, Any]:
    """What the player's JavaScript is given (see `Player.update` in player.js)."""
    video = run.video
    people = scene.people(run)
    layers = ["boxes", "skeletons"]
    if models:
        layers.insert(1, "words")
    if any(person.mask for person in people):
        layers.append("masks")
    if runs.mesh_layer(run).exists():
        layers.append("mesh")
    return {
        "address": routes.address(run.path.name),
        "version": runs.version(run),
        "chunk": scene.CHUNK,
        "video": {
            "frames": video.frames,
            "fps": video.fps,
            "width": video.width,
            "height": video.height,
            "steps": _steps(video),
        },
        "people": [
            {
                "id": person.track_id,
                "color": colors.color(person.track_id),
                "ink": colors.ink(person.track_id),
            }
            for person in people
        ],
        "layers": layers,
        "skin": routes.SKIN,
        "ground": bodies.ground(run),
        "a": models[0] if models else None,
        "b": models[1] if len(models) > 1 else None,
        "frame": cursor.frame,
        "person": cursor.person,
        "seek": f"{run.path.name} {seek}",
    }
