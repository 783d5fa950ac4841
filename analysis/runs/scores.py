"""What models say of everyone in a stretch of frames, small enough to send while a video plays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import Actions, PersonActions

FAINTEST = 0.03
"""Actions that never reach this probability in the stretch are left out."""

MOST = 12
"""Actions a person at the most; the most probable stay."""


def scores(models: Sequence[Actions], first: int, last: int) -> dict[str, Any]:
    """Probabilities frame by frame, by one or two models.

    Args:
        first, last: Frames, both included.

    Returns:
        Track id (as a string) -> ``first`` frame and ``actions``, each with ``id``, ``name`` and
        the curves ``a`` (and ``b``) in thousandths, a value a frame, -1 where the model says
        nothing; the most probable action first.
    """
    found = {}
    for track_id in sorted({i for actions in models for i in actions.people}):
        spans = [_span(actions.people.get(track_id), first, last) for actions in models]
        frames = [span for span in spans if span is not None]
        if not frames:
            continue
        start, end = min(f[0] for f in frames), max(f[1] for f in frames)
        found[str(track_id)] = {
            "first": start,
            "actions": _actions(models, track_id, start, end),
        }
    return found


def _span(person: PersonActions | None, first: int, last: int) -> tuple[int, int] | None:
    if person is None:
        return None
    inside = person.frame[(person.frame >= first) & (person.frame <= last)]
    return (int(inside[0]), int(inside[-1])) if len(inside) else None


def _actions(
    models: Sequence[Actions], track_id: int, first: int, last: int
) -> list[dict[str, Any]]:
    curves: dict[int, dict[str, NDArray[np.int64]]] = {}
    for slot, actions in zip("ab", models, strict=False):
        person = actions.people.get(track_id)
        if person is None:
            continue
        inside = (person.frame >= first) & (person.frame <= last)
        rows = person.frame[inside] - first
        thousandths = np.rint(person.probability[inside] * 1000).astype(np.int64)
        for column, ava_id in enumerate(actions.ava_ids):
            curve = np.full(last - first + 1, -1)
            curve[rows] = thousandths[:, column]
            curves.setdefault(ava_id, {})[slot] = curve
    peaks = {i: max(int(c.max()) for c in slots.values()) for i, slots in curves.items()}
    ranked = sorted(peaks, key=lambda ava_id: (-peaks[ava_id], ava_id))
    return [
        {
            "id": ava_id,
            "name": ava_actions()[ava_id].name,
            **{slot: curve.tolist() for slot, curve in curves[ava_id].items()},
        }
        for ava_id in ranked[:MOST]
        if peaks[ava_id] >= FAINTEST * 1000
    ]
