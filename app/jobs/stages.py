"""The stages of a job as one way: how far the whole is, and how long it still takes."""

from collections.abc import Mapping
from typing import Any

WORDS = {
    "fetching the sample": "Fetching the sample",
    "perception": "Finding people and their bodies",
    "tracking": "Following each person",
    "appearance": "Looking at appearance",
    "actions": "Naming actions",
    "player": "Making the video for the browser",
    "layer": "Drawing the bodies",
    "export": "Making the file",
    "training": "Training",
    "import": "Reading the file",
    "fetching": "Fetching the file",
}
"""What people read of each stage."""

_RUN = {"perception": 19.0, "tracking": 1.0, "appearance": 0.5, "actions": 1.0, "layer": 8.0}
"""How long each stage of a run takes against the others: seconds for the sample, roughly."""

ORDER: Mapping[str, Mapping[str, float]] = {
    "sample": {"fetching the sample": 2.0} | _RUN,
    "video": _RUN,
    "teach": {"training": 10.0, "actions": 1.0},
    "import": {"import": 2.0, "actions": 1.0, "player": 4.0, "layer": 8.0},
}
"""Kind of job -> its stages in order and their shares; a kind that is not here has one stage."""

SAYS = 0.05
"""Share of a job from which on the time it took says how long the rest takes."""


def share(kind: str, now: Mapping[str, Any]) -> float:
    """How far the whole of a job is, 0..1; a stage that nobody knows counts alone."""
    before, own, after = _shares(kind, now["stage"])
    return min((before + own * _part(now)) / (before + own + after), 1.0)


def left(kind: str, now: Mapping[str, Any], elapsed: float) -> float:
    """Seconds that the whole of a job still takes; 0 where it is too early to say.

    Args:
        now: The worker's last word (`Job.progress`).
        elapsed: Seconds since the job began.
    """
    _, own, after = _shares(kind, now["stage"])
    done = share(kind, now)
    remaining = float(now["remaining"] or 0.0)
    part = _part(now)
    if remaining and SAYS <= part < 1:
        return remaining + after * remaining / (own * (1 - part))
    return elapsed * (1 - done) / done if done >= SAYS else 0.0


def _part(now: Mapping[str, Any]) -> float:
    """How far the present stage is, 0..1."""
    return min(now["done"] / now["total"], 1.0) if now["total"] else 0.0


def _shares(kind: str, stage: str) -> tuple[float, float, float]:
    """The shares of the stages before, of this one, and after."""
    order = ORDER.get(kind, {})
    if stage not in order:
        return 0.0, 1.0, 0.0
    names = list(order)
    at = names.index(stage)
    return (
        sum(order[name] for name in names[:at]),
        order[stage],
        sum(order[name] for name in names[at + 1 :]),
    )
