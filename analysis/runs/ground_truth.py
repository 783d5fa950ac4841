"""What people said of a run's people: AVA labels of the video, matched to the tracks."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from analysis.ava.boxes import boxes_of, iou
from analysis.ava.csv_file import Source, read_ground_truth
from lart_core.atomic_files import write_bytes
from lart_core.errors import LartError
from lart_core.formats.ava_table import video_id
from lart_core.runs.run import Run
from lart_core.series import joined
from lart_core.tracklet import Tracklet

FILE = "truth.csv"
"""In the run's folder: AVA's layout, seconds from the beginning of the run."""

LEAST_OVERLAP = 0.5
HALF_WINDOW = 0.5
"""Seconds around its keyframe for which a label is drawn; AVA labels one keyframe a second."""


def add_truth(run: Run, source: Source, name: str, *, begins_at: float | None = None) -> int:
    """Keep the labels of the run's video.

    Args:
        source: Ground truth in AVA's CSV layout; rows of other videos are left out.
        name: The file's name, for messages.
        begins_at: Second of the film at which the video begins (900 for AVA's 15-minute cuts);
            default: what the run knows.

    Returns:
        How many labels there are.

    Raises:
        LartError: The file is not of that layout or has no label of this video.
    """
    table = read_ground_truth(source, name)
    video = video_id(run.video.name)
    table = table[(table["video"].astype(str) == video) & (table["action_id"] > 0)].copy()
    table["timestamp"] -= run.begun(begins_at)
    length = run.video.seconds
    table = table[(table["timestamp"] >= 0) & (table["timestamp"] <= length)]
    if table.empty:
        raise LartError(
            f"Expected labels of {video!r} within its {length:.1f} s in {name}, but there are "
            "none; do video name and beginning agree?"
        )
    columns = ["video", "timestamp", "x1", "y1", "x2", "y2", "action_id"]
    write_bytes(run.path / FILE, table[columns].to_csv(header=False, index=False).encode())
    return len(table)


def truth_of(run: Run, people: Iterable[Tracklet]) -> dict[int, dict[int, list[list[int]]]]:
    """The labels of each track: track id -> AVA id -> stretches [first, last] of frames.

    A label belongs to the track whose box overlaps its box most at the keyframe, from an IoU of
    0.5 on. Without labels the answer is {}.
    """
    path = run.path / FILE
    if not path.is_file():
        return {}
    table = read_ground_truth(path)
    video = run.video
    boxes = boxes_of(table) * np.array([video.width, video.height] * 2)
    keyframes = np.clip(video.frame_at(table["timestamp"]), 0, video.frames - 1)
    best = np.full(len(table), LEAST_OVERLAP)
    owner = np.zeros(len(table), int)
    for person in people:
        here = np.flatnonzero((keyframes >= person.first) & (keyframes <= person.last))
        overlap = iou(boxes[here], person.box[keyframes[here] - person.first].astype(float))
        better = here[overlap >= best[here]]
        best[better] = overlap[overlap >= best[here]]
        owner[better] = person.track_id
    found: dict[int, dict[int, list[list[int]]]] = defaultdict(lambda: defaultdict(list))
    for row in np.flatnonzero(owner):
        around = table["timestamp"].iloc[row] + np.array([-HALF_WINDOW, HALF_WINDOW])
        first, end = np.clip(video.frame_at(around), 0, video.frames).tolist()
        span = [first, max(first, end - 1)]
        found[int(owner[row])][int(table["action_id"].iloc[row])].append(span)
    return {
        track: {action: joined(spans) for action, spans in actions.items()}
        for track, actions in found.items()
    }
