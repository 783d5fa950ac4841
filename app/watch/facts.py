"""What the player is told of a run, in the app and on a page of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app import spaces
from app.storage import runs
from app.ui.media_addresses import SKIN, run_address
from app.watch import bodies, scene
from lart_core.ava_labels import ava_actions
from lart_core.rendering import colors
from lart_core.runs.run import Run
from lart_core.tracklet import VideoFacts


@dataclass(frozen=True)
class Cursor:
    """Where the player stands: a frame, and the person that is looked at (None: nobody)."""

    frame: int
    person: int | None


def first_person(run: Run, frame: int = 0) -> int | None:
    """The person to look at where nobody is chosen: of those in the picture, or else of all, the
    one who was seen longest."""
    people = scene.people(run)
    here = [person for person in people if frame in person] or people
    return max(here, key=lambda person: int(person.seen.sum())).track_id if here else None


def people_facts(run: Run) -> list[dict[str, Any]]:
    """Everyone's number and colours."""
    return [
        {
            "id": person.track_id,
            "color": colors.color(person.track_id),
            "ink": colors.ink(person.track_id),
        }
        for person in scene.people(run)
    ]


def facts(run: Run, cursor: Cursor, models: Sequence[str]) -> dict[str, Any]:
    """What the player's JavaScript is given (see `Player.update` in player.js)."""
    video = run.video
    people = scene.people(run)
    layers = ["boxes", "skeletons"]
    if models:
        layers.insert(1, "words")
    if any(person.masked for person in people):
        layers.append("masks")
    if runs.mesh_layer(run).exists():
        layers.append("mesh")
    return {
        "address": run_address(run.path.name),
        "version": runs.version(run),
        "own": runs.own(run),
        "teach": not spaces.public(),
        "chunk": scene.CHUNK,
        "video": {
            "frames": video.frames,
            "fps": video.fps,
            "width": video.width,
            "height": video.height,
            "steps": _steps(video),
        },
        "people": people_facts(run),
        "layers": layers,
        "drawn": _drawn(run),
        "actions": [[action.ava_id, action.name] for action in ava_actions().values()],
        "known": sorted({i for model in models for i in scene.actions(run, model).ava_ids}),
        "skin": SKIN,
        "ground": bodies.ground(run),
        "a": models[0] if models else None,
        "b": models[1] if len(models) > 1 else None,
        "frame": cursor.frame,
        "person": cursor.person,
        "seek": run.path.name,
    }


def _drawn(run: Run) -> str:
    """Changes when more of the layer of bodies is there, or one of other people."""
    layer = runs.mesh_layer(run)
    return f"{layer.name} {len(list(layer.glob('*.zip')))}"


def _steps(video: VideoFacts) -> list[int] | None:
    """Tenths of milliseconds between frames, where they vary (see clock.js)."""
    if video.times is None:
        return None
    return np.diff(np.rint(video.times * 10_000).astype(int)).tolist()
