"""One run as one HTML file: video, people, actions and bodies, with the player of the app itself.

It opens from a disk, from GitHub Pages or from any static space, and asks nothing of any server:
the player's modules are named in an import map of ``data:`` addresses, and everything that they
would fetch lies in the page (`player/embedded.js`).
"""

import base64
import gzip
import json
import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.ui.component import IMPORT
from app.watch import bodies, scene
from app.watch.facts import Cursor, facts, first_person
from lart_core.atomic_files import write_bytes
from lart_core.errors import LartError
from lart_core.runs.run import Run

MODULES = {"player": files("app.watch") / "player", "component": files("app.ui") / "component"}
"""Folders of JavaScript modules by the names that their imports use."""

LARGEST = 100_000_000
"""Bytes of video that a page may hold; browsers become slow beyond."""

MODELS = 2

TEMPLATES = Environment(
    loader=PackageLoader("app.site"), autoescape=True, undefined=StrictUndefined
)


def write_page(run: Run, out: Path, models: Sequence[str] = ()) -> None:
    """Write a run as a page.

    Args:
        run: A finished run, with its video.
        out: The file, ends in ``.html``; it appears whole or not at all.
        models: Up to two models, the second to compare with; the run's first two if none is named.

    Raises:
        LartError: The run has no video, a model is none of it, or the video is too long for a page.
    """
    if run.player is None:
        raise LartError("Expected a run with its video, but it has none yet.")
    size = run.player.stat().st_size
    if size > LARGEST:
        raise LartError(
            f"Expected a video of at most {LARGEST // 1_000_000} MB for a page, but this one has "
            f"{size // 1_000_000} MB; process a part of it (lart run --start --end) and share that."
        )
    shown = list(models or run.models())[:MODELS]
    told = facts(run, Cursor(0, first_person(run)), shown)
    told["layers"] = [layer for layer in told["layers"] if layer != "mesh"]  # Too large to keep.
    player = MODULES["player"]
    page = TEMPLATES.get_template("page.html").render(
        title=run.video.name,
        models=shown,
        player=player.joinpath("player.html").read_text(encoding="utf-8"),
        style=player.joinpath("player.css").read_text(encoding="utf-8"),
        imports=_script({"imports": _modules()}),
        facts=_script(told),
        store=_script(_store(run, shown)),
    )
    write_bytes(out, page.encode())


def _store(run: Run, models: list[str]) -> dict[str, Any]:
    """Everything that the player would fetch, as `EmbeddedFiles` reads it."""
    assert run.player is not None
    a, b = [*models, "", ""][:MODELS]
    last = run.video.frames - 1
    chunks = range(last // scene.CHUNK + 1)
    lanes = scene.lane_answer(run, a, b, 0, last, min(last + 1, scene.MOST_BINS))
    return {
        "video": base64.b64encode(run.player.read_bytes()).decode("ascii"),
        "overlay": [_packed_json(scene.overlay(run, chunk)) for chunk in chunks],
        "scores": [_packed_json(scene.scores(run, a, b, chunk)) for chunk in chunks],
        "poses": [_packed(bodies.poses(run, chunk)) for chunk in chunks],
        "lanes": _packed_json(lanes),
        "corrections": _packed_json(run.corrections().record()),
        "rest": {p.track_id: _packed(bodies.rest(run, p.track_id)) for p in scene.people(run)},
        "skin": _packed(bodies.skin()),
    }


def _modules() -> dict[str, str]:
    """Import map: ``lart/FOLDER/FILE.js`` -> its source, whose own imports are named so."""
    named = {}
    for folder, place in MODULES.items():
        for file in sorted(place.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".js"):
                source = _bare_imports(folder)(file.read_text(encoding="utf-8"))
                encoded = base64.b64encode(source.encode()).decode("ascii")
                named[f"lart/{folder}/{file.name}"] = f"data:text/javascript;base64,{encoded}"
    return named


def _bare_imports(folder: str) -> Callable[[str], str]:
    """Makes relative imports absolute: modules at ``data:`` addresses have no neighbours."""

    def absolute(match: re.Match[str]) -> str:
        above, name = match["above"], match["name"]
        return f'from "lart/{name}"' if above == "../" else f'from "lart/{folder}/{name}"'

    return lambda source: IMPORT.sub(absolute, source)


def _packed(data: bytes) -> str:
    """Gzip, then base64; the same data gives the same text."""
    return base64.b64encode(gzip.compress(data, mtime=0)).decode("ascii")


def _packed_json(value: Any) -> str:
    return _packed(json.dumps(value, allow_nan=False, separators=(",", ":")).encode())


def _script(value: Any) -> str:
    """JSON that may stand in a script element: nothing in it can end the element."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")
