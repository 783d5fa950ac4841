"""A worker whose perception needs no model, for engines whose workers are other processes."""

import hashlib
import os
import signal
from functools import partial
from pathlib import Path

import numpy as np

from lart_core import presets
from lart_core.dataset import VideoSet
from lart_core.engines import SetTracker
from lart_core.perception.protocols import Bodies, Detections
from lart_core.video import write_player

TIMED = "journal.jsonl"


class Stub:
    """One person who stands in every video."""

    name = "stub"

    def detect(self, frames):
        box = np.array([[50, 20, 90, 110]], np.float32)
        return [Detections(box, np.ones(1, np.float32)) for _ in frames]

    def estimate(self, frames, detections):
        eye = np.eye(3, dtype=np.float32)
        body = Bodies(
            np.ones(1, bool),
            eye[None],
            np.tile(eye, (1, 23, 1, 1)),
            np.zeros((1, 10), np.float32),
            np.array([[0, 0, 60]], np.float32),
            np.zeros((1, 45, 3), np.float32),
        )
        return [body for _ in frames]

    def refine(self, tracklet):
        return tracklet


def backends():
    return presets.Backends(Stub(), Stub(), None, {})


class LightTracker(SetTracker):
    """`SetTracker` with the stub; kills its process once, before the video `dies_at`."""

    backends = backends()

    def __init__(self, path, dies_at=None):
        super().__init__(path)
        self.dies_at = dies_at

    def _tracked(self, shard, video):
        mark = self.set.path.parent / "died"
        if video == self.dies_at and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._tracked(shard, video)


def make(videos: VideoSet, dies_at=None):
    return partial(LightTracker, videos.path, dies_at)


def write_videos(folder: Path, names) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_player(path, [np.full((120, 160, 3), 60, np.uint8)] * 12, 30)
    return folder


def digests(folder: Path) -> dict[str, str]:
    """Hash of every file of a set but the journals and an engine's own."""
    found = [
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name != TIMED and "slurm" not in path.parts
    ]
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}
