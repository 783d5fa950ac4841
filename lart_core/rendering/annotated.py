"""Frames with what is known of them drawn in: bodies, boxes, numbers and actions; and the video."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from lart_core import video
from lart_core.errors import LartError
from lart_core.rendering import colors
from lart_core.rendering.figures import Figures, figures
from lart_core.rendering.labels import Place, head_of, label_place, label_text
from lart_core.rendering.renderer import Renderer, compose
from lart_core.runs.actions import Actions
from lart_core.runs.corrections import NOTHING, Corrections
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet
from lart_core.tracklet.sight import in_sight, seen

OPACITY = 0.85
PREDICTED = 0.55
"""How faint a person is who was not seen: the tracker predicts where they are."""
DASH, SPACE = 8, 6
"""Pixels of a dashed box."""


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
        actions: Whose most probable actions are written; None for none.
        progress: Called with the frames that are done and their number.

    Raises:
        LartError: The run has no player copy.
    """
    if run.player is None:
        raise LartError("Expected a run with a player copy of its video, but it has none.")
    total = run.video.frames
    people = list(run.people())
    corrections = run.corrections()

    def pictures() -> Iterator[NDArray[np.uint8]]:
        source = zip(
            video.frames(run.player or Path()), figures(people, range(total)), strict=False
        )
        for number, (picture, bodies) in enumerate(source):
            yield annotated(picture, number, people, bodies, actions, renderer, corrections)
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
    corrections: Corrections = NOTHING,
) -> NDArray[np.uint8]:
    """One frame with bodies, boxes and labels drawn in.

    Args:
        picture: (H, W, 3) RGB, the frame at any scale.
        bodies: Everyone's body at the frame.
        corrections: What people corrected; it stands in place of what the model says.

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
    font = ImageFont.load_default(size=max(11, height // 36))
    taken: list[Place] = []
    scale = width / facts.width
    boxes = {p.track_id: [float(x) for x in p.box[frame - p.first] * scale] for p in here}
    for person in here:
        is_seen = bool(seen(person)[frame - person.first])
        text = label_text(person.track_id, frame, is_seen, actions, corrections)
        drawn = canvas if is_seen else canvas.copy()
        who = person.track_id
        heads = [head_of(box) for other, box in boxes.items() if other != who]
        _draw_person(drawn, font, who, boxes[who], is_seen, text, taken, heads)
        canvas = drawn if is_seen else Image.blend(canvas, drawn, PREDICTED)
    return np.asarray(canvas)


def _is_shown(person: Tracklet, frame: int) -> bool:
    there = person.first <= frame <= person.last
    return there and bool(in_sight(person)[frame - person.first])


def _draw_person(
    canvas: Image.Image,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    track_id: int,
    box: list[float],
    is_seen: bool,
    text: str,
    taken: list[Place],
    heads: Sequence[Place],
) -> None:
    """Box and label of a person; `taken` gets the label's place."""
    draw = ImageDraw.Draw(canvas)
    color, ink = colors.color(track_id), colors.ink(track_id)
    if is_seen:
        draw.rectangle(box, outline=color, width=2)
    else:
        _dashed(draw, box, color)
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    label = right - left + 8, bottom - top + 6
    x, y = label_place(box, label, canvas.size, taken, heads)
    taken.append((x, y, x + label[0], y + label[1]))
    draw.rectangle(taken[-1], fill=color)
    draw.text((x + 4 - left, y + 3 - top), text, fill=ink, font=font)


def _dashed(draw: ImageDraw.ImageDraw, box: list[float], color: str) -> None:
    x1, y1, x2, y2 = box
    for x in np.arange(x1, x2, DASH + SPACE):
        for y in (y1, y2):
            draw.line([x, y, min(x + DASH, x2), y], fill=color, width=2)
    for y in np.arange(y1, y2, DASH + SPACE):
        for x in (x1, x2):
            draw.line([x, y, x, min(y + DASH, y2)], fill=color, width=2)


def fitted(layer: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """The layer with exactly that many rows: rounding may make it one more or less."""
    missing = max(0, height - len(layer))
    return np.pad(layer, ((0, missing), (0, 0), (0, 0)))[:height]
