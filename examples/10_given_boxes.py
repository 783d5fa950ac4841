"""AVA's protocol: people are given by boxes at keyframes, and tracked 4 seconds around each.

    python examples/10_given_boxes.py [VIDEO BOXES.csv]

BOXES.csv has AVA's columns: video, second, x1, y1, x2, y2 in 0..1 of the picture. Without it, boxes
for the sample clip are taken from a run of its own. The result is an AVA CSV that 03 can judge.
"""

import sys
from pathlib import Path

import lart_core
from analysis.ava.csv_file import to_csv
from analysis.runs.ava_predictions import predictions_of_run
from lart_core import weights
from lart_core.pipeline import GivenBoxes, Protocol

video = Path(sys.argv[1]) if sys.argv[1:] else weights.path("sample-clip")
out = Path("out") / "10"
out.mkdir(parents=True, exist_ok=True)
if sys.argv[2:]:
    boxes = Path(sys.argv[2])
else:
    boxes = out / "boxes.csv"
    found = lart_core.run(video, out / "found")
    table = predictions_of_run(found, found.models()[0], video=video.stem)
    boxes.write_bytes(to_csv(table))

protocol = Protocol(GivenBoxes(boxes, "normalised"), window=4.0)
run = lart_core.run(video, out / "run", protocol=protocol)
predictions = predictions_of_run(run, run.models()[0], video=video.stem)
(out / "predictions.csv").write_bytes(to_csv(predictions))
print(f"{len(run.tracklets())} tracklets around {predictions['timestamp'].nunique()} keyframes")
print(f"Predictions in AVA's layout: {out / 'predictions.csv'}")
