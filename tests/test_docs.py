"""The documentation is true: its Python runs, its site builds, its links and names hold."""

import gzip
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.ava import example
from analysis.ava.csv_file import to_csv
from lart_core import demo_models, open_run, video
from lart_core.model import read_published_config
from lart_core.tracklet import VideoFacts
from tests.conftest import SHARED
from tests.fetched import cached
from tests.synthetic import make_run, person

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
WITH_PYTHON = {
    str(path.relative_to(ROOT)): blocks
    for path in PAGES
    if (blocks := BLOCK.findall(path.read_text(encoding="utf-8")))
}


def a_video(folder: Path) -> dict[str, Any]:
    """Half a second of the sample as video.mp4."""
    sample, *_ = cached("sample-clip", "movenet-multipose", "blazepose-full", "i3d-rgb")
    part = islice(video.frames(sample), 85, 101)
    video.write_player(folder / "video.mp4", (frame[::2, ::2] for frame in part), 30.0)
    return {}


def ava_files(folder: Path) -> dict[str, Any]:
    """gt.csv and pred.csv (and packed), made up."""
    truth = example.made_up_truth()
    said = to_csv(example.made_up_predictions(truth, example.MODELS[0]))
    (folder / "gt.csv").write_bytes(to_csv(truth.assign(score=1.0)))
    (folder / "pred.csv").write_bytes(said)
    (folder / "pred.csv.gz").write_bytes(gzip.compress(said))
    return {}


def a_run(folder: Path) -> dict[str, Any]:
    """A run in my-run."""
    run = make_run(folder, frames=120)
    run.path.rename(folder / "my-run")
    run = open_run(folder / "my-run")
    return {
        "run": run,
        "tracklets": run.tracklets(),
        "width": run.video.width,
        "height": run.video.height,
        "frame": np.zeros((480, 640, 3), np.uint8),
    }


def joints(folder: Path) -> dict[str, Any]:
    """Joints of two bodies, and of somebody over a second."""
    from lart_core.body import rest_joints
    from lart_core.body.ik import KINECT_20

    one = KINECT_20.matrix()[:, :24] @ rest_joints(np.zeros(10))
    moving = np.repeat(one[None], 30, axis=0)
    return {"joints": moving, "positions": moving[:2] * [1, -1, -1]}


def published_weights(folder: Path) -> dict[str, Any]:
    """A small network in the published layout with a batch, and the path of a checkpoint."""
    import torch

    if not SHARED.is_dir():
        pytest.skip("needs the makers' referee files in ../shared, which are not part of the clone")
    golden = str(SHARED / "golden" / "lart_small_pose_joints_appearance")
    inputs = np.load(f"{golden}.npz", allow_pickle=False)
    return {
        "state_dict": torch.load(f"{golden}.state_dict.pt", weights_only=True),
        "yaml": read_published_config(Path(f"{golden}.config.yaml")),
        "batch": {n[3:]: torch.from_numpy(inputs[n]) for n in inputs if n.startswith("in_")},
        "path": demo_models()["pose-small"],
    }


def perceived(folder: Path) -> dict[str, Any]:
    """Detections and bodies of somebody who walks for two seconds."""
    from lart_core.perception.protocols import Bodies, Detections

    facts = VideoFacts("walk.mp4", 320, 240, 30.0, 60)
    walker = person(1, facts)
    detections, bodies = [], []
    for row in range(60):
        at = slice(row, row + 1)
        detections.append(Detections(walker.box[at], np.float32([0.9])))
        bodies.append(
            Bodies(
                np.array([True]),
                walker.global_orient[at],
                walker.body_pose[at],
                walker.betas[at],
                walker.camera[at],
                walker.joints[at],
            )
        )
    return {"detections": detections, "bodies": bodies, "video": facts, "given": ()}


def labelled(folder: Path) -> dict[str, Any]:
    """Two tracklets with labels of seven actions."""
    from lart_core.training import FrameLabels

    label_ids = (1, 3, 8, 10, 11, 12, 14)
    facts = VideoFacts("walk.mp4", 320, 240, 30.0, 30)
    target = np.tile(np.eye(7, dtype=np.float32)[6], (30, 1))
    labels = FrameLabels(np.arange(30), target, np.ones(30, bool))
    return {"my_data": [(person(n, facts), labels) for n in (1, 2)], "label_ids": label_ids}


NEEDS: dict[str, list[Callable[[Path], dict[str, Any]]]] = {
    "README.md": [a_video],
    "docs/first_steps.md": [a_video],
    "docs/ava_evaluation.md": [ava_files],
    "docs/model.md": [published_weights],
    "docs/perception.md": [joints],
    "docs/rendering.md": [a_run],
    "docs/tracking.md": [perceived],
    "docs/training.md": [labelled],
    "docs/how_to/actions_of_motion_capture.md": [joints],
    "docs/how_to/judge_predictions.md": [ava_files],
    "docs/how_to/render_bodies.md": [a_run],
    "docs/how_to/train_a_model.md": [a_run],
}
"""What a page takes for granted: files in the folder, and names."""

