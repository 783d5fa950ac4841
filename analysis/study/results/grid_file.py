"""A judged study as `lart study tabulate` writes it: models by kind and seed, with their figures.

A study is a folder: study.json (what it is), table.csv (one row a model and share of missing
frames), classes.csv (one row a model, share and action) and draws.npz (mAP of each row in draws of
the videos; draw j has the same videos in every row, so that rows can be compared pairwise).
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError
from lart_core.paths import asset
from lart_core.shelf import Shelf
from lart_core.stored_files import expect_format, one_line, read_json, read_npz, reading

FORMAT = "lart-lens study 1"
LEVEL = (0.025, 0.975)
SHIPPED = "_shipped"
"""The id of the study that comes with the product."""
STUDIES = Shelf(
    "studies",
    r"[A-Za-z0-9][\w.-]{0,80}",
    "study.json",
    "There is no study {id} on this machine; `lart study tabulate --keep` puts one here.",
)
FLAGS = ["appearance", "joints", "pretrained"]
FIGURES = ["mask_ratio", "missing", "mean_ap", "low", "high"]
COLUMNS = {"cell", "seed", "set", *FLAGS, *FIGURES}
CLASS_TYPES = {"missing": float, "action_id": int, "ap": float, "positives": int}
CLASS_COLUMNS = {"cell", *CLASS_TYPES}


@dataclass(frozen=True)
class Kind:
    """What models of different seeds have in common.

    Attributes:
        appearance: Whether they see appearance besides the pose.
        joints: Whether they see the joints besides the person vector.
        mask_ratio: Share of tokens that was masked in pre-training.
        pretrained: Whether they were pre-trained at all.
    """

    appearance: bool
    joints: bool
    mask_ratio: float
    pretrained: bool

    @property
    def id(self) -> str:
        """For addresses: ``pose-mask40``."""
        start = f"mask{round(100 * self.mask_ratio):02d}" if self.pretrained else "scratch"
        inputs = "both" if self.appearance else "pose"
        return f"{inputs}-{start}" + ("" if self.joints else "-nojoints")

    @property
    def inputs(self) -> str:
        """What they see, in words."""
        return "pose + appearance" if self.appearance else "pose"

    @property
    def training(self) -> str:
        """How they were trained, in words."""
        if not self.pretrained:
            return "from scratch"
        return f"masking {100 * self.mask_ratio:g} %" if self.mask_ratio else "no masking"

    def __str__(self) -> str:
        return f"{self.inputs}{'' if self.joints else ' without joints'}, {self.training}"


@dataclass(frozen=True, eq=False)
class Estimate:
    """A figure of a kind: mean over its seeds, the middle 95 % of that mean over draws of the
    videos, and each seed's own figure."""

    value: float
    low: float
    high: float
    seeds: dict[int, float]


@dataclass(frozen=True, eq=False)
class Grid:
    """A judged study.

    Attributes:
        name, about: For people.
        videos, keyframes: How many it was judged on.
        table, classes: As the files have them; `table` also has `kind`.
        drawn: (rows of the table, draws) mAP.
    """

    name: str
    about: str
    videos: int
    keyframes: int
    table: pd.DataFrame
    classes: pd.DataFrame
    drawn: NDArray[np.float32]

    @cached_property
    def kinds(self) -> list[Kind]:
        """Every kind of which a model is judged: pre-trained ones first, by mask ratio."""
        order = lambda k: (k.appearance, not k.joints, not k.pretrained, k.mask_ratio)  # noqa: E731
        return sorted(set(self.table["kind"]), key=order)

    @cached_property
    def missing(self) -> list[float]:
        """Every share of missing frames, ascending."""
        return sorted(set(self.table["missing"]))

    def rows(self, kind: Kind, missing: float) -> pd.DataFrame:
        """The rows of a kind's models at a share of missing frames, by seed."""
        table = self.table
        return table[(table["kind"] == kind) & (table["missing"] == missing)].sort_values("seed")

    def estimate(self, kind: Kind, missing: float = 0.0) -> Estimate | None:
        """mAP of a kind; None where none of its models is judged."""
        rows = self.rows(kind, missing)
        if rows.empty:
            return None
        low, high = np.quantile(self.drawn[rows.index].mean(axis=0), LEVEL)
        seeds = dict(zip(rows["seed"].tolist(), rows["mean_ap"].tolist(), strict=True))
        return Estimate(float(rows["mean_ap"].mean()), float(low), float(high), seeds)

    def result_sets(self, kind: Kind) -> dict[int, str]:
        """Seed -> id of the result set that was kept of it."""
        rows = self.table[(self.table["kind"] == kind) & (self.table["set"] != "")]
        return dict(zip(rows["seed"].tolist(), rows["set"].tolist(), strict=True))


