"""Clips -> what perception finds in them, kept on disk; a broken-off job goes on where it was."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from analysis.study.data.clips import VideoClip
from lart_core import video
from lart_core.perception.protocols import Bodies, Detections, Frame
from lart_core.perception.store import load_perception, save_perception
from lart_core.pipeline import perceive as whole
from lart_core.presets.backends import Backends
from lart_core.tracklet import VideoFacts

STILL = {"yoga6": 5.0}
"""Sources of people who hold a pose: fewer frames a second will do."""


def stride(clip: VideoClip, facts: VideoFacts, fps: float) -> int:
    """Every how many frames a clip is looked at, to see about `fps` a second."""
    return max(1, round(facts.fps / min(fps, STILL.get(clip.source, fps))))


def kept(clip: VideoClip, folder: Path) -> Path:
    """Where a clip's perception is kept."""
    return folder / f"{clip.name}.npz"


def pictures(clip: VideoClip, fps: float) -> Iterator[Frame]:
    """The frames of a clip that are looked at."""
    return islice(video.frames(clip.path), 0, None, stride(clip, video.probe(clip.path), fps))


def perceive(
    clips: Iterable[VideoClip],
    folder: Path,
    fps: float,
    backends: Callable[[], Backends],
    report: Callable[[VideoClip, int], None] | None = None,
) -> None:
    """Look at clips that were not looked at yet, one of each label in turn.

    Args:
        clips: Which. folder: Where what is found is kept.
        fps: About how many frames a second to look at.
        backends: Makes who looks, anew for each clip: a detector may remember whom it saw.
        report: Told of each finished clip and its number of frames.
    """
    for clip in in_turn(clips):
        path = kept(clip, folder)
        if path.exists():
            continue
        textures = path.with_suffix(".textures")
        facts = video.probe(clip.path)
        rate = facts.fps / stride(clip, facts, fps)
        looked = whole.perceive(pictures(clip, fps), rate, backends(), {}, textures)
        found, bodies = zip(*looked, strict=True)
        save_perception(path, found, bodies)
        if report:
            report(clip, len(found))


def load(clip: VideoClip, folder: Path) -> tuple[list[Detections], list[Bodies]]:
    """What was found in a clip."""
    return load_perception(kept(clip, folder))


def in_turn(clips: Iterable[VideoClip]) -> list[VideoClip]:
    """The clips, one of each group and then the next of each, so that any start is a mixture."""
    met: Counter[tuple[str, str]] = Counter()
    order = []
    for clip in clips:
        key = (clip.source, clip.group)
        order.append((met[key], clip))
        met[key] += 1
    return [clip for _, clip in sorted(order, key=lambda pair: pair[0])]