NOT_OURS = ("Evaluation/", "lart/", "phalp/", "motion/citi", "motion/SVM", "motion/Activity",
            "motion/Kinder", "motion/precog")  # fmt: skip
"""Beginnings of paths in other people's repositories, and in the folder of the study's data."""


@pytest.mark.parametrize("page", WITH_PYTHON)
def test_the_python_of_a_page_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All blocks of a page, one after the other, as a reader would type them."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "page"}
    for prepare in NEEDS.get(page, []):
        names |= prepare(tmp_path)
    for number, block in enumerate(WITH_PYTHON[page], 1):
        exec(compile(block, f"{page}, block {number}", "exec"), names)


def test_every_preparation_is_of_a_page_with_python() -> None:
    assert NEEDS.keys() <= WITH_PYTHON.keys()


def test_commands_that_pages_show_exist() -> None:
    """Every `lart NAME --option` in a fenced block is one that the command knows."""
    import argparse
    import importlib

    from app import cli

    def options(parser: argparse.ArgumentParser) -> set[str]:
        found = set(parser._option_string_actions)
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                found |= {option for child in action.choices.values() for option in options(child)}
        return found

    known = {}
    for name in cli.COMMANDS:
        parser = argparse.ArgumentParser()
        importlib.import_module(f"app.cli.{cli._module(name)}").configure(parser)
        known[name] = options(parser)
    for page in PAGES:
        for block in re.findall(r"^```\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            for line in re.sub(r"\\\n|\n +", " ", block).splitlines():
                if not (found := re.match(r"lart (\S+)(.*?)(#|$)", line)):
                    continue
                command, rest = found[1], found[2]
                assert command in known, f"{page.name}: {line}"
                given = set(re.findall(r"(?<![\w-])--[\w-]+", rest))
                assert given <= known[command], f"{page.name}: {line}"


def test_exports_of_one_model_name_it() -> None:
    """Runs of the light preset have two models: without a name such a command ends in an error."""
    from app.exports.formats import find

    shown = re.compile(r"lart export \w+ --format (\w[\w-]*)([^`\n]*)")
    commands = [found for page in PAGES for found in shown.findall(page.read_text("utf-8"))]
    assert len(commands) > 5
    for name, rest in commands:
        if name != "FORMAT" and find(name).one_model:
            assert "--model " in rest, f"{name}{rest}"


def test_files_that_pages_name_exist() -> None:
    """Every back-quoted path of a repository's file, whole or from some folder on, is one."""
    floors = ("lart_core", "analysis", "app")
    tops = {*floors, "tests", "benchmarks", "assets", "examples", "docs"}
    rooms = {path.name for floor in floors for path in (ROOT / floor).iterdir() if path.is_dir()}
    lost = []
    for page in PAGES:
        for name in re.findall(r"`([\w.*/-]+)`", page.read_text(encoding="utf-8")):
            top = name.partition("/")[0]
            ours = name.endswith(".py") or ("/" in name and top in tops | rooms)
            if not ours or name.startswith(NOT_OURS):
                continue
            within = [""] if top in tops else [f"{each}/**/" for each in tops - {"docs", "assets"}]
            places = [f"{folder}{name}{end}" for folder in within for end in ("", ".py")]
            if not any(any(ROOT.glob(place)) for place in places):
                lost.append(f"{page.name}: {name}")
    assert lost == []


def test_the_site_builds_without_a_warning_and_loads_nothing_from_elsewhere(
    tmp_path: Path,
) -> None:
    pytest.importorskip("mkdocs", reason="needs mkdocs of requirements-dev.txt")
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    loads = re.compile(r"<(?:script|img|iframe)[^>]*src=\"https?:|<link[^>]*href=\"https?:")
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 40
    assert [page.name for page in pages if loads.search(page.read_text(encoding="utf-8"))] == []
    assert "lart export" in (site / "reference/commands/export.html").read_text(encoding="utf-8")


def test_links_of_the_readme_and_examples_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "examples" / "README.md"):
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_room_stands_in_the_table_of_its_floor() -> None:
    """docs/architecture.md names the rooms in an order in which imports go upwards only."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for contract in contracts["tool"]["importlinter"]["contracts"]:
        floor = contract["name"].removeprefix("Rooms of ")
        if floor not in ("lart_core", "analysis", "app"):
            continue
        table = re.split(rf"\n`{floor}`[,:]", text)[1]
        table = re.split(r"\n\n(?!\|)", table)[0]
        named = re.findall(r"^\| `(\w+)` \|", table, re.M)
        layers = [re.findall(r"\w+", layer) for layer in reversed(contract["layers"])]
        assert sorted(named) == sorted(room for layer in layers for room in layer), floor
        level = {room: i for i, layer in enumerate(layers) for room in layer}
        assert [level[room] for room in named] == sorted(level[room] for room in named), floor
