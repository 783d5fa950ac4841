"""The whole way for one video: people, bodies, tracks, actions; resumable, with progress."""

import time
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from lart_core import inference, presets, tracking, video
from lart_core.model import load_checkpoint
from lart_core.perception.protocols import Bodies, Detections, Frame
from lart_core.perception.store import load_perception, save_perception
from lart_core.run import Run

CHUNK_BYTES = 128 * 2**20
"""Bytes of frames that perception sees at once; bounds memory."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Progress:
    """How far a stage is.

    Attributes:
        stage: ``perception``, ``tracking``, ``appearance``, ``actions`` or ``player``.
        done, total: Frames (perception, appearance, player) or people.
        remaining: Estimated seconds that are left of this stage, or None at its start.
    """

    stage: str
    done: int
    total: int
    remaining: float | None


Report = Callable[[Progress], None]


def run(
    path: Path,
    out: Path,
    *,
    preset: str = "embedded",
    limits: video.Limits | None = None,
    progress: Report | None = None,
) -> Run:
    """Process a video into the run folder `out`.

    A run that was broken off goes on after its last finished stage; one that is finished is
    returned as it is.

    Raises:
        LartError: The video cannot be used, `out` holds something else, or a file of the preset
            is missing.
    """
    facts = video.probe(path, limits)
    this = Run.create(out, facts, source=str(path.resolve()), settings={"preset": preset})
    return _Processing(this, path, preset, progress or (lambda _: None)).go()


@dataclass(frozen=True, eq=False)
class _Processing:
    """One run being made: a method a stage, each skipped if it is already finished."""

    run: Run
    path: Path
    preset: str
    report: Report

    def go(self) -> Run:
        stages = {
            "perception": self._perceive,
            "tracking": self._track,
            "actions": self._act,
            "player": self._play,
        }
        for name, stage in stages.items():
            if not self.run.finished(name):
                start = time.perf_counter()
                provenance = stage()
                self.run.finish(name, time.perf_counter() - start, **provenance)
        return self.run

    @cached_property
    def backends(self) -> presets.Backends:
        return presets.load(self.preset)

    def _perceive(self) -> dict[str, str]:
        detector, estimator = self.backends.detector, self.backends.bodies
        detections: list[Detections] = []
        bodies: list[Bodies] = []
        frames = self._counted("perception", video.frames(self.path), self.run.video.frames)
        for chunk in _chunks(frames):
            detections += detector.detect(chunk)
            bodies += estimator.estimate(chunk, detections[-len(chunk) :])
        if len(detections) != self.run.video.frames:
            self.run.correct_frames(len(detections))
        save_perception(self.run.path / "perception.npz", detections, bodies)
        return {"detector": detector.name, "bodies": estimator.name}

    def _track(self) -> dict[str, str]:
        detections, bodies = load_perception(self.run.path / "perception.npz")
        tracklets = tracking.track(detections, bodies, self.run.video)
        estimator = self.backends.bodies
        refined = [estimator.refine(each) for each in self._counted("tracking", tracklets)]
        self.run.write_tracklets(refined)
        return {"tracking": "PHALP"}

    def _act(self) -> dict[str, str]:
        tracklets = self.run.tracklets()
        for name, file in self._counted("actions", self.backends.checkpoints.items()):
            actions = inference.predict(load_checkpoint(file), tracklets)
            self.run.write_actions(replace(actions, model=name))
        return {}

    def _play(self) -> dict[str, str]:
        facts = self.run.video
        frames = self._counted("player", video.frames(self.path), facts.frames)
        video.write_player(self.run.path / "player.mp4", frames, facts.fps)
        return {}

    def _counted(
        self, stage: str, items: Iterable[Item], total: int | None = None
    ) -> Iterator[Item]:
        """Pass the items on, and report each one that has been dealt with."""
        total = len(items) if total is None and isinstance(items, Sized) else total or 0
        start = time.perf_counter()
        self.report(Progress(stage, 0, total, None))
        for done, item in enumerate(items, 1):
            yield item
            passed = time.perf_counter() - start
            self.report(Progress(stage, done, total, passed / done * max(total - done, 0)))


def _chunks(frames: Iterable[Frame]) -> Iterator[list[Frame]]:
    chunk: list[Frame] = []
    for frame in frames:
        chunk.append(frame)
        if sum(each.nbytes for each in chunk) >= CHUNK_BYTES:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