def known() -> dict[str, Path]:
    """Id -> folder of every study on this machine: the shipped one, then the user's."""
    shipped = asset("study")
    own = {file.parent.name: file.parent for file in STUDIES.every()}
    return ({SHIPPED: shipped} if (shipped / STUDIES.holds).is_file() else {}) | own


def title(folder: Path) -> str:
    """What a study is called; its folder's name and "(damaged)" where its facts cannot be read."""
    try:
        with _reading(folder):
            return one_line(str(_facts(folder)["name"]), 80)
    except LartError:
        return f"{folder.name} (damaged)"


def read(folder: Path) -> Grid:
    """Read a study.

    Raises:
        LartError: It is damaged, or no model of it is judged yet.
    """
    with _reading(folder):
        facts = _facts(folder)
        table = _typed(_csv(folder / "table.csv", COLUMNS))
        classes = _csv(folder / "classes.csv", CLASS_COLUMNS).astype(CLASS_TYPES)
        drawn = read_npz(folder / "draws.npz")["drawn"]
        _check(table, drawn)
        grid = Grid(
            str(facts["name"]),
            str(facts["about"]),
            int(facts["videos"]),
            int(facts["keyframes"]),
            table,
            classes.dropna(subset="ap").assign(action=lambda t: t["action_id"].map(_action)),
            drawn,
        )
    if table.empty:
        raise LartError(
            f"No model of the study {grid.name!r} is judged yet; `lart study run` goes on where "
            "it was stopped, then `lart study tabulate` writes the figures."
        )
    return grid


def _reading(folder: Path) -> AbstractContextManager[None]:
    what = f"The study {folder.name!r}"
    return reading(folder / "study.json", what, "let `lart study tabulate` write it again")


def _facts(folder: Path) -> dict[str, Any]:
    facts = read_json(folder / "study.json", {"format": str, "name": str})
    expect_format(facts["format"], FORMAT)
    return facts


def _csv(path: Path, columns: set[str]) -> pd.DataFrame:
    """A table with at least these columns; what pandas writes of an empty table has none."""
    try:
        table = pd.read_csv(path)
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=sorted(columns))
    lacking = columns - set(table.columns)
    if lacking:
        raise ValueError(f"{path.name} has no column {', '.join(sorted(lacking))}")
    return table


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its columns' types, and the kind of each row."""
    for flag in FLAGS:
        if not table[flag].isin([True, False]).all():
            raise ValueError(f"{flag} in table.csv is not True or False everywhere")
    table = table.astype({"seed": int} | dict.fromkeys(FIGURES, float) | dict.fromkeys(FLAGS, bool))
    table["set"] = table["set"].fillna("").astype(str)
    table["kind"] = [
        Kind(*row)
        for row in table[["appearance", "joints", "mask_ratio", "pretrained"]].itertuples(
            index=False, name=None
        )
    ]
    return table


def _check(table: pd.DataFrame, drawn: NDArray[Any]) -> None:
    if drawn.ndim != 2 or len(drawn) != len(table) or (len(table) and not drawn.shape[1]):
        raise ValueError(f"draws.npz has {drawn.shape} figures for {len(table)} rows of table.csv")
    if not (np.isfinite(drawn).all() and np.isfinite(table[FIGURES].to_numpy()).all()):
        raise ValueError("a figure is not a number")
    if table.duplicated(["kind", "seed", "missing"]).any():
        raise ValueError("table.csv has a model twice")


def _action(action_id: int) -> str:
    action = ava_actions().get(int(action_id))
    return action.name if action else f"class {action_id}"
