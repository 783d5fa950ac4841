"""The whole way for one video: people, bodies, tracks, actions; resumable, with progress."""

import math
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from lart_core import presets, tracking, video
from lart_core.atomic_files import sha256
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError, LartWarning
from lart_core.model import inference, load_checkpoint
from lart_core.perception import textures
from lart_core.perception.protocols import (
    Detections,
    Frame,
    PseudoLabeller,
    WatchingEncoder,
    nobody,
)
from lart_core.perception.store import load_cuts, load_perception, save_perception
from lart_core.perception.things import THINGS, SeesThings, save_things
from lart_core.pipeline.perceive import perceive
from lart_core.presets.backends import Backends
from lart_core.progress import OnProgress, Progress
from lart_core.runs.run import Run
from lart_core.settings import FIRST_FRAME, Settings, comparable
from lart_core.tracking import BoxFormat
from lart_core.tracklet import Tracklet, VideoFacts
from lart_core.tracklet.video_facts import timing

TEXTURES = "textures.zip"
"""Textures of the detections, in the run's folder until its people are tracked."""

WATCHED = "watched.zip"
"""What the encoder of appearance saw, there until it has described the people."""

PLAYER = "player.mp4"

HEAVY = {"perception", "appearance"}
"""Stages that take long."""

Item = TypeVar("Item")
Watch = Callable[[Frame], None]


@dataclass(frozen=True)
class GivenBoxes:
    """Boxes that are taken as they are, in place of the detector's (paper B.1).

    See `lart_core.perception.given_boxes.read_boxes` for the files, formats and the start. Those
    with a score under `Settings.box_score` are left out.
    """

    path: Path
    format: BoxFormat
    start: float = 0.0


@dataclass(frozen=True)
class Protocol:
    """How people are followed; the defaults follow them through the whole video, as on Kinetics.

    Attributes:
        boxes: Given people; in their frames the detector is bypassed.
        window: Seconds that are tracked around each keyframe, as on AVA (4); None for the whole.
        keyframes_hz: Keyframes a second. None: the frames of `boxes`, or else one a second.
        begins_at: Second of the film at which the video begins, where no `boxes` say so by their
            start (AVA's cut movies: 900).
        shots: Whether to look for cuts as PHALP does (PySceneDetect), where by default only those
            that are sure are found. Cuts end tracks that cannot be recognised after them.
    """

    boxes: GivenBoxes | None = None
    window: float | None = None
    keyframes_hz: float | None = None
    shots: bool = False
    begins_at: float = 0.0

    def __post_init__(self) -> None:
        if self.window is not None and not 0 < self.window < math.inf:
            raise LartError(f"Expected a window of more than 0 seconds, but got {self.window:g}.")
        if self.keyframes_hz is not None and not 0 < self.keyframes_hz < math.inf:
            raise LartError(
                f"Expected more than 0 keyframes a second, but got {self.keyframes_hz:g}."
            )
        if not math.isfinite(self.video_begins_at):
            raise LartError(
                f"Expected the second at which the video begins, but got {self.video_begins_at:g}."
            )
        if self.boxes is not None and self.begins_at:
            raise LartError("Expected the start of the boxes alone to say where the video begins.")

    @property
    def video_begins_at(self) -> float:
        """Second of the film at which the video begins."""
        return self.begins_at if self.boxes is None else self.boxes.start

    def settings(self) -> dict[str, Any]:
        """What of it a run's outcome depends on, as JSON."""
        boxes = None
        if self.boxes is not None:
            boxes = {
                "sha256": sha256(self.boxes.path),
                "format": self.boxes.format,
                "start": self.boxes.start,
            }
        return {
            "boxes": boxes,
            "window": self.window,
            "keyframes_hz": self.keyframes_hz,
            "shots": self.shots,
        } | ({"begins_at": self.begins_at} if self.begins_at else {})


