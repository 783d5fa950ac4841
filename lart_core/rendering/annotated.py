"""Frames with what is known of them drawn in: bodies, boxes, ids and top actions; and the video."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from lart_core import video
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError
from lart_core.rendering import colors
from lart_core.rendering.figures import Figures, figures
from lart_core.rendering.renderer import Renderer, compose
from lart_core.runs.actions import Actions
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet
from lart_core.tracklet.sight import in_sight, seen

OPACITY = 0.85
TOP = 3
"""Actions written at a person."""

LEAST = 0.1
"""Probability below which an action is not written."""


def write_annotated(
    path: Path,
    run: Run,
    actions: Actions | None,
    renderer: Renderer,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the run's video with bodies, boxes and labels drawn in, as H.264.

    Args:
        path: Ends in ``.mp4``. It has the size of the run's player copy.
        actions: Whose top actions are written; None for none.
        progress: Called with the frames that are done and their number.

    Raises:
        LartError: The run has no player copy.
    """
    if run.player is None:
        raise LartError("Expected a run with a player copy of its video, but it has none.")
    total = run.video.frames
    people = list(run.people())

    def pictures() -> Iterator[NDArray[np.uint8]]:
        source = zip(
            video.frames(run.player or Path()), figures(people, range(total)), strict=False
        )
        for number, (picture, bodies) in enumerate(source):
            yield annotated(picture, number, people, bodies, actions, renderer)
            if progress:
                progress(number + 1, total)

    video.write_player(path, pictures(), run.video.fps, run.video.times)


def annotated(
    picture: NDArray[np.uint8],
    frame: int,
    people: Sequence[Tracklet],
    bodies: Figures,
    actions: Actions | None,
    renderer: Renderer,
) -> NDArray[np.uint8]:
    """One frame with bodies, boxes and labels drawn in.

    Args:
        picture: (H, W, 3) RGB, the frame at any scale.
        bodies: Everyone's body at the frame.

    Returns:
        (H, W, 3) RGB.
    """
    here = [person for person in people if _is_shown(person, frame)]
    if not here:
        return picture
    facts = here[0].video
    height, width = picture.shape[:2]
    layer = renderer.over_frame(bodies, (facts.width, facts.height), width=width)
    canvas = Image.fromarray(compose(picture, fitted(layer, height), OPACITY))
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(size=max(11, height // 36))
    for person in here:
        _draw_person(draw, font, person, frame, actions, width / facts.width)
    return np.asarray(canvas)


def _is_shown(person: Tracklet, frame: int) -> bool:
    there = person.first <= frame <= person.last
    return there and bool(in_sight(person)[frame - person.first])


def _draw_person(draw, font, person: Tracklet, frame: int, actions, scale: float) -> None:
    row = frame - person.first
    x1, y1, x2, y2 = (float(value) for value in person.box[row] * scale)
    color, ink = colors.color(person.track_id), colors.ink(person.track_id)
    draw.rectangle([x1, y1, x2, y2], outline=color, width=2 if seen(person)[row] else 1)
    lines = [f"{person.track_id}" if seen(person)[row] else f"{person.track_id} predicted"]
    lines += _top_actions(actions, person.track_id, frame)
    x, y = max(0.0, x1), max(0.0, y1)
    for line in lines:
        left, top, right, bottom = draw.textbbox((x + 3, y + 2), line, font=font)
        draw.rectangle([left - 3, top - 2, right + 3, bottom + 2], fill=color)
        draw.text((x + 3, y + 2), line, fill=ink, font=font)
        y = bottom + 2


def _top_actions(actions: Actions | None, track_id: int, frame: int) -> list[str]:
    said = actions.people.get(track_id) if actions else None
    if actions is None or said is None or not said.frame[0] <= frame <= said.frame[-1]:
        return []
    row = said.probability[frame - int(said.frame[0])]
    names = ava_actions()
    best = [int(column) for column in np.argsort(-row, kind="stable")[:TOP]]
    return [
        f"{names[actions.ava_ids[column]].name} {100 * row[column]:.0f} %"
        for column in best
        if row[column] >= LEAST
    ]


def fitted(layer: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """The layer with exactly that many rows: rounding may make it one more or less."""
    missing = max(0, height - len(layer))
    return np.pad(layer, ((0, missing), (0, 0), (0, 0)))[:height]
