"""Predictions in AVA's layout from processed videos."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from lart_core.errors import LartError
from lart_core.model.inference import at_keyframes
from lart_core.runs.actions import Actions
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet


def predictions_of_run(
    run: Run, model: str, video: str | None = None, begins_at: float = 0.0
) -> pd.DataFrame:
    """What a model says of a run's people at the keyframes, one a second.

    Args:
        run: A processed video; its actions are averaged over the 12 tokens around a keyframe, as
            the paper does (`lart_core.model.inference.at_keyframes`).
        model: Which of its models.
        video: The video's id in the ground truth; default: its file name without ending.
        begins_at: Second of the original film at which the video begins (900 for the 15-minute
            clips that AVA's tools cut).

    Returns:
        A table as `analysis.read_predictions` gives it: one row a person, keyframe and action.

    Raises:
        LartError: No person is there at any keyframe.
    """
    size = (run.video.width, run.video.height)
    actions = run.actions(model)
    name = video or run.video.name.rsplit(".", 1)[0]
    parts = [_of_person(tracklet, actions, run.video.fps, size) for tracklet in run.tracklets()]
    table = pd.concat([p for p in parts if p is not None] or [pd.DataFrame()], ignore_index=True)
    if table.empty:
        raise LartError(
            f"Expected people at whole seconds of {name}, found none: there is nothing to judge."
        )
    table["timestamp"] += begins_at
    table.insert(0, "video", pd.Categorical([name] * len(table)))
    return table


def predictions_of_runs(runs: Iterable[Run], model: str, begins_at: float = 0.0) -> pd.DataFrame:
    """`predictions_of_run` for several videos, in one table."""
    tables = [predictions_of_run(run, model, begins_at=begins_at) for run in runs]
    both = pd.concat([t.astype({"video": str}) for t in tables], ignore_index=True)
    return both.astype({"video": "category"})


def _of_person(
    tracklet: Tracklet, actions: Actions, fps: float, size: tuple[int, int]
) -> pd.DataFrame | None:
    person = actions.people.get(tracklet.track_id)
    if person is None or not person.frame.size:
        return None
    seconds = np.arange(int(tracklet.frame[-1] / fps) + 1)
    keyframe = np.round(seconds * fps).astype(np.int64)
    row = np.searchsorted(tracklet.frame, keyframe)
    there = row < tracklet.frame.size
    there[there] = (tracklet.frame[row[there]] == keyframe[there]) & tracklet.detected[row[there]]
    there &= (keyframe >= person.frame[0]) & (keyframe <= person.frame[-1])
    if not there.any():
        return None
    seconds, row = seconds[there], row[there]
    mean = at_keyframes(person, keyframe[there].tolist())
    n, classes = len(seconds), len(actions.ava_ids)
    box = np.repeat(tracklet.box[row].astype(float) / [*size, *size], classes, axis=0)
    columns = {"timestamp": np.repeat(seconds.astype(float), classes)}
    columns |= {c: np.clip(box[:, i], 0, 1) for i, c in enumerate(("x1", "y1", "x2", "y2"))}
    columns["action_id"] = np.tile(np.array(actions.ava_ids, np.int32), n)
    columns["score"] = mean.astype(float).ravel()
    return pd.DataFrame(columns)
