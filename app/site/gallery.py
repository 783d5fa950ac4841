"""A gallery: one page a run, and a first page that shows them all."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from analysis.search.content import top_actions
from app.site.page import TEMPLATES, write_page
from app.watch import scene
from lart_core import video
from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.runs.run import Run

POSTER = (640, 480)
"""Pixels that a picture has at the most."""


@dataclass(frozen=True)
class Card:
    """One run on the first page.

    Attributes:
        page: File of its page. poster: File of its picture.
        title: What it is called. people: How many. seconds: How long.
        actions: Those with the surest second of anybody, as the app's Home names them.
    """

    page: str
    poster: str
    title: str
    people: int
    seconds: float
    actions: list[str]


def write_gallery(
    runs: Sequence[Run], out: Path, models: Sequence[str] = (), title: str = "LART Lens"
) -> None:
    """Write several runs as a folder that any static space serves, and that opens from a disk.

    Args:
        runs: Finished runs, in the order in which they are shown.
        out: The folder; it appears whole or not at all, and replaces an older gallery.
        models: As in `write_page`.
        title: What the gallery is called.

    Raises:
        LartError: There is no run, one of them cannot be a page, or `out` holds something else.
    """
    if not runs:
        raise LartError("Expected at least one run for a gallery, but got none.")
    if out.exists() and not (out / "gallery.json").is_file() and any(out.iterdir()):
        raise LartError(f"Expected a new folder for the gallery, but {out} holds other files.")
    with replacing(out) as folder:
        folder.mkdir()
        cards: list[Card] = []
        for run in runs:
            cards.append(_write_run(run, folder, models, {card.page for card in cards}))
        page = TEMPLATES.get_template("gallery.html").render(
            title=title, cards=cards, models=list(models)
        )
        (folder / "index.html").write_text(page, encoding="utf-8")
        (folder / "gallery.json").write_text('{"format": "lart-lens gallery 1"}\n')


def _write_run(run: Run, folder: Path, models: Sequence[str], taken: set[str]) -> Card:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", Path(run.video.name).stem).strip("-")[:60] or "video"
    numbered = (f"{stem}-{i}" if i else stem for i in range(len(taken) + 2))
    name = next(each for each in numbered if f"{each}.html" not in taken | {"index.html"})
    write_page(run, folder / f"{name}.html", models)
    (folder / f"{name}.jpg").write_bytes(_poster(run))
    return Card(
        page=f"{name}.html",
        poster=f"{name}.jpg",
        title=run.video.name,
        people=len(scene.people(run)),
        seconds=run.video.seconds,
        actions=top_actions(run, [*models, *run.models()][:1]),
    )


def _poster(run: Run) -> bytes:
    """The frame in which most people are seen, as JPEG."""
    assert run.player is not None
    seen = np.zeros(run.video.frames, np.int64)
    for person in scene.people(run):
        seen[person.frame[person.seen]] += 1
    second = float(run.video.second_of(int(seen.argmax())))
    picture = Image.fromarray(video.player_frame(run.player, second))
    picture.thumbnail(POSTER)
    out = io.BytesIO()
    picture.save(out, "jpeg", quality=85)
    return out.getvalue()
