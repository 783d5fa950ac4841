"""Made-up studies with the structure of real ones: written as `lart study tabulate` writes them."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.study.results.grid_file import FORMAT, Kind

MISSING = (0.0, 0.2, 0.4, 0.6)
ACTIONS = {12: 900, 14: 700, 11: 240, 8: 160, 80: 75, 5: 40, 10: 12, 1: 6}
"""Action id -> true labels."""
DRAWS = 200


def kinds(appearances: Sequence[bool] = (False, True)) -> list[Kind]:
    """The kinds of the whole grid."""
    found = [Kind(a, True, ratio, True) for a in appearances for ratio in (0.0, 0.2, 0.4, 0.6)]
    found += [Kind(a, True, 0.0, False) for a in appearances]
    return [*found, Kind(appearances[0], False, 0.4, True)]


def truly(kind: Kind, missing: float) -> float:
    """The mAP around which a kind's models are drawn."""
    value = 0.40 + 0.06 * kind.appearance + 0.03 * kind.joints + 0.04 * kind.pretrained
    return value - missing * (0.35 - 0.3 * kind.mask_ratio)


def write_study(
    folder: Path,
    *,
    of: Sequence[Kind] | None = None,
    seeds: int = 3,
    name: str = "A made-up study",
    sets: dict[tuple[Kind, int], str] | None = None,
) -> Path:
    """A study of made-up models.

    Args:
        of: Its kinds; default: those of the whole grid.
        sets: (kind, seed) -> id of its result set.
    """
    chance = np.random.default_rng(0)
    draws = chance.normal(0, 0.03, DRAWS)
    rows, drawn, classes = [], [], []
    for seed in range(seeds):
        for kind in kinds() if of is None else of:
            luck = chance.normal(0, 0.012)
            cell = f"{kind.id}-seed{seed}"
            hard = {action: chance.normal(0, 0.02 + 0.5 / n) for action, n in ACTIONS.items()}
            for missing in MISSING:
                value = truly(kind, missing) + luck
                some = value + draws + chance.normal(0, 0.008, DRAWS)
                low, high = np.quantile(some, [0.025, 0.975])
                kept = (sets or {}).get((kind, seed), "") if missing == 0 else ""
                rows.append(
                    (cell, kind.appearance, kind.joints, kind.mask_ratio, kind.pretrained, seed,
                     missing, value, low, high, kept)
                )  # fmt: skip
                drawn.append(some)
                for action, positives in ACTIONS.items():
                    ap = float(np.clip(value + hard[action], 0, 1))
                    classes.append((cell, missing, action, ap, positives))
    columns = ["cell", "appearance", "joints", "mask_ratio", "pretrained", "seed", "missing"]
    columns += ["mean_ap", "low", "high", "set"]
    folder.mkdir(parents=True)
    facts = {"format": FORMAT, "name": name, "about": "Made-up figures, drawn by a programme.",
             "videos": 40, "keyframes": 300}  # fmt: skip
    (folder / "study.json").write_text(json.dumps(facts))
    pd.DataFrame(rows, columns=columns).to_csv(folder / "table.csv", index=False)
    columns = ["cell", "missing", "action_id", "ap", "positives"]
    pd.DataFrame(classes, columns=columns).to_csv(folder / "classes.csv", index=False)
    np.savez(folder / "draws.npz", drawn=np.array(drawn, np.float32).reshape(len(rows), DRAWS))
    return folder