def run(
    path: str | Path,
    out: str | Path,
    *,
    preset: str = "light",
    settings: Settings | None = None,
    protocol: Protocol | None = None,
    until: Literal["appearance", "player"] = "player",
    backends: Backends | None = None,
    limits: video.Limits | None = None,
    clip: video.Clip | None = None,
    progress: OnProgress | None = None,
) -> Run:
    """Process a video into the run folder `out`.

    A run that was broken off goes on after its last finished stage; one that is finished is
    returned as it is. `out` gets its files only after the video proved to be one and the preset to
    be able to run. A `LartWarning` says where that will take very long on this machine.

    Args:
        path: A video file, or a folder of numbered pictures (`clip.fps` is then their rate).
        preset: A name in `presets.PRESETS`.
        settings: What is to differ from the preset's defaults.
        clip: The part of it that is processed; frames and seconds count from its beginning.
        until: Last stage. With ``appearance`` no times are noted: the same video gives the same
            bytes.
        backends: Those of the preset, where somebody keeps them loaded.

    Raises:
        LartError: The video cannot be used, `out` holds something else, a setting is none of the
            preset, or a file of the preset is missing.
    """
    path, out = Path(path), Path(out)
    preset, settings = presets.canonical(preset), settings or Settings()
    protocol = protocol or Protocol()
    settings.check(preset, boxes=protocol.boxes is not None)
    clip = clip or video.Clip()
    facts = video.probe(path, limits, clip)
    skipped = video.skipped(path, clip)
    noted = {"preset": preset, "options": asdict(settings)}
    noted |= protocol.settings() | clip.settings() | _first_frame(skipped)
    noted = _as_noted(out, noted)
    boxes = _Boxes(path, protocol.boxes, settings.box_score, clip, skipped)
    given = boxes.on(facts)
    if protocol.window is not None:  # What cannot be is said before hours of work.
        begins_at = protocol.video_begins_at + skipped[1]
        tracking.windows(_keyframes(protocol, facts, given, begins_at), facts, protocol.window)
    if not (out / "run.json").is_file():
        presets.require(preset)
    report = progress or (lambda _: None)
    with Run.held(out):
        this = Run.create(out, facts, source=str(path.resolve()), settings=noted)
        while True:
            if not this.finished("perception"):
                this.note_given(boxes.seconds(this.video))
            given = boxes.on(this.video, decoded=True)
            made = _Processing(this, path, clip, preset, settings, protocol, boxes, given, report)
            if backends is not None:
                made.__dict__["backends"] = backends
            with suppress(_OtherFrames):
                return made.go(until)


class _OtherFrames(Exception):
    """Decoding showed that given boxes are of other frames than the file's packets had promised."""


