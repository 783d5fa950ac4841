"""Every example runs, as its first lines say it does; those of videos on a second of the sample."""

import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from lart_core import video
from tests.fetched import cached

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = {path.name[:2]: path for path in sorted((ROOT / "examples").glob("[0-9]*.py"))}

ON_A_VIDEO = {
    "01": ["{clip}"],
    "06": ["{clip}"],
    "07": ["{folder}"],
    "10": ["{clip}"],
}
"""Arguments of the examples that would take the whole sample."""

SHORTER = {"04": ["8"]}
SAYS = {
    "01": "person 1: frames 0 to ",
    "02": "1 people in waving.mp4, 30 frames a second",
    "03": "The five costliest failures:\n  ",
    "04": "Somebody who waves: stand",
    "05": "hand wave",
    "06": "boxes in 35 frames",
    "07": "1 tracked, 1 refused, 0 left",
    "08": "mAP@0.5              A  58.43   B  70.",  # B has equal scores: see ava_evaluation.md
    "09": "frame.png",
    "10": "around 2 keyframes",
}
"""What each prints, among other things."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of the sample, in half its size."""
    sample, *_ = cached("sample-clip", "movenet-multipose", "blazepose-full", "i3d-rgb")
    folder = tmp_path_factory.mktemp("videos")
    part = islice(video.frames(sample), 85, 120)
    video.write_player(folder / "walk.mp4", (frame[::2, ::2] for frame in part), 30.0)
    (folder / "broken.mp4").write_bytes(b"this is no video")
    return folder / "walk.mp4"


@pytest.mark.parametrize("number", EXAMPLES)
def test_example(number: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    arguments = SHORTER.get(number, [])
    if number in ON_A_VIDEO:
        walk = request.getfixturevalue("clip")
        arguments = [a.format(clip=walk, folder=walk.parent) for a in ON_A_VIDEO[number]]
    done = subprocess.run(
        [sys.executable, str(EXAMPLES[number]), *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert SAYS[number] in done.stdout


def test_every_example_is_listed_and_says_how_it_is_called() -> None:
    listed = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert sorted(EXAMPLES) == sorted(SAYS)
    for path in EXAMPLES.values():
        assert f"[{path.name}]({path.name})" in listed
        assert f"python examples/{path.name}" in path.read_text(encoding="utf-8")
