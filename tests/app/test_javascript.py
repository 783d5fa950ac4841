"""The components' JavaScript, tested by node's own test runner."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco

from app.watch import bodies
from lart_core import body
from lart_core.rendering.pinhole import natural_depth
from tests.synthetic import make_run

HERE = Path(__file__).parent / "js"


@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_javascript(name: str, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node (18 or later) to test the components' JavaScript")
    masks = tmp_path / "masks.json"
    masks.write_text(json.dumps(list(mask_cases())))
    write_bodies(tmp_path)
    answer = subprocess.run(
        [node, "--test", str(HERE / name)],
        env=os.environ | {"LART_MASKS": str(masks), "LART_BODIES": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


def write_bodies(folder: Path) -> None:
    """A run's bodies as the browser is sent them, and as smplx poses them."""
    run = make_run(folder)
    person = run.tracklets()[1]
    shape = np.repeat(person.betas.mean(axis=0, keepdims=True), len(person), axis=0)
    posed = body.vertices(person.global_orient, person.body_pose, shape)
    (folder / "skin").write_bytes(bodies.skin())
    (folder / "rest").write_bytes(bodies.rest(run, person.track_id))
    (folder / "poses").write_bytes(bodies.poses(run, 0))
    placed = posed + natural_depth(person.camera)[:, None]
    (folder / "vertices").write_bytes(placed.astype("<f4").tobytes())


def mask_cases():
    """Masks with their run-length strings as pycocotools writes them."""
    random = np.random.default_rng(0)
    for size in [(1, 1), (5, 7), (40, 30), (300, 200)]:
        for share in (0.0, 0.02, 0.5, 1.0):
            rows = (random.random(size) < share).astype(np.uint8)
            rows[size[0] // 3 : size[0] // 2, size[1] // 3 :] = share > 0
            counts = coco.encode(np.asfortranarray(rows))["counts"].decode("ascii")
            yield {"counts": counts, "height": size[0], "width": size[1], "rows": rows.tolist()}