@dataclass(frozen=True, eq=False)
class _Processing:
    """One run being made: a method a stage, each skipped if it is already finished."""

    run: Run
    path: Path
    clip: video.Clip
    preset: str
    settings: Settings
    protocol: Protocol
    boxes: "_Boxes"
    given: dict[int, Detections]
    report: OnProgress

    def go(self, until: str) -> Run:
        stages: dict[str, Callable[[], dict[str, str] | None]] = {
            "perception": partial(self._perceive, until == "player"),
            "tracking": self._track,
            "appearance": self._encode,
        }
        if until == "player":
            stages |= {"actions": self._act}
        last = max((i for i, name in enumerate(stages) if self.run.finished(name)), default=-1)
        left = dict(list(stages.items())[last + 1 :])
        if left.keys() & HEAVY and (said := presets.forecast(self.preset, self.run.video)):
            warnings.warn(said, LartWarning, stacklevel=3)
        for name, stage in left.items():
            self._do(name, stage, until)
        if until == "player" and not self.run.finished("player"):
            self._do("player", self._play, until)
        for name in (TEXTURES, WATCHED):
            (self.run.path / name).unlink(missing_ok=True)
        return self.run

    def _do(self, name: str, stage: Callable[[], dict[str, str] | None], until: str) -> None:
        start = time.perf_counter()
        provenance = stage()
        seconds = time.perf_counter() - start if until == "player" else None
        if provenance is not None:
            self.run.finish(name, seconds, **provenance)

    @cached_property
    def backends(self) -> Backends:
        return presets.load(self.preset, self.settings)

    def _perceive(self, copied: bool) -> dict[str, str]:
        """People and bodies. On the way cuts are found, the player copy is written (`copied`) and
        the encoder of appearance watches, so that a film is decoded once."""
        facts, cuts = self.run.video, tracking.Cuts()
        times: list[float] = []
        lost: list[int] = []

        def pictures() -> Iterator[Frame]:
            # Copy and encoder end with the film, while its last people are still looked for.
            with self._copy(copied) as copy, self._watching() as watch:
                for number, frame in enumerate(video.timed_frames(self.path, self.clip)):
                    times.append(frame.second)
                    if frame.lost:
                        lost.append(number)
                    cuts.see(frame.picture)
                    copy(frame.picture, frame.second)
                    watch(frame.picture)
                    yield frame.picture

        kept = self.run.path / TEXTURES
        looked = perceive(pictures(), facts.fps, self.backends, self.given, kept)
        found = list(self._counted("perception", looked, facts.frames, lambda item: item[0].box))
        detections, bodies = [people for people, _ in found], [lifted for _, lifted in found]
        for number in lost:
            if number in self.given:
                unseen = np.zeros_like(bodies[number].valid)
                bodies[number] = replace(bodies[number], valid=unseen)
            else:
                detections[number] = nobody(detections[number])
                bodies[number] = nobody(bodies[number])
        self._note(times, lost)
        if not _same_boxes(self.boxes.on(self.run.video, decoded=True), self.given):
            warnings.warn(
                f"{facts.name} turned out to show its frames at other times than it says: given "
                "boxes are of other frames, so that people are looked for once more.",
                LartWarning,
                stacklevel=6,
            )
            raise _OtherFrames
        if isinstance(self.backends.detector, SeesThings):
            save_things(self.run.path / THINGS, self.backends.detector.things)
        save_perception(self.run.path / "perception.npz", detections, bodies, cuts.found())
        if copied and _same_clock(facts, self.run.video):
            self.run.finish("player", None)
        return {"detector": self.backends.detector.name, "bodies": self.backends.bodies.name}

    def _copy(self, wanted: bool) -> AbstractContextManager[Callable[[Frame, float], None]]:
        if not wanted:
            return nullcontext(lambda *_: None)
        facts = self.run.video
        return video.player_writer(self.run.path / PLAYER, facts.fps, variable=facts.variable)

    def _watching(self) -> AbstractContextManager[Watch]:
        encoder = self.backends.appearance
        if isinstance(encoder, WatchingEncoder):
            return encoder.watching(self.run.path / WATCHED, self.run.video.fps)
        return nullcontext(lambda _: None)

    def _note(self, times: list[float], lost: list[int]) -> None:
        """What decoding showed of the video: its times, and what of it is lost."""
        facts = self.run.video
        fps, found = timing(times, (facts.fps,))
        facts = replace(facts, fps=fps, frames=len(times), times=found)
        self.run.correct_video(facts, len(lost), video.missing(self.path, self.clip))
        if said := self.run.damage:
            warnings.warn(said, LartWarning, stacklevel=6)

    def _track(self) -> dict[str, str]:
        found = self.run.path / "perception.npz"
        detections, bodies = load_perception(found)
        facts, protocol, models = self.run.video, self.protocol, self.backends.tracking
        options: dict[str, Any] = {
            "shots": self._shots() if protocol.shots else load_cuts(found),
            "given": self.given.keys(),
            "pose_predictor": models.pose_predictor,
            "smallest": (self.settings.smallest_width, self.settings.smallest_height),
            "lost_after": self.settings.track_life,
        }
        looks = "color histogram" if any(each.appearance is not None for each in bodies) else "none"
        kept = self.run.path / TEXTURES
        with ExitStack() as files:
            if models.textures is not None and kept.is_file():
                looks = models.textures.name
                options |= {
                    "terms": "TPL",
                    "textures": files.enter_context(textures.reading(kept)),
                    "texture_embedding": models.textures.compared,
                }
            if protocol.window is None:
                people = tracking.track(detections, bodies, facts, **options)
            else:
                at = _keyframes(protocol, facts, self.given, self.run.begins_at)
                around = tracking.windows(at, facts, protocol.window)
                people = tracking.track_windows(detections, bodies, facts, around, **options)
        refine = self.backends.bodies.refine
        self.run.write_tracklets([refine(each) for each in self._counted("tracking", people)])
        return {"reid_cue": looks}

    def _shots(self) -> list[int]:
        return tracking.detect_shots(video.frames(self.path, self.clip))

    def _encode(self) -> dict[str, str] | None:
        """Appearance vectors, and MViT's scores as labels beside them; None: does not apply."""
        encoder = self.backends.appearance
        if encoder is None:
            return None
        watched = self.run.path / WATCHED
        if isinstance(encoder, WatchingEncoder) and watched.is_file():
            self.run.write_tracklets(encoder.describe(watched, self.run.tracklets()))
            return {"appearance": encoder.name}
        frames = self._counted(
            "appearance", video.frames(self.path, self.clip), self.run.video.frames
        )
        if isinstance(encoder, PseudoLabeller):
            self._write_labelled(encoder.encode_and_score(frames, self.run.tracklets()))
        else:
            self.run.write_tracklets(encoder.encode(frames, self.run.tracklets()))
        return {"appearance": encoder.name}

    def _write_labelled(self, scored: list[tuple[Tracklet, NDArray[np.float32]]]) -> None:
        """Tracklets with what was said of each of their frames: a set that `lart train` takes."""
        from lart_core.training.labels import pseudo_labels, save_labels
        from lart_core.training.tracks import LABELS

        self.run.write_tracklets([tracklet for tracklet, _ in scored])
        labels = [pseudo_labels(tracklet, score) for tracklet, score in scored]
        save_labels(self.run.path / "tracklets" / LABELS, tuple(ava_actions()), labels)

    def _act(self) -> dict[str, str]:
        tracklets = self.run.tracklets()
        for name, file in self._counted("actions", self.backends.checkpoints.items()):
            actions = inference.predict(load_checkpoint(file), tracklets)
            self.run.write_actions(replace(actions, model=name))
        return {}

    def _play(self) -> dict[str, str]:
        facts = self.run.video
        frames = self._counted("player", video.frames(self.path, self.clip), facts.frames)
        video.write_player(self.run.path / PLAYER, frames, facts.fps, facts.times)
        return {}

    def _counted(
        self,
        stage: str,
        items: Iterable[Item],
        total: int | None = None,
        boxes: Callable[[Item], NDArray[np.float32] | None] = lambda _: None,
    ) -> Iterator[Item]:
        """Pass the items on, and report each one that has been dealt with."""
        total = len(items) if total is None and isinstance(items, Sized) else total or 0
        start = time.perf_counter()
        self.report(Progress(stage, 0, total))
        for done, item in enumerate(items, 1):
            yield item
            passed = time.perf_counter() - start
            left = passed / done * max(total - done, 0)
            self.report(Progress(stage, done, total, left, boxes(item)))


