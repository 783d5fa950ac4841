"""Two kinds of models of a study against each other, and what a whole study says, in sentences.

Differences are paired: both kinds are judged on the same draws of the videos. Their intervals say
what other videos might change; what other seeds might change is seen in the seeds themselves.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.study.results.grid_file import LEVEL, Grid, Kind

FEW = 20
"""A class with fewer true labels than this says little."""
USUAL_MASK = 0.4
"""The mask ratio of the paper."""


@dataclass(frozen=True)
class Difference:
    """mAP of one kind minus that of another.

    Attributes:
        value, low, high: In mAP; the middle 95 % of paired draws of the videos.
        ahead, pairs: In how many of the seeds that both kinds have the second is better.
    """

    value: float
    low: float
    high: float
    ahead: int
    pairs: int

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0

    @property
    def interval(self) -> str:
        """The interval in words."""
        return f"95 % {points(self.low)} to {points(self.high)}"

    @property
    def verdict(self) -> str:
        """What may be believed of it, in words."""
        chance = "significant over these videos" if self.beyond_chance else "not significant"
        if self.pairs < 2:
            return f"{chance}; {'one seed' if self.pairs else 'no seed'} in common"
        return f"{chance}; better in {self.ahead} of {self.pairs} seeds"

    def __str__(self) -> str:
        return f"{points(self.value)} points ({self.interval}): {self.verdict}"


def points(share: float) -> str:
    """A difference of mAP in points, with its sign."""
    return f"{100 * share:+.1f}".replace("-", "−")


def difference(grid: Grid, a: Kind, b: Kind, missing: float = 0.0) -> Difference | None:
    """mAP of B minus A at a share of missing frames; None where either is not judged."""
    first, second = grid.estimate(a, missing), grid.estimate(b, missing)
    if first is None or second is None:
        return None
    mean_a, mean_b = (grid.drawn[grid.rows(kind, missing).index].mean(axis=0) for kind in (a, b))
    low, high = np.quantile(mean_b - mean_a, LEVEL)
    common = first.seeds.keys() & second.seeds.keys()
    ahead = sum(second.seeds[seed] > first.seeds[seed] for seed in common)
    return Difference(second.value - first.value, float(low), float(high), ahead, len(common))


def class_differences(grid: Grid, a: Kind, b: Kind, missing: float = 0.0) -> pd.DataFrame:
    """AP of each action, B minus A, means over seeds.

    Returns:
        One row an action that both kinds were judged on, ascending: action_id, action, positives,
        a, b, difference, few (whether it has fewer than `FEW` true labels), and spread (list of
        the differences of the seeds that both have).
    """
    parts = []
    for kind in (a, b):
        seeds = grid.rows(kind, missing).set_index("cell")["seed"]
        part = grid.classes[(grid.classes["missing"] == missing)]
        part = part[part["cell"].isin(seeds.index)]
        parts.append(part.assign(seed=part["cell"].map(seeds)))
    keys = ["action_id", "action"]
    mean_a, mean_b = (part.groupby(keys)["ap"].mean() for part in parts)
    table = pd.DataFrame({"a": mean_a, "b": mean_b}).dropna()
    table["positives"] = pd.concat(parts).groupby(keys)["positives"].max()
    table["difference"] = table["b"] - table["a"]
    table["few"] = table["positives"] < FEW
    both = parts[0].merge(parts[1], on=[*keys, "seed"], suffixes=("_a", "_b"))
    both["spread"] = both["ap_b"] - both["ap_a"]
    spread = both.groupby(keys)["spread"].apply(list)
    table["spread"] = [spread.get(key, []) for key in table.index]
    return table.reset_index().sort_values("difference", kind="stable", ignore_index=True)


def pair(grid: Grid) -> tuple[Kind, Kind]:
    """The two kinds to begin with: pose, and pose + appearance trained the same way, at the
    paper's mask ratio if they are there."""
    kinds = sorted(grid.kinds, key=lambda k: (not k.joints, not k.pretrained, _from_usual(k)))
    for kind in kinds:
        other = replace(kind, appearance=True)
        if not kind.appearance and other in grid.kinds:
            return kind, other
    return kinds[0], kinds[min(1, len(kinds) - 1)]


def findings(grid: Grid) -> list[str]:
    """What the study says of each of its questions that it has models for, one sentence each."""
    masks = sorted({k.mask_ratio for k in grid.kinds if k.pretrained and k.mask_ratio})
    mask = min(masks, key=lambda ratio: abs(ratio - USUAL_MASK)) if masks else 0.0
    most = grid.missing[-1]
    told = [(f"Masking {100 * mask:g} % against none", _trained(0.0), _trained(mask), 0.0)]
    if most:
        frames = f" with {100 * most:g} % of the frames missing"
        told.append((f"Masking {100 * mask:g} % against none{frames}", *told[0][1:3], most))
    told.append(("Pre-trained against from scratch", replace(_trained(0.0), pretrained=False),
                 _trained(0.0), 0.0))  # fmt: skip
    told.append(
        (
            "With the joints against without",
            replace(_trained(mask), joints=False),
            _trained(mask),
            0.0,
        )
    )
    said = []
    for question, a, b, missing in told:
        for appearance in (False, True):
            a, b = replace(a, appearance=appearance), replace(b, appearance=appearance)
            found = difference(grid, a, b, missing) if a != b else None
            if found:
                said.append(f"{question}, {b.inputs}: {found}.")
    a, b = pair(grid)
    found = difference(grid, a, b) if b == replace(a, appearance=True) and a != b else None
    if found:
        said.append(f"Pose + appearance against pose, {a.training}: {found}.")
    return said


def _trained(mask_ratio: float) -> Kind:
    return Kind(False, True, mask_ratio, True)


def _from_usual(kind: Kind) -> float:
    return abs(kind.mask_ratio - USUAL_MASK)
