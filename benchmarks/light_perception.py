"""A perception that costs next to nothing: bright rectangles are people, all stand at ease."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from lart_core import presets
from lart_core.camera import FOCAL, RESOLUTION, image_to_square
from lart_core.perception.protocols import Bodies, Detections, Frame
from lart_core.tracklet import Tracklet
from lart_core.video import write_player


class Rectangles:
    """Finds bright rectangles."""

    name = "rectangles"

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """One box a connected bright patch."""
        return [self._one(frame) for frame in frames]

    def _one(self, frame: Frame) -> Detections:
        stats = cv2.connectedComponentsWithStats((frame[..., 0] > 128).astype(np.uint8))[2][1:]
        stats = stats[stats[:, 4] > 200].astype(np.float32)
        box = np.concatenate([stats[:, :2], stats[:, :2] + stats[:, 2:4]], axis=1)
        return Detections(box, np.full(len(box), 0.9, np.float32))


class AtEase:
    """Puts the rest pose into every box."""

    name = "at ease"

    def estimate(self, frames: Sequence[Frame], detections: Sequence[Detections]) -> list[Bodies]:
        """Bodies 1.7 m high."""
        height, width = frames[0].shape[:2]
        return [self._one(found.box, (width, height)) for found in detections]

    def refine(self, tracklet: Tracklet) -> Tracklet:
        """Nothing to smooth."""
        return tracklet

    def _one(self, box: np.ndarray, size: tuple[int, int]) -> Bodies:
        n = len(box)
        eye = np.eye(3, dtype=np.float32)
        centre = image_to_square((box[:, :2] + box[:, 2:]) / 2, size) - RESOLUTION / 2
        depth = FOCAL * 1.7 / ((box[:, 3] - box[:, 1]) * RESOLUTION / max(size))
        return Bodies(
            np.ones(n, bool),
            np.tile(eye, (n, 1, 1)),
            np.tile(eye, (n, 23, 1, 1)),
            np.zeros((n, 10), np.float32),
            np.column_stack([centre * depth[:, None] / FOCAL, depth]).astype(np.float32),
            np.zeros((n, 45, 3), np.float32),
        )


def use() -> None:
    """Add the preset ``light``."""
    made = presets.Backends(Rectangles(), AtEase(), None, {})
    presets.PRESETS["light"] = presets.Preset(
        lambda settings: made, presets.PRESETS["light"].examine
    )


def make_videos(folder: Path, count: int, frames: int = 90) -> None:
    """Small videos of two rectangles that walk."""
    for number in range(count):
        rng = np.random.default_rng(number)
        y, speed = rng.integers(5, 40, 2), rng.uniform(0.3, 1.0, 2)
        pictures = []
        for t in range(frames):
            picture = np.zeros((120, 200, 3), np.uint8)
            for i in range(2):
                x = int(5 + 60 * i + speed[i] * t)
                picture[y[i] : y[i] + 60, x : x + 20] = 255
            pictures.append(picture)
        path = folder / f"part{number % 3}" / f"video{number:02d}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_player(path, pictures, 30)
