"""Who is found in hard frames: `python -m benchmarks.films_detection ../shared/data/films`.

Runs a detector over each annotated frame and the second before it, and prints the share of main
people found (IoU 0.5), whole ones and upper bodies or parts apart, and false boxes a frame: boxes
on nobody, doubled or badly placed. Boxes on people marked as to be ignored are neither.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from lart_core import video
from lart_core.boxes import iou
from lart_core.perception.embedded import backends
from lart_core.perception.embedded.movenet import MoveNetDetector
from lart_core.perception.protocols import Detector, Remembering

FOUND = 0.5
IGNORED = 0.3
"""Overlap with an ignored person over which a box counts for nothing."""
BEFORE = 1.0
"""Seconds before the frame that the detector sees."""


@dataclass
class Tally:
    """Counts over frames."""

    frames: int = 0
    false: int = 0
    asked: int = 0
    found: int = 0

    def text(self) -> str:
        """Found of asked."""
        return f"{self.found:3} of {self.asked:3}"


def main() -> None:
    """Print one line a detector."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("films", type=Path)
    folder = parser.parse_args().films
    with (folder / "annotations.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    frames: dict[tuple[str, int], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        frames[row["file"], int(row["frame"])].append(row)
    print(
        "detector                     main people    share   whole        upper, part  false/frame"
    )
    for name, detector in _detectors():
        whole, part = Tally(), Tally()
        for (file, number), people in frames.items():
            _judge(detector, folder.parent / file, number, people, whole, part)
        every = Tally(whole.frames, whole.false, whole.asked + part.asked, whole.found + part.found)
        print(
            f"{name:28} {every.text()}   {every.found / every.asked:8.2f}   {whole.text()}   "
            f"{part.text()}   {every.false / every.frames:8.2f}"
        )


def _detectors() -> Iterator[tuple[str, Detector]]:
    yield "MoveNet", MoveNetDetector()
    yield "the light preset's", backends.detector()


def _judge(
    detector: Detector,
    path: Path,
    number: int,
    people: list[dict[str, str]],
    whole: Tally,
    part: Tally,
) -> None:
    facts = video.probe(path)
    if isinstance(detector, Remembering):
        detector.begin(facts.fps)
    first = max(0, number - round(BEFORE * facts.fps))
    seen = detector.detect(list(islice(video.frames(path), first, number + 1)))[-1]
    scale = np.array([facts.width, facts.height]) / [int(people[0][n]) for n in ("width", "height")]
    true = np.array([[float(row[side]) for side in ("x1", "y1", "x2", "y2")] for row in people])
    shared = iou((true * np.tile(scale, 2))[:, None], seen.box)
    rows, columns = linear_sum_assignment(-shared)
    matched = {i: j for i, j in zip(rows, columns, strict=True) if shared[i, j] >= FOUND}
    ignored = [i for i, row in enumerate(people) if row["role"] == "ignore"]
    whole.frames += 1
    for j in set(range(len(seen))) - set(matched.values()):
        whole.false += not (shared[ignored, j] > IGNORED).any()
    for i, row in enumerate(people):
        if row["role"] == "main":
            tally = whole if row["view"] == "whole" else part
            tally.asked += 1
            tally.found += i in matched


if __name__ == "__main__":
    main()
