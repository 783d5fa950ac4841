"""Sources -> labelled tracklets on disk, one folder a source; finished folders are kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.study.data.citi import read_citi
from analysis.study.data.clips import PAIRED, VideoClip, folder_of, read_clips
from analysis.study.data.corpus import FPS, Example, Span, save_source
from analysis.study.data.kinect import KINECT_SETS
from analysis.study.data.labels import meaning
from analysis.study.data.motion import CITI, MOTION_SOURCES, MotionClip, read_motion
from analysis.study.data.perceive import kept, load, pictures, stride
from analysis.study.data.posture import LIE, lies, measure
from lart_core import video
from lart_core.camera import FOCAL
from lart_core.motion.from_joints import LENS, from_joints
from lart_core.motion.rate import at_rate
from lart_core.motion.refine import refine
from lart_core.perception.protocols import AppearanceEncoder
from lart_core.series import between, stretches
from lart_core.tracking import track
from lart_core.tracklet import Tracklet
from lart_core.tracklet.sight import NECK, PELVIS, judged

Report = Callable[[str, int], None]
"""Called with a source and how many of its tracklets are done."""

UPRIGHT = np.array([-1.0, -1.0, 1.0])
"""From the axes of motion sets, y up, to the camera's."""
METRES = np.array([1.0, 1.0, LENS / FOCAL])
"""From PHALP's camera to metres before an ordinary lens."""

POINT, KICK = 43, 71
ONE_SIDED = frozenset({64, KICK, 76})
"""Hit, kick and push: AVA ids of what only one of two does."""
HANDS, FEET = [20, 21], [7, 8]
"""Wrists and ankles among the joints."""
CLEARLY = 1.25
"""How much further the limbs of the one who does it reach, at least."""


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
            save_source(folder, _takes(_counted(_motion(data, source), source, report)))
        folders.append(folder)
    return folders


def build_clips(
    data: Path, out: Path, perceived: Path, sources: tuple[str, ...], encoder: AppearanceEncoder
) -> list[Path]:
    """Make tracklets of video sets from what perception found (`analysis.study.data.perceive`).

    Of each clip the person who is seen longest, or the two who are where two do something to each
    other; clips in which nobody is tracked are left out, and
    so are clips that were not looked at yet. A finished set is kept.

    Args:
        data: Folder of the folders of video sets (`analysis.study.data.clips.folder_of`).
        out: Folder for one folder a source.
        perceived: Where what perception found is kept.
        sources: Which sets.
        encoder: Gives the appearance vectors.
    """
    folders = []
    for source in sources:
        folder = out / source
        if not folder.exists():
            clips = read_clips(folder_of(data, source), source)
            looked = (clip for clip in clips if kept(clip, perceived).exists())
            examples = (each for clip in looked for each in _of_clip(clip, perceived, encoder))
            save_source(folder, examples)
        folders.append(folder)
    return folders


def tracked(clip: VideoClip, perceived: Path, most: int = 1) -> list[Tracklet]:
    """The people of a clip who are seen longest, at the rate that the clip was looked at."""
    facts = video.probe(clip.path)
    detections, bodies = load(clip, perceived)
    step = stride(clip, facts, FPS)
    times = None if facts.times is None else facts.times[::step][: len(detections)]
    facts = replace(
        facts, name=clip.name, fps=facts.fps / step, frames=len(detections), times=times
    )
    longest = sorted(track(detections, bodies, facts), key=lambda t: -int(t.detected.sum()))
    return [refine(each) for each in longest[:most] if each.detected.any()]


def resample(joints: NDArray[np.float32], fps: float) -> NDArray[np.floating]:
    """(T, ...) at `fps` frames a second -> (T', ...) at the study's, linear between frames."""
    count = max(2, round((len(joints) - 1) * FPS / fps) + 1)
    return between(joints, np.minimum(np.arange(count) * fps / FPS, len(joints) - 1))


def _motion(data: Path, source: str) -> Iterator[MotionClip]:
    if source == CITI:
        return read_citi(data / CITI)
    if source in KINECT_SETS:
        return KINECT_SETS[source].clips(data, source)
    return read_motion(data, source)


