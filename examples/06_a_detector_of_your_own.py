"""A detector of your own in 30 lines: whatever moves before a still camera is a person.

    python examples/06_a_detector_of_your_own.py [VIDEO]

A backend is any class with the methods of `lart_core.perception.protocols`; here it joins the
landmark model and the tracker of the light preset.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from lart_core import tracking, video, weights
from lart_core.perception.embedded.backends import BlazePoseEstimator
from lart_core.perception.protocols import Detections, Frame
from lart_core.pipeline.perceive import perceive
from lart_core.presets.backends import Backends


class MovingThings:
    """Boxes around large connected regions that differ from the background seen so far."""

    name = "moving things (MOG2)"

    def __init__(self, smallest: float = 0.004) -> None:
        self.smallest = smallest
        self.background = cv2.createBackgroundSubtractorMOG2(detectShadows=False)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        return [self._moving(frame) for frame in frames]

    def _moving(self, frame: Frame) -> Detections:
        moved = cv2.medianBlur(self.background.apply(frame), 9)
        moved = cv2.dilate(moved, np.ones((25, 15), np.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(moved)
        large = stats[1:][stats[1:, cv2.CC_STAT_AREA] > self.smallest * moved.size]
        corner, size = large[:, :2].astype(np.float32), large[:, 2:4].astype(np.float32)
        box = np.concatenate([corner, corner + size], axis=1)
        return Detections(box, np.full(len(box), 0.5, np.float32))


path = Path(sys.argv[1]) if sys.argv[1:] else weights.path("sample-clip")
out = Path("out") / "06"
out.mkdir(parents=True, exist_ok=True)
backends = Backends(MovingThings(), BlazePoseEstimator(), appearance=None, checkpoints={})
facts = video.probe(path)
kept = out / "textures.zip"
found = perceive(video.frames(path), facts.fps, backends, given={}, kept=kept)
detections, bodies = zip(*found, strict=True)
people = tracking.track(detections, bodies, facts)
print(f"{sum(map(len, detections))} boxes in {len(detections)} frames")
for person in people:
    print(f"person {person.track_id}: frames {person.first} to {person.last}")
