"""Boxed people and any clip at all: `python -m benchmarks.films2 ../shared/data/films2`.

Processes every clip of the folder (`index.tsv`) with the light preset. Of the clips
of UCF101-24 (`ucf24_tubes.csv`: boxes and identities a frame) it prints the share of boxes in which
a track that a run shows was found (IoU 0.5, and 0.4 for boxes that are looser or tighter) and IDF1
over the frames with boxes; of all clips who is there: tracks, and people shown a frame. It fails
where a clip cannot be processed. `--only SET` takes one set.
"""

import argparse
import csv
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import motmetrics
import numpy as np

from lart_core import pipeline
from lart_core.boxes import iou
from lart_core.tracklet import Tracklet
from lart_core.tracklet.sight import in_sight

FOUND = 0.5
LOOSER = 0.4

Boxes = dict[int, np.ndarray]
"""Identity -> x1 y1 x2 y2 in pixels."""


def main() -> None:
    """Print one line a clip, and the means of UCF24."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("films", type=Path)
    parser.add_argument("--only")
    options = parser.parse_args()
    truth = tubes(options.films / "ucf24_tubes.csv")
    with (options.films / "index.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = []
    print(f"{'clip':44} tracks  shown/frame   found at 0.5, 0.4    IDF1")
    for row in rows:
        if options.only not in (None, row["set"]):
            continue
        path = options.films / row["file"]
        with TemporaryDirectory() as folder:
            run = pipeline.run(path, Path(folder) / "run", until="appearance")
            people, frames = list(run.tracklets()), run.video.frames
        shown = [shown_at(people, t) for t in range(frames)]
        line = f"{row['file'][-44:]:44} {len(people):6} {np.mean(list(map(len, shown))):12.2f}"
        if path.name in truth:
            at, looser, idf1 = judge(truth[path.name], shown)
            found.append((at.sum(), looser.sum(), len(at), idf1))
            line += f" {at.mean():14.3f} {looser.mean():6.3f} {idf1:7.3f}"
        print(line, flush=True)
    if found:
        at, looser, count, _ = np.sum(found, axis=0)
        idf1 = np.mean([each[3] for each in found])
        print(f"{'all boxes; mean IDF1':64} {at / count:14.3f} {looser / count:6.3f} {idf1:7.3f}")


def tubes(path: Path) -> dict[str, dict[int, Boxes]]:
    """Clip -> frame -> boxes."""
    found: dict[str, dict[int, Boxes]] = defaultdict(lambda: defaultdict(dict))
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            box = np.array([float(row[side]) for side in ("x1", "y1", "x2", "y2")])
            found[row["file"]][int(row["frame"])][int(row["tube"])] = box
    return found


def shown_at(people: list[Tracklet], frame: int) -> Boxes:
    """Who is shown in a frame."""
    return {
        each.track_id: each.box[frame - each.first]
        for each in people
        if each.first <= frame <= each.last and in_sight(each)[frame - each.first]
    }


def judge(truth: dict[int, Boxes], shown: list[Boxes]) -> tuple[np.ndarray, np.ndarray, float]:
    """Whether each true box was found, at both overlaps, and IDF1; people without a true box are
    not asked for, and are left out where they lie on none."""
    best = []
    book = motmetrics.MOTAccumulator(auto_id=True)
    for frame, boxes in sorted(truth.items()):
        true = np.array(list(boxes.values()))
        here = shown[frame] if frame < len(shown) else {}
        overlap = iou(true[:, None], np.array(list(here.values())).reshape(-1, 4))
        best += overlap.max(axis=1, initial=0).tolist()
        asked = [j for j in range(len(here)) if (overlap[:, j] >= FOUND).any()]
        distance = np.where(overlap >= FOUND, 1 - overlap, np.nan)[:, asked]
        book.update(list(boxes), [list(here)[j] for j in asked], distance)
    row = motmetrics.metrics.create().compute(book, metrics=["idf1"], name="x").iloc[0]
    return np.array(best) >= FOUND, np.array(best) >= LOOSER, float(row["idf1"])


if __name__ == "__main__":
    main()
