"""AVA's 80 actions: ids, names, groups, and the 60 that are scored."""

import csv
from dataclasses import dataclass
from functools import cache

from lart_core.paths import asset


@dataclass(frozen=True)
class Action:
    """One action of AVA's list (v2.2).

    Attributes:
        ava_id: 1..80.
        name: AVA's name, for example ``"jump/leap"``.
        group: ``"person movement"``, ``"object manipulation"`` or ``"person interaction"``.
        evaluated: Whether it is one of the 60 actions that AVA's figure is made of.
    """

    ava_id: int
    name: str
    group: str
    evaluated: bool


@cache
def ava_actions() -> dict[int, Action]:
    """The 80 actions by AVA id, in AVA's order."""
    with asset("labels/ava80.csv").open(newline="", encoding="utf-8") as file:
        return {
            int(row["ava_id"]): Action(
                int(row["ava_id"]), row["name"], row["group"], row["evaluated"] == "1"
            )
            for row in csv.DictReader(file)
        }
