"""What models say of people, as `lart run --json` and `lart actions --json` print it."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import Actions, PersonActions
from lart_core.runs.run import Run
from lart_core.series import stretches
from lart_core.tracklet import Tracklet, VideoFacts
from lart_core.tracklet.sight import seen

SPAN_THRESHOLD = 0.5
"""Probability from which an action counts as taking place."""

SPAN_BRIDGE = 0.5
"""Seconds that an action may drop below the threshold without ending its span."""


def summarise(run: Run, model: str | None = None) -> dict[str, Any]:
    """People, frames, seconds a stage, and every action of `model` with its time spans.

    Args:
        model: A model of the run; the first if none is named.

    Returns:
        The JSON object that docs/reference/run_folder.md describes.
    """
    models = run.models()
    chosen = model or (models[0] if models else None)
    actions = run.actions_of_people(chosen) if chosen else None
    video = run.video
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
        "tracks": tracks(run.people(), actions, video),
        "seconds": {
            name: stage["seconds"]
            for name, stage in run.facts["stages"].items()
            if "seconds" in stage
        },
    }


def tracks(
    people: Iterable[Tracklet], actions: Actions | None, video: VideoFacts | None = None
) -> list[dict[str, Any]]:
    """One JSON object a tracklet: where it is, and every action with its time spans.

    Args:
        people: Tracklets.
        actions: What a model says of them; those it does not know get an empty list.
        video: What times go by; by default each tracklet's own.

    Returns:
        As in `summarise`. Actions are sorted by mean probability over the tracklet's frames; those
        that the model does not know are not in it.
    """
    said = actions.people if actions else {}
    ava_ids = actions.ava_ids if actions else ()
    return [
        _track(person)
        | {
            "actions": _actions(said[person.track_id], ava_ids, video or person.video)
            if person.track_id in said
            else [],
            "silent": actions and silence(person, actions),
        }
        for person in people
    ]


def silence(person: Tracklet, actions: Actions) -> str | None:
    """Why a model says nothing of somebody, in a sentence; None where it says something."""
    said = actions.people.get(person.track_id)
    if said is None or said.probability.any():
        return None
    lifted = "no body could be lifted" if not person.detected.any() else "too little was seen"
    return f"{lifted}, and {actions.model} says nothing of people by appearance alone"


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
    lifted = person.box[person.detected]
    median = np.median(lifted if len(lifted) else person.box, axis=0)
    return {
        "id": person.track_id,
        "first": person.first,
        "last": person.last,
        "seen": int(seen(person).sum()),
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
