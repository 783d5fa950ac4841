"""Tracklets of others, judged by weights that are in the published layout."""

import json
from pathlib import Path

import numpy as np
import pytest

from lart_core.errors import LartError
from lart_core.formats.writer import export_tracklets
from lart_core.model import LART, Checkpoint, LARTConfig, save_checkpoint
from lart_core.pipeline import import_run
from lart_core.pipeline.import_lart import export_lart
from lart_core.presets.full import files
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet, VideoFacts
from tests.synthetic import make_run

FRAMES = 30


def person(appearance: int) -> Tracklet:
    """Somebody with an appearance vector every sixth frame."""
    return Tracklet(
        track_id=1,
        video=VideoFacts("film.mp4", 640, 480, 30.0, FRAMES, "abc"),
        frame=np.arange(FRAMES),
        box=np.tile([10.0, 20.0, 50.0, 120.0], (FRAMES, 1)),
        score=np.full(FRAMES, 0.9),
        detected=np.ones(FRAMES, bool),
        global_orient=np.tile(np.eye(3), (FRAMES, 1, 1)),
        body_pose=np.tile(np.eye(3), (FRAMES, 23, 1, 1)),
        betas=np.zeros((FRAMES, 10)),
        camera=np.tile([0.0, 0.0, 40.0], (FRAMES, 1)),
        joints=np.zeros((FRAMES, 45, 3)),
        appearance=np.random.default_rng(0).random((FRAMES // 6, appearance)),
        appearance_frame=np.arange(0, FRAMES, 6),
    )


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small network in place of the published one, which nobody may ship."""
    config = LARTConfig.small(actions=60, appearance_size=1152, depth=1)
    file = tmp_path / "weights.safetensors"
    unit = (np.zeros(229, np.float32), np.ones(229, np.float32))
    save_checkpoint(file, Checkpoint("lart-published", LART(config), tuple(range(1, 61)), *unit))
    monkeypatch.setattr(files, "lart_checkpoint", lambda: file)


@pytest.mark.usefixtures("weights")
def test_published_tracklets_become_a_run_with_actions(tmp_path: Path) -> None:
    export_tracklets([person(1152)], "lart", tmp_path / "pickles")
    run = import_run.run_published(tmp_path / "pickles", tmp_path / "run")
    assert run.models() == ["lart-published"]
    assert run.actions("lart-published").people[1].probability.shape == (FRAMES, 60)


def test_missing_weights_are_said_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LART_HOME", str(tmp_path / "home"))
    export_tracklets([person(1152)], "lart", tmp_path / "pickles")
    with pytest.raises(LartError, match="lart"):
        import_run.run_published(tmp_path / "pickles", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_part_of_a_film_comes_back_as_a_part(tmp_path: Path) -> None:
    run = make_run(tmp_path, "part", frames=30)
    facts = json.loads((run.path / "run.json").read_text())
    facts["settings"] |= {"start": 0.5, "begins_at": 900.0}
    (run.path / "run.json").write_text(json.dumps(facts))
    export_lart(Run.open(run.path), tmp_path / "lart")
    assert import_run.import_run(tmp_path / "lart", tmp_path / "back").begins_at == 900.5


def test_a_whole_film_is_not_taken_for_a_part_of_it(tmp_path: Path) -> None:
    part, film = make_run(tmp_path, "part", frames=30), make_run(tmp_path, "film", frames=40)
    export_tracklets(part.tracklets(), "phalp", tmp_path / "part.pkl")
    with pytest.raises(LartError, match=r"of 30 frames, but player\.mp4 has 40; if they"):
        import_run.import_run(tmp_path / "part.pkl", tmp_path / "back", film=film.player)
    assert import_run.import_run(tmp_path / "part.pkl", tmp_path / "ok", film=part.player).player