def _takes(clips: Iterator[MotionClip]) -> Iterator[Example]:
    for _, people in groupby(clips, key=lambda clip: clip.take or clip.name):
        examples, middles = [], []
        for clip in people:
            joints = resample(clip.joints, clip.fps)
            examples.append(_example(clip, joints))
            hips = joints[:, 0] * UPRIGHT
            middles.append(np.nanmean(examples[-1].tracklet.camera * METRES - hips, axis=0))
        for example, middle in zip(examples, middles, strict=True):
            # Each was placed before a camera by itself: back to where they were to each other.
            back = (np.mean(middles, axis=0) - middle) / METRES
            camera = (example.tracklet.camera + back).astype(np.float32)
            yield replace(example, tracklet=replace(example.tracklet, camera=camera))


def _example(clip: MotionClip, joints: NDArray[np.floating]) -> Example:
    tracklet = from_joints(joints, fps=FPS, name=clip.name)
    spans = [Span(clip.label, 0, len(joints) - 1)]
    wanted = meaning(clip.source, clip.label).measured
    for ava_id, holds in measure(joints, FPS).items():
        if ava_id in wanted:
            spans += [
                Span(f"={ava_id}", first, last) for first, last in stretches(np.flatnonzero(holds))
            ]
    return Example(tracklet, clip.name, clip.subject, tuple(spans), clip.take)


def _of_clip(clip: VideoClip, perceived: Path, encoder: AppearanceEncoder) -> list[Example]:
    pair = clip.source == PAIRED
    people = tracked(clip, perceived, 2 if pair else 1)
    people = encoder.encode(pictures(clip, FPS), people)
    roles = (
        _roles(people, meaning(clip.source, clip.labels[0][0]).main) if pair else [""] * len(people)
    )
    examples = []
    for number, (tracklet, part) in enumerate(zip(people, roles, strict=True)):
        name = f"{clip.name}#{number}" if pair else clip.name
        examples.append(_labelled(clip, name, tracklet, part, clip.name if pair else ""))
    return examples


def _labelled(clip: VideoClip, name: str, tracklet: Tracklet, part: str, take: str) -> Example:
    seen = at_rate(tracklet, FPS)
    begin = round(float(tracklet.times[0]) * FPS)
    frame = begin + np.arange(len(seen))
    spans = []
    for label, since, until in clip.labels:
        first, last = (round(s * FPS) for s in (since, min(until, frame[-1] / FPS)))
        if last >= max(first, begin):
            spans.append(Span(label + part, max(first, begin), min(last, int(frame[-1]))))
    seen = replace(
        seen,
        frame=frame,
        appearance_frame=seen.appearance_frame - seen.first + begin,
        mask=None,
        video=replace(seen.video, frames=int(frame[-1]) + 1),
    )
    if any(LIE in meaning(clip.source, label + part).measured for label, *_ in clip.labels):
        spans += lying(seen)
    return Example(seen, name, clip.group, tuple(spans), take)


def lying(fallen: Tracklet) -> list[Span]:
    """When somebody who fell, and is seen at the study's rate, is measured to lie."""
    trunk = (fallen.joints[:, NECK] - fallen.joints[:, PELVIS]) * UPRIGHT
    holds = np.flatnonzero(lies(trunk, judged(fallen), FPS))
    return [
        Span(f"={LIE}", int(fallen.frame[first]), int(fallen.frame[last]))
        for first, last in stretches(holds)
    ]


def _roles(people: list[Tracklet], main: int | None) -> list[str]:
    """Who of two does it: whose hands, or feet, reach clearly further to the other; else unsure."""
    if main == POINT:
        return ["", ":other"][: len(people)]
    if main not in ONE_SIDED:
        return [""] * len(people)
    if len(people) < 2:
        return [":unsure"] * len(people)
    limbs = FEET if main == KICK else HANDS
    one, two = people
    reach = [_reach(one, two, limbs), _reach(two, one, limbs)]
    if max(reach) < CLEARLY * min(reach):
        return [":unsure"] * 2
    return ["" if mine == max(reach) else ":other" for mine in reach]


def _reach(person: Tracklet, other: Tracklet, limbs: list[int]) -> float:
    """How far a person's limbs reach to the other's side, in metres from the hips, at the most."""
    aside = [float(np.median(each.box[:, [0, 2]].mean(axis=1))) for each in (other, person)]
    towards = np.sign(aside[0] - aside[1])
    ahead = (person.joints[:, limbs, 0] - person.joints[:, :1, 0]) * towards
    return float(np.percentile(ahead.max(axis=1)[person.detected], 95))


def _counted(
    clips: Iterator[MotionClip], source: str, report: Report | None
) -> Iterator[MotionClip]:
    for done, clip in enumerate(clips, 1):
        yield clip
        if report:
            report(source, done)
