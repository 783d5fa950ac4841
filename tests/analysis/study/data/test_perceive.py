"""Looking at clips: each on its own, and each once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.study.data.clips import VideoClip
from analysis.study.data.perceive import kept, load, perceive
from lart_core.perception.protocols import Bodies, Detections, Frame
from lart_core.presets.backends import Backends
from lart_core.video import write_player
from tests.synthetic import pictures


class Remembering:
    """A detector that sees somebody in its very first frame, and then them again for ever."""

    name = "remembering"

    def __init__(self) -> None:
        self.looked = 0

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        found = []
        for _ in frames:
            box = np.array([[0, 0, 10 + self.looked, 20]], np.float32)
            found.append(Detections(box, np.ones(1, np.float32)))
            self.looked += 1
        return found


class NoBodies:
    """An estimator that lifts everybody to the same body."""

    def estimate(self, frames: Sequence[Frame], detections: Sequence[Detections]) -> list[Bodies]:
        def of(count: int) -> Bodies:
            eye = np.eye(3, dtype=np.float32)
            return Bodies(
                np.ones(count, bool),
                np.tile(eye, (count, 1, 1)),
                np.tile(eye, (count, 23, 1, 1)),
                np.zeros((count, 10), np.float32),
                np.ones((count, 3), np.float32),
                np.zeros((count, 45, 3), np.float32),
            )

        return [of(len(found)) for found in detections]


def backends() -> Backends:
    return Backends(Remembering(), NoBodies(), None, {})


def test_nobody_of_a_clip_is_remembered_in_the_next(tmp_path: Path):
    clips = []
    for name in ("a.mp4", "b.mp4"):
        write_player(tmp_path / name, pictures(4), 12.0)
        clips.append(VideoClip("arid6", name, tmp_path / name, "Walk_1", ()))
    perceive(clips, tmp_path, 12.0, backends)
    boxes = [[found.box[0, 2] for found in load(clip, tmp_path)[0]] for clip in clips]
    assert boxes == [[10, 11, 12, 13]] * 2


def test_what_was_looked_at_is_kept(tmp_path: Path):
    write_player(tmp_path / "a.mp4", pictures(2), 12.0)
    clip = VideoClip("arid6", "a.mp4", tmp_path / "a.mp4", "Walk_1", ())
    seen = []
    for _ in range(2):
        perceive([clip], tmp_path, 12.0, backends, lambda clip, frames: seen.append(frames))
    assert seen == [2]
    assert kept(clip, tmp_path).is_file()