def _keyframes(
    protocol: Protocol, facts: VideoFacts, given: Mapping[int, Detections], begins_at: float
) -> list[int]:
    """The frames that windows are around."""
    if protocol.keyframes_hz is None and given:
        return sorted(given)
    found = tracking.keyframes(facts, protocol.keyframes_hz, begins_at)
    if not found:
        raise LartError(
            f"Expected a keyframe in these {facts.seconds:.2f} s, but no whole second of the film "
            f"is among them; take more of it, or more keyframes a second (--keyframes-hz)."
        )
    return found


def _same_boxes(a: Mapping[int, Detections], b: Mapping[int, Detections]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[n].box, b[n].box) for n in a)


def _same_clock(a: VideoFacts, b: VideoFacts) -> bool:
    """Whether frames are shown at the same rate by both."""
    return a.fps == b.fps and a.variable == b.variable


@dataclass(frozen=True)
class _Boxes:
    """Given boxes of a video, of a part of a film those within it, from a score on."""

    path: Path
    given: GivenBoxes | None
    min_score: float
    clip: video.Clip
    skipped: tuple[int, float]

    def on(self, facts: VideoFacts, *, decoded: bool = False) -> dict[int, Detections]:
        """The boxes of each frame; see `read_boxes`."""
        if self.given is None:
            return {}
        part = bool(self.clip.start) or self.clip.end is not None
        return tracking.read_boxes(
            self.given.path, self.given.format, facts, start=self._start(self.given),
            min_score=self.min_score, skipped=self.skipped[0] if part else None,
            pictures=self._pictures, decoded=decoded,
        )  # fmt: skip

    def seconds(self, facts: VideoFacts) -> dict[int, list[float]]:
        """At which seconds they were given in each frame."""
        if self.given is None:
            return {}
        return tracking.read_seconds(
            self.given.path, facts, start=self._start(self.given), min_score=self.min_score
        )

    @cached_property
    def _pictures(self) -> list[int] | None:
        return video.picture_numbers(self.path, self.clip)

    def _start(self, given: GivenBoxes) -> float:
        return given.start + self.skipped[1]


def _first_frame(skipped: tuple[int, float]) -> dict[str, float]:
    """When the first frame of a part is shown: often a little after the second asked for."""
    frames, seconds = skipped
    return {FIRST_FRAME: round(seconds, 6)} if frames else {}


def _as_noted(out: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """`settings`, or those in the run at `out` if they mean the same in other words."""
    if not (out / "run.json").is_file():
        return settings
    noted = Run.open(out).facts["settings"]
    preset = presets.ALIASES.get(noted.get("preset"), noted.get("preset"))
    same = comparable(noted, preset) == comparable(settings, settings["preset"])
    return noted if same else settings
