"""The first picture of people while a video is still being processed."""

import io

import numpy as np
from PIL import Image

from app.jobs import preview
from app.jobs.preview import Preview
from app.storage import runs
from lart_core.progress import Progress
from lart_core.runs.run import Run

BOX = np.array([[60, 40, 200, 200]], np.float32)


def test_people_are_shown_as_they_are_found_and_not_longer(run: Run) -> None:
    said: list[Progress] = []
    assert run.player is not None
    look = Preview(run.player, run.path, said.append)
    look(Progress("perception", 30, 90, boxes=BOX[:0]))
    assert preview.of("synthetic") is None, "there is nobody to show yet"
    look(Progress("perception", 31, 90, boxes=BOX))
    picture = preview.of("synthetic")
    assert picture is not None and len(said) == 2
    shown = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    assert shown[120, 60].min() > 180, "a box's side is drawn"
    assert shown[120, 40].max() < 150, "beside it is the video"
    look.clear()
    assert preview.of("synthetic") is None


def test_a_run_can_be_watched_once_its_people_are_tracked(run: Run) -> None:
    assert runs.can_be_watched("synthetic")
    assert not runs.can_be_watched("nowhere")
