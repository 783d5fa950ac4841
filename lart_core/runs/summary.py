"""The summary of a run, as `lart run --json` prints it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import PersonActions
from lart_core.runs.run import Run
from lart_core.series import stretches
from lart_core.tracklet import Tracklet, VideoFacts

SPAN_THRESHOLD = 0.5
"""Probability from which an action counts as taking place."""

SPAN_BRIDGE = 0.5
"""Seconds that an action may drop below the threshold without ending its span."""


def summarise(run: Run, model: str | None = None) -> dict[str, Any]:
    """People, frames, seconds a stage, and every action of `model` with its time spans.

    Args:
        model: A model of the run; the first if none is named.

    Returns:
        The JSON object that the README describes. Actions are sorted by mean probability over the
        person's frames; those the model does not know are not in it.
    """
    models = run.models()
    chosen = model or (models[0] if models else None)
    actions = run.actions_of_people(chosen) if chosen else None
    video = run.video
    tracks = []
    for person in run.people():
        said = actions.people.get(person.track_id) if actions else None
        tracks.append(
            _track(person)
            | {"actions": _actions(said, actions.ava_ids, video) if actions and said else []}
        )
    return {
        "run": str(run.path),
        "model": chosen,
        "video": {
            "frames": video.frames,
            "fps": video.fps,
            "seconds": round(video.seconds, 3),
            "variable": video.variable,
            "lost": run.lost,
            "begins_at": run.begins_at,
            "width": video.width,
            "height": video.height,
        },
        "tracks": tracks,
        "seconds": {
            name: stage["seconds"]
            for name, stage in run.facts["stages"].items()
            if "seconds" in stage
        },
    }


def spans(
    frame: NDArray[np.int64], probability: NDArray[np.float32], video: VideoFacts
) -> list[list[int]]:
    """Stretches [first, last] of frames in which `probability` (T,) takes place."""
    return stretches(frame[probability >= SPAN_THRESHOLD], SPAN_BRIDGE, video.second_of)


def _spans(
    frame: NDArray[np.int64], probability: NDArray[np.float32], video: VideoFacts
) -> dict[str, Any]:
    """When it takes place, in frames and in seconds."""
    found = spans(frame, probability, video)
    seconds = [np.round(video.second_of([first, last + 1]), 3).tolist() for first, last in found]
    return {"spans": found, "spans_seconds": seconds}


def _track(person: Tracklet) -> dict[str, Any]:
    seen = person.box[person.detected]
    median = np.median(seen if len(seen) else person.box, axis=0)
    return {
        "id": person.track_id,
        "first": person.first,
        "last": person.last,
        "detected": int(person.detected.sum()),
        "box_median": [round(float(value), 1) for value in median],
    }


def _actions(
    said: PersonActions, ava_ids: tuple[int, ...], video: VideoFacts
) -> list[dict[str, Any]]:
    names = ava_actions()
    mean = said.probability.mean(axis=0)
    return [
        {
            "name": names[ava_ids[column]].name,
            "ava_id": ava_ids[column],
            "mean": round(float(mean[column]), 4),
            "max": round(float(said.probability[:, column].max()), 4),
            **_spans(said.frame, said.probability[:, column], video),
        }
        for column in np.argsort(-mean, kind="stable")
    ]
