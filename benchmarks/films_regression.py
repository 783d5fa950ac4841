"""Whether a change makes known clips worse: `python -m benchmarks.films_regression OUT`.

Processes the sample, the unlabelled clips and a few of the labelled ones of ../shared/data, and
writes OUT/figures.json: people, frames with a body, frames without sight, how well the bodies lie
on the landmarks, and the main person's first three actions of each model. With `--before
FIGURES.json` of another version (run this file with PYTHONPATH set to a checkout of it) prints
both, line by line.
"""

import argparse
import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from lart_core import camera, pipeline, weights
from lart_core.ava_labels import ava_actions
from lart_core.body import JOINTS_45
from lart_core.perception.embedded.agreement import COCO, LIMBS
from lart_core.perception.store import load_perception
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet

DATA = Path("../shared/data")
A_SET = 3
"""Labelled clips of each set."""
PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = [JOINTS_45.index(f"{side}_{part}") for part in PARTS for side in ("left", "right")]
VISIBLE = 0.5
FIGURES = ("people", "bodies", "no_body", "unseen", "off_2d")


def main() -> None:
    """Measure, write, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_intermixed_args()
    figures = {}
    for video in options.videos or _videos(options.data):
        run = pipeline.run(video, options.out / video.parent.name / video.stem)
        figures[f"{video.parent.name}/{video.stem}"] = measure(run)
        text = json.dumps(figures, indent=1)
        (options.out / "figures.json").write_text(text, encoding="utf-8")
    before = json.loads(options.before.read_text(encoding="utf-8")) if options.before else {}
    print(f"{'clip':34} {'':6} " + " ".join(f"{name:>8}" for name in FIGURES) + "  first actions")
    for name, now in figures.items():
        for when, line in (("before", before.get(name)), ("now", now)):
            if line is not None:
                print(f"{name:34} {when:6} {_text(line)}")


def measure(run: Run) -> dict[str, Any]:
    """The figures of one run."""
    people = list(run.tracklets())
    main_person = max(people, key=lambda t: (int(t.detected.sum()), len(t)), default=None)
    actions = {}
    for model in run.models() if main_person is not None else ():
        said = run.actions(model)
        mean = np.nanmean(said.people[main_person.track_id].probability, axis=0)
        first = np.argsort(-mean, kind="stable")[:3]
        names = ava_actions()
        actions[model] = [(names[said.ava_ids[i]].name, round(float(mean[i]), 2)) for i in first]
    apart = np.concatenate([_apart(run, each) for each in people] or [np.zeros(0)])
    return {
        "people": len(people),
        "bodies": sum(int(t.detected.sum()) for t in people),
        "no_body": sum(int((~t.detected & (t.score > 0)).sum()) for t in people),
        "unseen": sum(int((t.score <= 0).sum()) for t in people),
        "off_2d": round(float(np.median(apart)) * 100, 2) if len(apart) else None,
        "actions": actions,
    }


def _apart(run: Run, person: Tracklet) -> np.ndarray:
    """Distances of the body's limb joints from the landmarks seen, as shares of the box."""
    detections, bodies = _perception(run)
    size = (run.video.width, run.video.height)
    shares = [np.zeros(0)]
    for i in np.flatnonzero(person.detected):
        at = int(person.frame[i])
        landmarks = bodies[at].landmarks
        if landmarks is None or not len(landmarks):
            continue
        row = int(np.abs(detections[at].box - person.box[i]).sum(axis=1).argmin())
        seen = landmarks[row, COCO[LIMBS]]
        drawn = camera.project(person.joints[i], person.camera[i])
        off = camera.square_to_image(drawn, size)[JOINTS] - seen[:, :2]
        height = person.box[i, 3] - person.box[i, 1]
        shares.append(np.linalg.norm(off, axis=1)[seen[:, 2] > VISIBLE] / height)
    return np.concatenate(shares)


def _perception(run: Run) -> tuple[list[Any], list[Any]]:
    loaded = _LOADED.get(run.path)
    if loaded is None:
        _LOADED.clear()
        loaded = _LOADED[run.path] = load_perception(run.path / "perception.npz")
    return loaded


_LOADED: dict[Path, tuple[list[Any], list[Any]]] = {}


def _text(line: dict[str, Any]) -> str:
    numbers = " ".join(f"{line[name]!s:>8}" for name in FIGURES)
    said = "; ".join(
        f"{model}: " + ", ".join(f"{name} {share:.2f}" for name, share in first)
        for model, first in line["actions"].items()
    )
    return f"{numbers}  {said}"


def _videos(data: Path) -> list[Path]:
    videos = [weights.path("sample-clip"), *sorted((data / "video").glob("*.mp4"))]
    with (data / "clips" / "index.tsv").open(encoding="utf-8") as file:
        files = [row["file"] for row in csv.DictReader(file, delimiter="\t")]
    for name in sorted({file.partition("/")[0] for file in files}):
        of = [data / "clips" / file for file in files if file.startswith(f"{name}/")]
        step = max(1, len(of) // A_SET)
        videos += of[::step][:A_SET]
    return videos


if __name__ == "__main__":
    main()
