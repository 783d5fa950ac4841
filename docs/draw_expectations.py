"""Draws docs/images/expect.jpg: six scenes made of the sample clip, and who is found in them.

python -m docs.draw_expectations

The sample (BSD-3, Sports2D) is cropped, covered, repeated, shrunk and darkened; each scene stands
still for a second. Boxes are those of the shipped detector: solid where a body was lifted, its
unseen parts left out of the skeleton, dashed where none was.
"""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from lart_core import video, weights
from lart_core.body import PARENTS
from lart_core.camera import project, square_to_image
from lart_core.perception.embedded import backends
from lart_core.perception.protocols import Bodies, Detections

STILL = 10
"""Frames that a scene stands still, at 10 a second."""
WIDTH, HEIGHT, TITLE, COLUMNS = 560, 315, 26, 3
COLOR, INK, PAPER = "#E69F00", "#1c1c1c", "#ffffff"

Picture = NDArray[np.uint8]


def main() -> None:
    """Draw and write."""
    frames = list(islice(video.frames(weights.path("sample-clip")), 161))
    two, one = frames[60], frames[160]
    scenes: list[tuple[str, int, Picture]] = [
        ("whole people", 2, two),
        ("behind a table", 1, covered(one[440:800, 240:880])),
        ("close-up", 1, larger(one[470:650, 270:590], 4)),
        ("crowd", 9, crowd(one[400:994, 330:560])),
        ("small", 2, smaller(two, 0.2)),
        ("dark", 2, darker(two, 0.12)),
    ]
    rows = -(-len(scenes) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * WIDTH, rows * (HEIGHT + TITLE)), PAPER)
    font = ImageFont.load_default(size=17)
    for i, (name, people, picture) in enumerate(scenes):
        found, lifted = looked_at(picture)
        place = (i % COLUMNS * WIDTH, i // COLUMNS * (HEIGHT + TITLE))
        sheet.paste(drawn(picture, found, lifted), (place[0], place[1] + TITLE))
        text = f"{name}: {len(found)} found of {people}, {int(lifted.valid.sum())} with a body"
        ImageDraw.Draw(sheet).text((place[0] + 6, place[1] + 3), text, fill=INK, font=font)
        print(text)
    sheet.save(Path(__file__).parent / "images" / "expect.jpg", quality=82)


def covered(picture: Picture) -> Picture:
    """With a table before the lower part."""
    out = larger(picture, 2)
    out[round(0.62 * len(out)) :] = (122, 92, 66)
    return out


def crowd(picture: Picture) -> Picture:
    """One person nine times, overlapping."""
    step = round(0.75 * picture.shape[1])
    out = np.zeros((len(picture), 8 * step + picture.shape[1], 3), np.uint8)
    for i in range(9):
        part = picture if i % 2 else picture[:, ::-1]
        out[:, i * step : i * step + picture.shape[1]] = part
    return out


def larger(picture: Picture, times: int) -> Picture:
    """Enlarged."""
    size = (picture.shape[1] * times, picture.shape[0] * times)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def smaller(picture: Picture, share: float) -> Picture:
    """In the middle of a grey picture of the same size."""
    out = np.full_like(picture, 128)
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    top, left = ((a - b) // 2 for a, b in zip(out.shape, small.shape, strict=True) if a != b)
    out[top : top + len(small), left : left + small.shape[1]] = small
    return out


def darker(picture: Picture, share: float) -> Picture:
    """Under-exposed, with a sensor's noise."""
    noise = np.random.default_rng(0).normal(0, 4, picture.shape)
    return np.clip(picture * share + noise, 0, 255).astype(np.uint8)


def looked_at(picture: Picture) -> tuple[Detections, Bodies]:
    """Whom the light preset finds in the last of the scene's frames, and their bodies."""
    detector = backends.detector()
    begin: Callable[[float], None] = detector.begin  # type: ignore[attr-defined]
    begin(float(STILL))
    found = detector.detect([picture] * STILL)[-1]
    return found, backends.BlazePoseEstimator().estimate([picture], [found])[0]


def drawn(picture: Picture, found: Detections, lifted: Bodies) -> Image.Image:
    """The scene with boxes and skeletons, fitted into one field of the sheet."""
    height, width = picture.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height)
    canvas = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    size = (round(width * scale), round(height * scale))
    canvas.paste(Image.fromarray(picture).resize(size))
    draw = ImageDraw.Draw(canvas)
    assert lifted.unseen is not None
    flat = project(lifted.joints[:, :24], lifted.camera)
    for n, box in enumerate((found.box * scale).tolist()):
        if not lifted.valid[n]:
            _dashed(draw, box)
            continue
        draw.rectangle(box, outline=COLOR, width=3)
        joints = square_to_image(flat[n], (width, height)) * scale
        for joint, parent in enumerate(PARENTS):
            if parent >= 0 and not lifted.unseen[n, parent]:
                draw.line([*joints[parent], *joints[joint]], fill=COLOR, width=2)
    return canvas


def _dashed(draw: ImageDraw.ImageDraw, box: list[float]) -> None:
    x1, y1, x2, y2 = box
    for x in np.arange(x1, x2, 14):
        for y in (y1, y2):
            draw.line([x, y, min(x + 8, x2), y], fill=COLOR, width=3)
    for y in np.arange(y1, y2, 14):
        for x in (x1, x2):
            draw.line([x, y, x, min(y + 8, y2)], fill=COLOR, width=3)


if __name__ == "__main__":
    main()
