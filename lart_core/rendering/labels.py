"""What is written at a person in a picture, and where: the same words and places as in the player
(`nameOf` and `labelPlace` of `app/watch/player/overlay.js`)."""

import math
import re
from collections.abc import Sequence

from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import Actions
from lart_core.runs.corrections import Corrections

FAINTEST = 0.005
"""Probability below which an action is not written."""

Place = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def label_text(
    person: int, frame: int, seen: bool, actions: Actions | None, corrections: Corrections
) -> str:
    """The person's number and what the person does: as somebody corrected it, or what the model
    finds most probable.

    Args:
        seen: Whether the person was seen in this frame, and not only predicted.
    """
    done = [
        ava_id
        for ava_id, spans in corrections.of(person).items()
        if any(first <= frame <= last for first, last in spans)
    ]
    words = [str(person)]
    if done:
        words.append(f"{', '.join(_short(ava_id) for ava_id in done)} (corrected)")
    else:
        words += _most_probable(actions, person, frame)
    return "  ".join(words if seen else [*words, "predicted"])


def label_place(
    box: Sequence[float], label: tuple[float, float], size: tuple[int, int], taken: Sequence[Place]
) -> tuple[float, float]:
    """Where a label goes: above the box, else below it, else on its lower end, never on head and
    chest; past labels that are there already it moves away from the box.

    Args:
        box: x1 y1 x2 y2. label: Width and height. size: Width and height of the picture.

    Returns:
        Left and top.
    """
    x1, y1, _, y2 = box
    width, height = label
    across, down = size
    left = max(0.0, min(x1, across - width))

    def free(top: float) -> bool:
        return not any(
            left < right and left + width > begin and top < bottom and top + height > above
            for begin, above, right, bottom in taken
        )

    top = y1 - height
    while top >= 0:
        if free(top):
            return left, top
        top -= height
    top = max(0.0, y2)
    while top + height <= down:
        if free(top):
            return left, top
        top += height
    return left, max(0.0, min(y2, down) - height)


def _most_probable(actions: Actions | None, person: int, frame: int) -> list[str]:
    said = actions.people.get(person) if actions else None
    if actions is None or said is None or not said.frame[0] <= frame <= said.frame[-1]:
        return []
    row = said.probability[frame - int(said.frame[0])]
    best = int(row.argmax())
    if row[best] < FAINTEST:
        return []
    percent = math.floor(round(float(row[best]) * 1000) / 10 + 0.5)
    return [f"{_short(actions.ava_ids[best])} {percent} %"]


def _short(ava_id: int) -> str:
    """An AVA action without its explanation."""
    return re.sub(r" \(.*\)$", "", ava_actions()[ava_id].name)
