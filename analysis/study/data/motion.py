"""Reader of motion sets: joints in metres with one label a clip.

A set is ``<source>.npz`` (`joints` (frames, 20, 3), `start`, `length`) beside ``clips.tsv``, whose
rows name each clip's source, number, subject, label, frame rate and person.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError

CITI = "citi"
"""A set that is read as its makers keep it (`analysis.study.data.citi`)."""
MOTION_SOURCES = (
    "nw_ucla", "utd_mhad", "utkinect", "sbu_interaction", CITI, "msr_daily", "msr_action",
    "cad60", "kard", "cdta", "kinder_gator", "precog", "cmu_expmap",
)  # fmt: skip
"""The sets that shipped weights may learn from. Bandai-Namco's (CC BY-NC 4.0) is left out."""

PAIRED_MOTION = "sbu_interaction"
"""The set of two people who do something to each other."""


@dataclass(frozen=True)
class MotionClip:
    """One person in one clip of a motion set.

    Attributes:
        source, name, subject: Data set, unique name in it, and whom it shows.
        label: A label of `analysis.study.data.labels`.
        fps: Frames a second.
        joints: (T, 20, 3) metres, Kinect v1 order, y up.
        take: Shared by people who were recorded together, one after the other; else empty.
    """

    source: str
    name: str
    subject: str
    label: str
    fps: float
    joints: NDArray[np.float32]
    take: str = ""


def read_motion(folder: Path, source: str) -> Iterator[MotionClip]:
    """The clips of one set, in the order of ``clips.tsv``.

    In sets of two people the one whose limbs move less gets the label ``<label>:other``.

    Raises:
        LartError: The folder has no such set.
    """
    try:
        with (folder / "clips.tsv").open(newline="", encoding="utf-8") as file:
            rows = [r for r in csv.DictReader(file, delimiter="\t") if r["dataset"] == source]
        with np.load(folder / f"{source}.npz", allow_pickle=False) as arrays:
            joints, start, length = (arrays[k] for k in ("joints", "start", "length"))
    except (OSError, KeyError, ValueError) as error:
        raise LartError(f"Expected the motion set {source!r} in {folder}, but {error}.") from None
    clips = [
        joints[start[i] : start[i] + length[i]].astype(np.float32)
        for i in (int(row["clip"]) for row in rows)
    ]
    others = _others(rows, clips)
    for number, (row, clip) in enumerate(zip(rows, clips, strict=True)):
        yield MotionClip(
            source,
            f"{source}/{row['clip']}",
            row["subject_or_style"],
            row["label"] + (":other" if number in others else ""),
            float(row["fps"]),
            clip,
            row["source_file"] if source == PAIRED_MOTION else "",
        )


def _others(rows: list[dict[str, str]], clips: list[NDArray[np.float32]]) -> set[int]:
    takes: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        if row["dataset"] == PAIRED_MOTION:
            takes.setdefault(row["source_file"], []).append(number)
    return {min(pair, key=lambda i: _travel(clips[i])) for pair in takes.values() if len(pair) == 2}


def _travel(joints: NDArray[np.float32]) -> float:
    """Mean path length of a clip's joints in metres."""
    return float(np.linalg.norm(np.diff(joints, axis=0), axis=-1).sum(0).mean())
