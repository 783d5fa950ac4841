"""Pictures with bodies, boxes and labels drawn in: the video, a frame, a page on one person."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from analysis.exports.format import Format, Report, Wish
from lart_core.errors import LartError

SHOTS = 4
"""Pictures in the page of one person."""


def _video(wish: Wish, path: Path, report: Report) -> None:
    from lart_core.rendering import Renderer
    from lart_core.rendering.annotated import write_annotated

    actions = wish.run.actions_of_people(wish.model) if wish.model else None
    film = path.with_name("video.mp4")
    with Renderer() as renderer:
        write_annotated(film, wish.run, actions, renderer, progress=report)
    film.rename(path)


def _png(wish: Wish, path: Path, report: Report) -> None:
    path.write_bytes(_encoded(_annotated_frame(wish, wish.frame, wish.model), "png"))


def _person_html(wish: Wish, path: Path, report: Report) -> None:
    from analysis.figures.person_page import person_html

    person = wish.named_person()
    shots = []
    if wish.run.player is not None:
        labels = wish.chosen[0] if wish.chosen else None
        steps = [person.first + (len(person) - 1) * i // (SHOTS - 1) for i in range(SHOTS)]
        shots = [
            (frame, _encoded(_annotated_frame(wish, frame, labels), "jpeg"))
            for frame in dict.fromkeys(steps)
        ]
    page = person_html(person, [wish.run.actions_of_people(model) for model in wish.chosen], shots)
    path.write_text(page, encoding="utf-8")


def _annotated_frame(wish: Wish, frame: int, model: str | None) -> NDArray[np.uint8]:
    from lart_core import rendering, video
    from lart_core.rendering.annotated import annotated

    if wish.run.player is None:
        raise LartError("Expected a run with its video to take a picture from, but it has none.")
    people = list(wish.run.people())
    (bodies,) = rendering.figures(people, [frame])
    actions = wish.run.actions_of_people(model) if model else None
    second = float(wish.run.video.second_of(frame))
    picture = video.player_frame(wish.run.player, second)
    corrections = wish.run.corrections()
    return annotated(picture, frame, people, bodies, actions, rendering.shared(), corrections)


def _encoded(picture: NDArray[np.uint8], kind: str) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, kind)
    return out.getvalue()


FORMATS = (
    Format("video", "Video with bodies, boxes and labels (mp4)", ".mp4", ("models",), _video,
           one_model=True),
    Format("png", "One frame with bodies, boxes and labels (PNG)", ".png", ("models", "frame"),
           _png, one_model=True, quick=True),
    Format("person-html", "One person as a page that needs nothing else (HTML)", ".html",
           ("models", "person"), _person_html, quick=True),
)  # fmt: skip
