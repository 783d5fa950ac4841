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
    box: Sequence[float],
    label: tuple[float, float],
    size: tuple[int, int],
    taken: Sequence[Place],
    heads: Sequence[Place] = (),
) -> tuple[float, float]:
    """Where a label goes: above the box, else below it, else on its lower end; never on head and
    chest, if it can be nor on those of the others. Past labels that are there already it moves away
    from the box.

    Args:
        box: x1 y1 x2 y2. label: Width and height. size: Width and height of the picture.
        taken: Where labels are. heads: Where the others' heads and chests are (`head_of`).

    Returns:
        Left and top.
    """
    x1, y1, _, y2 = box
    width, height = label
    across, down = size
    left = max(0.0, min(x1, across - width))

    def free(top: float, places: Sequence[Place]) -> bool:
        return not any(
            left < right and left + width > begin and top < bottom and top + height > above
            for begin, above, right, bottom in places
        )

    foot = max(0.0, y2)
    above = [y1 - height * (n + 1) for n in range(int(y1 // height))]
    under = [foot + height * n for n in range(int((down - foot) // height))]
    lower_end = max(0.0, min(y2, down) - height)
    tops = [*above, *under[:1], lower_end, *under[1:]]
    for places in ([*taken, *heads], taken):
        top = next((top for top in tops if free(top, places)), None)
        if top is not None:
            return left, top
    return left, lower_end


def head_of(box: Sequence[float]) -> Place:
    """Where a person's head and chest are: the upper half of the box."""
    x1, y1, x2, y2 = box
    return x1, y1, x2, (y1 + y2) / 2


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
