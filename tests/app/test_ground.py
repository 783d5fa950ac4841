"""Where the ground of a run is taken to be."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.watch import bodies
from lart_core.runs.run import Run
from tests.synthetic import make_run, person


def with_ramp(run: Run) -> np.ndarray:
    """Make the run's person sink by a metre while the video lasts; how low the lower foot is."""
    who = person(1, run.video)
    joints = who.joints.copy()
    joints[:, :, 1] += np.linspace(0, 1, run.video.frames, dtype=np.float32)[:, None]
    run.write_tracklets([replace(who, joints=joints)])
    return joints[:, bodies.FEET, 1].max(axis=1)


@pytest.mark.parametrize("frames", [90, 255, 256, 257, 1024, 1025])
def test_every_frame_tells_of_shorter_tracks(tmp_path: Path, frames: int) -> None:
    run = make_run(tmp_path, frames=frames, people=1)
    lower = with_ramp(run)
    if frames <= bodies.PARTS * bodies.PART:
        assert bodies.ground(run) == round(float(np.quantile(lower, bodies.GROUND)), 3)
    else:
        assert bodies.ground(run) == pytest.approx(np.quantile(lower, bodies.GROUND), abs=0.01)


def test_parts_of_long_tracks_tell_of_all_of_it(tmp_path: Path) -> None:
    run = make_run(tmp_path, frames=6000, people=1)
    lower = with_ramp(run)
    assert bodies.ground(run) == pytest.approx(np.quantile(lower, bodies.GROUND), abs=0.1)
    assert bodies.ground(run) > np.quantile(lower[:1024], 1), "not of its beginning alone"


def test_without_people_there_is_no_ground(tmp_path: Path) -> None:
    assert bodies.ground(make_run(tmp_path, people=0)) is None
