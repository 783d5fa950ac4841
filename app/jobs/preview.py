"""A first look at a video that is being processed: a picture of the people who were found last."""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app.storage import runs
from lart_core import video
from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.progress import OnProgress, Progress
from lart_core.runs.run import Run

EVERY = 3.0
"""Seconds between two pictures."""
SIDE = 640
"""The longer side of the picture at the most, in pixels."""
FILE = "preview.jpg"
WHITE = (255, 255, 255)


class Preview:
    """Passes progress on, and keeps a picture in the run's folder while people are looked for.

    Args:
        film: The video. run: The folder that its run is made in.
    """

    def __init__(self, film: Path, run: Path, report: OnProgress) -> None:
        self._film, self._run, self._report = film, run, report
        self._drawn = float("-inf")

    def __call__(self, progress: Progress) -> None:
        """Take a word of the pipeline."""
        people = progress.boxes
        if people is not None and len(people) and time.monotonic() - self._drawn > EVERY:
            self._draw(progress.done - 1, people)
            self._drawn = time.monotonic()
        self._report(progress)

    def clear(self) -> None:
        """Take the picture away: there is the video itself to watch."""
        (self._run / FILE).unlink(missing_ok=True)

    def _draw(self, frame: int, people: NDArray[np.float32]) -> None:
        try:
            second = (frame + 0.5) / Run.open(self._run).video.fps
            still = next(video.stretch(self._film, second, second + 1 / video.STRETCH_RATE), None)
        except LartError:
            return
        if still is None:
            return
        picture = Image.fromarray(still)
        width = max(picture.size) // 120 + 1
        for box in people.tolist():
            ImageDraw.Draw(picture).rectangle(box, outline=WHITE, width=width)
        with replacing(self._run / FILE) as made:
            picture.thumbnail((SIDE, SIDE))
            picture.save(made, "JPEG")


def of(run_id: str) -> bytes | None:
    """The picture of a run that is being made, or None."""
    try:
        return (runs.RUNS.path(run_id) / FILE).read_bytes()
    except OSError:
        return None
