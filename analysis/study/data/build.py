"""Sources -> labelled tracklets on disk, one folder a source; finished folders are kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.study.data.clips import VideoClip, read_clips
from analysis.study.data.corpus import FPS, Example, Span, save_source
from analysis.study.data.labels import meaning
from analysis.study.data.motion import MOTION_SOURCES, MotionClip, read_motion
from analysis.study.data.perceive import kept, load, pictures, stride
from analysis.study.data.posture import measure
from lart_core import video
from lart_core.motion.from_joints import from_joints
from lart_core.motion.rate import at_rate
from lart_core.motion.refine import refine
from lart_core.perception.protocols import AppearanceEncoder
from lart_core.series import between, stretches
from lart_core.tracking import track
from lart_core.tracklet import Tracklet

Report = Callable[[str, int], None]
"""Called with a source and how many of its tracklets are done."""


def build_motion(
    data: Path, out: Path, sources: tuple[str, ...] = MOTION_SOURCES, report: Report | None = None
) -> list[Path]:
    """Make tracklets of motion sets, each seen by a still camera; a finished set is kept.

    Args:
        data: Folder of motion sets (`analysis.study.data.motion`).
        out: Folder for one folder a source.
        sources: Which sets.
        report: Told of progress.

    Returns:
        The folders.
    """
    folders = []
    for source in sources:
        folder = out / source
        if not folder.exists():
            clips = read_motion(data, source)
            save_source(folder, map(_example, _counted(clips, source, report)))
        folders.append(folder)
    return folders


def build_clips(
    data: Path, out: Path, perceived: Path, sources: tuple[str, ...], encoder: AppearanceEncoder
) -> list[Path]:
    """Make tracklets of video sets from what perception found (`analysis.study.data.perceive`).

    Of each clip the person who is seen longest; clips in which nobody is tracked are left out, and
    so are clips that were not looked at yet. A finished set is kept.

    Args:
        data: Folder of video sets (`analysis.study.data.clips`).
        out: Folder for one folder a source.
        perceived: Where what perception found is kept.
        sources: Which sets.
        encoder: Gives the appearance vectors.
    """
    folders = []
    for source in sources:
        folder = out / source
        if not folder.exists():
            clips = [clip for clip in read_clips(data, source) if kept(clip, perceived).exists()]
            examples = (found for clip in clips if (found := _of_clip(clip, perceived, encoder)))
            save_source(folder, examples)
        folders.append(folder)
    return folders


def tracked(clip: VideoClip, perceived: Path) -> Tracklet | None:
    """The person of a clip who is seen longest, at the rate that the clip was looked at."""
    facts = video.probe(clip.path)
    detections, bodies = load(clip, perceived)
    step = stride(clip, facts, FPS)
    times = None if facts.times is None else facts.times[::step][: len(detections)]
    facts = replace(
        facts, name=clip.name, fps=facts.fps / step, frames=len(detections), times=times
    )
    tracklets = track(detections, bodies, facts)
    return refine(max(tracklets, key=lambda t: int(t.detected.sum()))) if tracklets else None


def resample(joints: NDArray[np.float32], fps: float) -> NDArray[np.floating]:
    """(T, ...) at `fps` frames a second -> (T', ...) at the study's, linear between frames."""
    count = max(2, round((len(joints) - 1) * FPS / fps) + 1)
    return between(joints, np.minimum(np.arange(count) * fps / FPS, len(joints) - 1))


def _example(clip: MotionClip) -> Example:
    joints = resample(clip.joints, clip.fps)
    tracklet = from_joints(joints, fps=FPS, name=clip.name)
    spans = [Span(clip.label, 0, len(joints) - 1)]
    wanted = meaning(clip.source, clip.label).measured
    for ava_id, holds in measure(joints, FPS).items():
        if ava_id in wanted:
            spans += [
                Span(f"={ava_id}", first, last) for first, last in stretches(np.flatnonzero(holds))
            ]
    return Example(tracklet, clip.name, clip.subject, tuple(spans))


def _of_clip(clip: VideoClip, perceived: Path, encoder: AppearanceEncoder) -> Example | None:
    tracklet = tracked(clip, perceived)
    if tracklet is None:
        return None
    (tracklet,) = encoder.encode(pictures(clip, FPS), [tracklet])
    seen = at_rate(tracklet, FPS)
    begin = round(float(tracklet.times[0]) * FPS)
    frame = begin + np.arange(len(seen))
    spans = []
    for label, since, until in clip.labels:
        first, last = (round(s * FPS) for s in (since, min(until, frame[-1] / FPS)))
        if last >= max(first, begin):
            spans.append(Span(label, max(first, begin), min(last, int(frame[-1]))))
    seen = replace(
        seen,
        frame=frame,
        appearance_frame=seen.appearance_frame - seen.first + begin,
        mask=None,
        video=replace(seen.video, frames=int(frame[-1]) + 1),
    )
    return Example(seen, clip.name, clip.group, tuple(spans))


def _counted(
    clips: Iterator[MotionClip], source: str, report: Report | None
) -> Iterator[MotionClip]:
    for done, clip in enumerate(clips, 1):
        yield clip
        if report:
            report(source, done)
