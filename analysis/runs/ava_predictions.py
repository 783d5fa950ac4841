"""Predictions in AVA's layout from processed videos."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.formats import ava_table
from lart_core.model.inference import at_keyframes
from lart_core.runs.actions import Actions
from lart_core.runs.run import Run
from lart_core.tracking import ticks
from lart_core.tracklet import Tracklet
from lart_core.tracklet.sight import seen

_NOBODY = "Expected people at the keyframes, but nobody is there in any of the {count} videos."


class NobodyThere(LartError):
    """Nobody is at any keyframe of a video: there is nothing to judge in it."""


def predictions_of_run(
    run: Run, model: str | Actions, video: str | None = None, begins_at: float | None = None
) -> pd.DataFrame:
    """What a model says of a run's people at the keyframes.

    Where boxes were given, the given people (from `Run.least_score` on) are judged in the frames
    that they were given in, each by the mask token's scores if no body could be lifted (supplement
    B.2). Otherwise everyone who is seen at a whole second is. Where people were followed in
    windows, what is said at a keyframe comes from that keyframe's window only (B.1).

    Args:
        run: A processed video; its actions are averaged over the 0.4 s around a keyframe, the
            paper's 12 tokens (`lart_core.model.inference.at_keyframes`).
        model: Which of its models, whose word is then of the people as somebody corrected them; or
            what one says of its `Run.tracklets`.
        video: The video's id in the ground truth; default: its file name without ending.
        begins_at: Second of the original film at which the video begins (900 for the 15-minute
            clips that AVA's tools cut); default: what the run knows (`Run.begun`).

    Returns:
        A table as `analysis.read_predictions` gives it: one row a person, keyframe and action.

    Raises:
        LartError: No person is there at any keyframe.
    """
    name = video or video_id(run)
    clock = Clock.of(run, begins_at)
    people, actions = _said(run, model)
    judged, given = [], False
    for tracklet in people:
        given = given or len(tracklet.given) > 0
        sure = tracklet.score[tracklet.given - tracklet.first] >= run.least_score
        judged.append((tracklet.given[sure], said_of(tracklet, actions, clock)))
    parts = []
    for frames, part in judged:
        if part is not None:
            parts.append(part[part["frame"].isin(frames)] if given else part)
    table = pd.concat(parts or [pd.DataFrame()], ignore_index=True)
    if table.empty:
        raise NobodyThere(
            f"Expected people at the keyframes of {name}, found none: there is nothing to judge."
        )
    table = table.drop(columns="frame")
    table.insert(0, "video", pd.Categorical([name] * len(table)))
    return table


def _said(run: Run, model: str | Actions) -> tuple[Iterable[Tracklet], Actions]:
    """The people to judge, and what is said of them."""
    if not isinstance(model, str):
        return run.tracklets(), model
    actions = run.actions(model) if run.in_windows else run.actions_of_people(model)
    return run.people_by_window(), actions


def distinct(runs: Iterable[Run]) -> tuple[list[Run], list[tuple[Run, Run]]]:
    """Each video once.

    Two runs are of one video if the files are the same, or if they have the same name, which is all
    that tables of predictions know of a video.

    Returns:
        The first run of each video, and (left out, in its place) for all others.
    """
    kept: list[Run] = []
    twice: list[tuple[Run, Run]] = []
    by_key: dict[str, Run] = {}
    for run in runs:
        keys = (f"file {run.video.sha256}", f"name {video_id(run)}")
        first = next((by_key[key] for key in keys if key in by_key), None)
        if first is None:
            kept.append(run)
        else:
            twice.append((run, first))
        by_key |= dict.fromkeys(keys, first or run)
    return kept, twice


def video_id(run: Run) -> str:
    """What tables of predictions call a run's video: its file's name without the ending."""
    return ava_table.video_id(run.video.name)


def predictions_of_runs(
    runs: Iterable[Run], model: str, begins_at: float | None = None
) -> pd.DataFrame:
    """`predictions_of_run` for several videos, in one table.

    A video in which nobody is at a keyframe has no rows: every label of it is missed. A video that
    was processed twice (`distinct`) counts once.

    Raises:
        LartError: Nobody is at any keyframe of any of them.
    """
    once, _ = distinct(runs)
    tables, empty = [], []
    for run in once:
        try:
            tables.append(predictions_of_run(run, model, begins_at=begins_at))
        except NobodyThere as error:
            empty.append(str(error))
    if not tables:
        raise LartError(empty[0] if len(empty) == 1 else _NOBODY.format(count=len(empty)))
    both = pd.concat([t.astype({"video": str}) for t in tables], ignore_index=True)
    return both.astype({"video": "category"})


@dataclass(frozen=True)
class Clock:
    """The film's clock in a run.

    Attributes:
        begins: Second of the film at which the run begins.
        asked: Frame -> the seconds since then that it was asked for: a frame alone does not tell.
    """

    begins: float
    asked: Mapping[int, Sequence[float]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, begins_at: float | None = None) -> "Clock":
        """The clock of a run; `begins_at` as of `predictions_of_run`.

        Asked for are the frames of given boxes, or those that windows are around.
        """
        asked, settings = run.given_at, run.facts["settings"]
        hz = settings.get("keyframes_hz")
        if settings.get("window") and (hz or not settings.get("boxes")):
            at_ticks: dict[int, list[float]] = {}
            for frame, second in zip(*ticks(run.video, hz, run.begins_at), strict=True):
                at_ticks.setdefault(int(frame), []).append(float(second))
            asked = asked | at_ticks
        return cls(run.begun(begins_at), asked)


def said_of(tracklet: Tracklet, actions: Actions, clock: Clock) -> pd.DataFrame | None:
    """What a model says of a person at the person's `keyframes`, with the ``frame`` of each row and
    without the video's name; None where it says nothing."""
    person = actions.people.get(tracklet.track_id)
    if person is None or not person.frame.size:
        return None
    keyframe, seconds = keyframes(tracklet, clock)
    there = (keyframe >= person.frame[0]) & (keyframe <= person.frame[-1])
    keyframe, seconds = keyframe[there], seconds[there]
    if not keyframe.size:
        return None
    mean = at_keyframes(person, keyframe.tolist(), tracklet.video)
    row, classes = keyframe - tracklet.first, len(actions.ava_ids)
    size = [tracklet.video.width, tracklet.video.height] * 2
    box = np.repeat(tracklet.box[row].astype(float) / size, classes, axis=0)
    columns = {"timestamp": np.repeat(seconds, classes)}
    columns |= {c: np.clip(box[:, i], 0, 1) for i, c in enumerate(("x1", "y1", "x2", "y2"))}
    columns["action_id"] = np.tile(np.array(actions.ava_ids, np.int32), len(keyframe))
    columns["score"] = mean.astype(float).ravel()
    columns["frame"] = np.repeat(keyframe, classes)
    return pd.DataFrame(columns)


def keyframes(tracklet: Tracklet, clock: Clock) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where a person may be judged: frames, and their seconds on the film's clock.

    These are the window's own keyframe, or the given frames, or else those at whole seconds. A
    given frame, or a window's, stands for the seconds that it was asked for; where nobody noted
    them, for the whole seconds at which it is on the screen, or else for its own.
    """
    video, begins = tracklet.video, clock.begins
    seconds = np.arange(np.ceil(begins - 1e-6) + 0.0, begins + video.seconds)
    frame = video.frame_at(seconds - begins)
    if tracklet.keyframe is None and not len(tracklet.given):
        here = (frame >= tracklet.first) & (frame <= tracklet.last)
        return _seen(tracklet, frame[here], seconds[here])
    wanted = tracklet.given if tracklet.keyframe is None else np.array([tracklet.keyframe])
    asked = np.array([[n, at] for n in wanted.tolist() for at in clock.asked.get(n, ())])
    asked = asked.reshape(-1, 2)
    wanted = np.setdiff1d(wanted, asked[:, 0])
    here, rest = np.isin(frame, wanted), np.setdiff1d(wanted, frame)
    frame = np.concatenate([asked[:, 0].astype(np.int64), frame[here], rest])
    own = np.round(video.second_of(rest) + begins, 3)
    seconds = np.concatenate([np.round(asked[:, 1] + begins, 6), seconds[here], own])
    order = np.argsort(seconds, kind="stable")
    if tracklet.keyframe is None:
        return frame[order], seconds[order]
    return _seen(tracklet, frame[order], seconds[order])


def _seen(
    tracklet: Tracklet, frame: NDArray[np.int64], seconds: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    there = seen(tracklet)[frame - tracklet.first]
    return frame[there], seconds[there]
