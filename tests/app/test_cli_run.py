"""What `lart run` offers is what the library takes."""

from pathlib import Path
from typing import get_args

import pytest

from app.cli import main
from app.cli.run import BOX_FORMATS
from lart_core import pipeline
from lart_core.errors import LartError
from lart_core.settings import Settings
from lart_core.tracking import BoxFormat


def test_box_formats_are_the_librarys() -> None:
    assert get_args(BoxFormat) == BOX_FORMATS


def test_settings_come_from_a_file_and_from_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    got = []

    def run(*_: object, settings: Settings, **__: object) -> None:
        got.append(settings)
        raise LartError("Enough.")

    monkeypatch.setattr(pipeline, "run", run)
    (tmp_path / "a.yaml").write_text("crowd_tiles: 3\ntrack_life: 2\n")
    command = ["run", "a.mp4", "--config", str(tmp_path / "a.yaml"), "--set", "crowd_tiles=2"]
    assert main([*command, "--set", "detector_score=0.5"]) == 2
    assert got == [Settings(detector_score=0.5, crowd_tiles=2, track_life=2)]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--set", "tiles=2"], "Expected a setting (detector_score, "),
        (["--set", "crowd_tiles"], "Expected --set NAME=VALUE, but got 'crowd_tiles'"),
        (["--set", "crowd_tiles=9"], "Expected crowd_tiles from 1 to 4, but got 9"),
        (["--set", "crowd_tiles=2", "--preset", "full"], "of the preset light, not of full"),
        (["--set", "box_score=1", "--preset", "published-tracklets"], "has no settings"),
        (["--config", "nowhere.yaml"], "Could not read nowhere.yaml"),
        (["--window", "4", "--preset", "published-tracklets"], "a file of tracklets alone"),
        (["--start", "1", "--preset", "published-tracklets"], "a file of tracklets alone"),
        (["--box-format", "xyxy"], "Expected --boxes with --box-format"),
        (["--keyframes-hz", "1"], "Expected --window with --keyframes-hz"),
        (["--max-gpu-memory", "-5", "--preset", "full"], "more than 0 GB, but got -5"),
        (["--max-gpu-memory", "5"], "is of the full system"),
        (["--set", "box_score=0.5"], "box_score is of given boxes"),
        (["--preset", "fast"], "Expected a preset (light, full, full-vitdet)"),
    ],
)
def test_wrong_settings_are_a_sentence(
    given: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "a.mp4", "--out", str(tmp_path / "run"), *given]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
