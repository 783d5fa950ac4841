"""Sources -> labelled tracklets on disk, one folder a source; finished folders are kept."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lart_core.study.corpus import Example, Span, save_source
from lart_core.study.labels import meaning
from lart_core.study.motion import MOTION_SOURCES, MotionClip, read_motion
from lart_core.study.posture import measure
from lart_core.tracklet.from_joints import from_joints

FPS = 15.0
"""Frames a second of the study's tracklets and models."""

Report = Callable[[str, int], None]
"""Called with a source and how many of its tracklets are done."""


def build_motion(
    data: Path, out: Path, sources: tuple[str, ...] = MOTION_SOURCES, report: Report | None = None
) -> list[Path]:
    """Make tracklets of motion sets, each seen by a still camera; a finished set is kept.

    Args:
        data: Folder of motion sets (`lart_core.study.motion`).
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


def resample(joints: NDArray[np.float32], fps: float, to: float = FPS) -> NDArray[np.float32]:
    """(T, ...) at `fps` -> (T', ...) at `to` frames a second, linear between frames."""
    count = max(2, round((len(joints) - 1) * to / fps) + 1)
    at = np.minimum(np.arange(count) * fps / to, len(joints) - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(joints) - 1)
    share = (at - low).astype(np.float32).reshape(-1, *[1] * (joints.ndim - 1))
    return joints[low] * (1 - share) + joints[high] * share


def _example(clip: MotionClip) -> Example:
    joints = resample(clip.joints, clip.fps)
    tracklet = from_joints(joints, fps=FPS, name=clip.name)
    spans = [Span(clip.label, 0, len(joints) - 1)]
    wanted = meaning(clip.source, clip.label).measured
    for ava_id, holds in measure(joints, FPS).items():
        if ava_id in wanted:
            spans += [Span(f"={ava_id}", first, last) for first, last in _runs(holds)]
    return Example(tracklet, clip.name, clip.subject, tuple(spans))


def _runs(holds: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and last index of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(np.int8), [0]])))
    for first, end in edges.reshape(-1, 2).tolist():
        yield first, end - 1


def _counted(
    clips: Iterator[MotionClip], source: str, report: Report | None
) -> Iterator[MotionClip]:
    for done, clip in enumerate(clips, 1):
        yield clip
        if report:
            report(source, done)
