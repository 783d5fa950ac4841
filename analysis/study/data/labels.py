"""What each data set's labels mean in AVA's 80 actions (`assets/labels/study.csv`)."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError
from lart_core.paths import asset

POSITIVE, NEGATIVE, UNSURE = 1, 0, -1

TWO_PEOPLE = frozenset({43, 64, 68, 70, 71, 76})
"""AVA ids of what only the sets of two people show: point to, hit (a person), shake hands, hug,
kick and push (another person)."""


@dataclass(frozen=True)
class Meaning:
    """One label of a data set.

    Attributes:
        main: The one AVA id that the label stands for in single-label protocols, or None.
        actions: AVA ids of what such a person does, all at the same time.
        measured: AVA ids of postures that come and go within the clip and are measured frame by
            frame (`analysis.study.data.posture`).
        unsure: AVA ids that may or may not hold; they are neither taught nor judged. What is
            measured, too, is known where it was found.
        reason: Why, where the row can be doubted.
    """

    main: int | None
    actions: frozenset[int]
    measured: frozenset[int]
    unsure: frozenset[int]
    reason: str


@cache
def meanings() -> dict[tuple[str, str], Meaning]:
    """(source, label) -> meaning, for every label of every source of the study."""
    with asset("labels/study.csv").open(newline="", encoding="utf-8") as file:
        return {
            (row["source"], row["label"]): Meaning(
                int(row["main"]) if row["main"] else None,
                _ids(row["actions"]),
                _ids(row["measured"]),
                _ids(row["unsure"]),
                row["reason"],
            )
            for row in csv.DictReader(file)
        }


def meaning(source: str, label: str) -> Meaning:
    """The meaning of a label; a `LartError` where the table has no such row."""
    try:
        return meanings()[source, label]
    except KeyError:
        raise LartError(
            f"Expected a label of the study's table, but got {label!r} of {source!r}; "
            "add a row to assets/labels/study.csv."
        ) from None


def target(source: str, labels: Iterable[str], measured: Iterable[int] = ()) -> NDArray[np.int8]:
    """(80,) what a person with these labels at once does: 1 does, 0 does not, -1 not known.

    Column i is AVA id i + 1. `measured` are AVA ids that were found at this moment. What one label
    is unsure of, another may assert.
    """
    column = np.full(len(ava_actions()), NEGATIVE, np.int8)
    all_meanings = [meaning(source, label) for label in labels]
    for m in all_meanings:
        column[[i - 1 for i in m.unsure]] = UNSURE
    for m in all_meanings:
        column[[i - 1 for i in m.actions]] = POSITIVE
    column[[i - 1 for i in measured]] = POSITIVE
    return column


def _ids(cell: str) -> frozenset[int]:
    return frozenset(int(i) for i in cell.split(";") if i)
