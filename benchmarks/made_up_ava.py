"""A made-up AVA from end to end: films joined from labelled clips, then the experiment's commands.

    python benchmarks/made_up_ava.py CLIPS [--work FOLDER] [--epochs 30] [--workers 2]

CLIPS has ``index.tsv`` with the columns file, ava80 and group. Six films of 60 s are joined from
clips of as many labels as there are, four to learn from and two held out; no group (the people and
place of a clip) is in both. People are the tracker's own, in windows of 4 s; what they do at each
second is what the clip there shows. The trained model must beat the shipped one, from which it
begins, on the films held out. (The shipped one has learnt from some of these very
clips, also held-out ones.)
"""

import argparse
import csv
import itertools
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from lart_core import video
from lart_core.ava_labels import ava_actions
from lart_core.dataset import VideoSet
from lart_core.presets import demo_models

FPS, SIZE = 12, (320, 240)
"""12 frames a second are what the shipped models learnt from."""
PARTS = {"train": 4, "held_out": 2}
SHIPPED = "pose-small"


def clips_of(folder: Path) -> dict[str, list[tuple[Path, int]]]:
    """Part -> clips with their AVA ids, label after label; whole groups in one part."""
    ids = {action.name: i for i, action in ava_actions().items() if action.evaluated}
    groups: dict[str, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    with (folder / "index.tsv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["ava80"] in ids:
                groups[row["ava80"]][row["group"]].append(folder / row["file"])
    turns: dict[str, dict[str, list[tuple[Path, int]]]] = {
        part: defaultdict(list) for part in PARTS
    }
    for label, by_group in sorted(groups.items()):
        for number, (_, files) in enumerate(sorted(by_group.items())):
            part = "held_out" if number % 3 == 2 else "train"
            turns[part][label] += [(file, ids[label]) for file in files]
    return {
        part: [
            clip
            for row in itertools.zip_longest(*lists.values())
            for clip in row
            if clip is not None
        ]
        for part, lists in turns.items()
    }


def join(clips: Iterator[tuple[Path, int]], out: Path, seconds: int) -> list[int]:
    """Write a film; the AVA id of each of its frames."""
    pictures: list[np.ndarray] = []
    said: list[int] = []
    while len(pictures) < FPS * seconds:
        path, label = next(clips)
        frames = list(video.frames(path))
        step = video.probe(path).fps / FPS
        for number in np.arange(0, len(frames) - 0.5, step).astype(int):
            pictures.append(cv2.resize(frames[number], SIZE, interpolation=cv2.INTER_AREA))
            said.append(label)
    video.write_player(out, pictures[: FPS * seconds], FPS)
    return said[: FPS * seconds]


def truth_of(videos: VideoSet, said: dict[str, list[int]], out: Path) -> None:
    """AVA's CSV: the tracker's boxes at whole seconds, with what the clip there shows."""
    rows = []
    for name, run in videos.runs():
        film = Path(name).stem
        for tracklet in run.tracklets():
            for second in range(len(said[film]) // FPS):
                frame = second * FPS
                row = frame - tracklet.first
                if tracklet.keyframe == frame and tracklet.detected[row]:
                    box = np.clip(tracklet.box[row] / [*SIZE, *SIZE], 0, 1)
                    action = said[film][frame]
                    rows.append([film, second, *np.round(box, 6), action, tracklet.track_id])
    with out.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def lart(*words: object) -> str:
    """Run the command; its output."""
    print("lart", *words, flush=True)
    command = [sys.executable, "-m", "app.cli", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def main() -> None:
    """Print both models' mAP@0.5 on the films held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path)
    parser.add_argument("--work", type=Path, help="goes on from what is there (default: none kept)")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=60, help="of each film")
    args = parser.parse_args()
    with TemporaryDirectory() as scratch:
        here = args.work or Path(scratch)
        said: dict[str, list[int]] = {}
        for part, clips in clips_of(args.clips).items():
            (here / part).mkdir(parents=True, exist_ok=True)
            endless = itertools.cycle(clips)
            for number in range(PARTS[part]):
                film = here / part / f"{part:_<10}{number}.mp4"
                said[film.stem] = join(endless, film, args.seconds)
            lart("dataset", "track", here / part, "--out", here / f"{part}_set",
                 "--workers", args.workers, "--window", 4)  # fmt: skip
            truth_of(VideoSet.open(here / f"{part}_set"), said, here / f"{part}.csv")
            print(lart("dataset", "label", here / f"{part}_set", "--gt", here / f"{part}.csv"))
        actions = sorted({label for labels in said.values() for label in labels})
        print(lart("train", "--config", "small", "--start", demo_models()[SHIPPED],
                   "--data", here / "train_set", "--validation", here / "held_out_set",
                   "--out", here / "model", "--actions", *actions, "--epochs", args.epochs,
                   "--batch", 16, "--accelerator", "cpu", "--quiet"))  # fmt: skip
        figures = {}
        for name, model in {SHIPPED: SHIPPED, "trained": here / "model/model.safetensors"}.items():
            pred = here / f"{name}.csv"
            lart("dataset", "predict", here / "held_out_set", "--model", model, "--out", pred)
            said_of = lart("evaluate", "--gt", here / "held_out.csv", "--pred", pred, "--json")
            metrics = json.loads(said_of)["metrics"]
            figures[name] = next(iter(metrics.values()))
            print(f"{name:12} mAP@0.5 {100 * figures[name]:6.2f}", flush=True)
        if figures["trained"] <= figures[SHIPPED]:
            sys.exit("the trained model does not beat the shipped one")


if __name__ == "__main__":
    main()
