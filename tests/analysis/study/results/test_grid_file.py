"""A study's grid: read whole or half finished, compared pairwise, and told in sentences."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.study.results import figures, grid_file
from analysis.study.results.compare import class_differences, difference, findings, pair
from analysis.study.results.grid_file import Grid, Kind
from analysis.study.results.tabulate import Judgement
from lart_core.errors import LartError
from tests.analysis.studies import ACTIONS, MISSING, kinds, write_study

POSE, BOTH = Kind(False, True, 0.4, True), Kind(True, True, 0.4, True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("studies") / "mine")


@pytest.fixture(scope="module")
def grid(folder: Path) -> Grid:
    return grid_file.read(folder)


def test_the_whole_grid_is_read(grid: Grid) -> None:
    assert set(grid.kinds) == set(kinds())
    assert grid.missing == list(MISSING)
    assert len({kind.id for kind in grid.kinds}) == len({str(k) for k in grid.kinds}) == 11
    assert str(POSE) == "pose, masking 40 %"
    assert str(Kind(True, False, 0.0, False)) == "pose + appearance without joints, from scratch"


def test_an_estimate_is_the_mean_of_its_seeds_and_of_their_draws(grid: Grid) -> None:
    table = grid.table
    rows = np.flatnonzero((table["kind"] == POSE) & (table["missing"] == 0.4))
    found = grid.estimate(POSE, 0.4)
    assert found is not None and len(rows) == 3
    assert found.value == pytest.approx(table["mean_ap"][rows].mean())
    assert found.seeds == dict(zip(table["seed"][rows], table["mean_ap"][rows], strict=True))
    expected = np.quantile(grid.drawn[rows].mean(0), [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx(tuple(expected))
    assert grid.estimate(Kind(True, False, 0.2, True)) is None


def test_a_difference_is_paired(grid: Grid) -> None:
    found = difference(grid, POSE, BOTH)
    first, second = grid.estimate(POSE), grid.estimate(BOTH)
    assert found and first and second
    assert found.value == pytest.approx(second.value - first.value)
    assert found.low < found.value < found.high
    assert found.high - found.low < 0.5 * (first.high - first.low), "the videos' share must cancel"
    assert found.pairs == 3
    assert found.ahead == sum(second.seeds[s] > first.seeds[s] for s in range(3))
    back = difference(grid, BOTH, POSE)
    assert back and (back.low, back.high) == pytest.approx((-found.high, -found.low))
    same = difference(grid, POSE, POSE)
    assert same and not same.beyond_chance and same.value == same.low == same.high == 0


def test_actions_are_compared_with_their_labels(grid: Grid) -> None:
    table = class_differences(grid, POSE, BOTH, 0.2)
    assert table["difference"].is_monotonic_increasing
    assert dict(zip(table["action_id"], table["positives"], strict=True)) == ACTIONS
    assert set(table.loc[table["few"], "action_id"]) == {10, 1}
    classes = grid.classes[(grid.classes["missing"] == 0.2) & (grid.classes["action_id"] == 12)]
    ap = {
        k: classes.loc[classes["cell"].str.startswith(f"{k.id}-seed"), "ap"].mean()
        for k in (POSE, BOTH)
    }
    row = table[table["action_id"] == 12].iloc[0]
    assert row["difference"] == pytest.approx(ap[BOTH] - ap[POSE])
    assert len(row["spread"]) == 3
    assert np.mean(row["spread"]) == pytest.approx(row["difference"])


def test_findings_say_what_the_figures_say(grid: Grid) -> None:
    said = findings(grid)
    assert len(said) == 8
    found = difference(grid, Kind(False, True, 0.0, True), POSE)
    assert found
    first = said[0]
    assert first.startswith("Masking 40 % against none, pose: ")
    assert ("not significant" in first) == (found.low <= 0 <= found.high)
    assert f"{100 * found.value:+.1f}".replace("-", "−") in first
    assert any(s.startswith("Pose + appearance against pose, masking 40 %: +") for s in said)
    assert any("with 60 % of the frames missing, pose + appearance" in s for s in said)
    assert pair(grid) == (POSE, BOTH)


HALVES = {
    "one kind": [POSE],
    "only from scratch": [Kind(True, True, 0.0, False)],
    "no scratch": [k for k in kinds() if k.pretrained],
    "one input": kinds([True]),
    "no joints only": [Kind(False, False, 0.4, True), Kind(False, True, 0.2, True)],
}


@pytest.mark.parametrize("of", HALVES.values(), ids=HALVES.keys())
def test_half_finished_grids_are_shown(tmp_path: Path, of: list[Kind]) -> None:
    grid = grid_file.read(write_study(tmp_path / "half", of=of, seeds=1))
    assert set(grid.kinds) == set(of)
    a, b = pair(grid)
    for figure in (
        figures.by_mask_ratio(grid),
        figures.by_missing(grid),
        figures.difference_by_missing(grid, a, b),
        figures.class_differences(class_differences(grid, a, b)),
    ):
        assert figure.to_json()
    gained = figures.against_no_masking(grid)
    assert gained is None or gained.to_json()
    assert all("one seed in common" in s for s in findings(grid))


def test_rows_that_are_not_there_yet_are_gaps(folder: Path, tmp_path: Path) -> None:
    half = copied(folder, tmp_path)
    table, drawn = pd.read_csv(half / "table.csv"), np.load(half / "draws.npz")["drawn"]
    keep = ~((table["mask_ratio"] == 0.4) & (table["missing"] > 0.2)).to_numpy()
    keep &= ~(table["appearance"] & (table["seed"] == 2)).to_numpy()
    table[keep].to_csv(half / "table.csv", index=False)
    np.savez(half / "draws.npz", drawn=drawn[keep])
    grid = grid_file.read(half)
    assert difference(grid, POSE, BOTH, 0.6) is None
    found = difference(grid, POSE, BOTH, 0.2)
    assert found and found.pairs == 2
    line = figures.by_missing(grid)
    assert line.to_json()


def test_curves_begin_at_nought_and_show_every_seed(grid: Grid) -> None:
    for figure in (figures.by_mask_ratio(grid), figures.by_missing(grid)):
        assert figure.layout.yaxis.range[0] == 0
        assert figure.layout.yaxis.range[1] > 100 * grid.table["high"].max()
    dots = [t for t in figures.by_missing(grid).data if t.mode == "markers"]
    assert sum(len(t.x) for t in dots) == len(grid.table)


def test_what_masking_brings_is_the_paired_difference(grid: Grid) -> None:
    figure = figures.against_no_masking(grid)
    assert figure is not None
    masked = next(k for k in grid.kinds if k.pretrained and k.joints and k.mask_ratio)
    line = next(t for t in figure.data if str(masked) in t.hovertemplate)
    bare = replace(masked, mask_ratio=0.0)
    found = [difference(grid, bare, masked, share) for share in grid.missing]
    assert list(line.y) == pytest.approx([100 * each.value for each in found if each])


def copied(folder: Path, to: Path) -> Path:
    made = to / "copy"
    made.mkdir()
    for path in folder.iterdir():
        (made / path.name).write_bytes(path.read_bytes())
    return made


def _less(column: str):
    def damage(made: Path) -> None:
        pd.read_csv(made / "table.csv").drop(columns=column).to_csv(made / "table.csv", index=False)

    return damage


def _with(column: str, value: object):
    def damage(made: Path) -> None:
        table = pd.read_csv(made / "table.csv").astype({column: object})
        table.loc[3, column] = value
        table.to_csv(made / "table.csv", index=False)

    return damage


DAMAGE = {
    "no table": lambda made: (made / "table.csv").unlink(),
    "table of something else": lambda made: (made / "table.csv").write_text("a,b\n1,2\n"),
    "table emptied": lambda made: (made / "table.csv").write_text(""),
    "no classes": lambda made: (made / "classes.csv").unlink(),
    "classes of something else": lambda made: (made / "classes.csv").write_text("a,b\n1,2\n"),
    "no draws": lambda made: (made / "draws.npz").unlink(),
    "draws cut off": lambda made: (made / "draws.npz").write_bytes(b"PK\3\4 something"),
    "empty draws": lambda made: (made / "draws.npz").write_bytes(b""),
    "draws of other rows": lambda made: np.savez(made / "draws.npz", drawn=np.zeros((3, 9))),
    "draws without a name": lambda made: np.savez(made / "draws.npz", other=np.zeros((3, 9))),
    "pickled draws": lambda made: np.savez(
        made / "draws.npz", drawn=np.array([{}], dtype=object), allow_pickle=True
    ),
    "facts cut off": lambda made: (made / "study.json").write_text("{"),
    "another format": lambda made: (made / "study.json").write_text('{"format": "x"}'),
    "facts that are a list": lambda made: (made / "study.json").write_text("[]"),
    "a column less": _less("mask_ratio"),
    "no set": _less("set"),
    "a word for a flag": _with("joints", "maybe"),
    "a word for a figure": _with("mean_ap", "high"),
    "no figure": _with("low", np.nan),
    "a model twice": _with("missing", 0.0),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_one_sentence(folder: Path, tmp_path: Path, damage) -> None:
    made = copied(folder, tmp_path)
    damage(made)
    with pytest.raises(LartError, match=r"damaged|is not there") as error:
        grid_file.read(made)
    assert "\n" not in str(error.value)


def test_what_tabulate_writes_is_read(grid: Grid, tmp_path: Path) -> None:
    table, classes = grid.table.drop(columns="kind"), grid.classes.drop(columns="action")
    judgement = Judgement(table, classes, grid.drawn, grid.videos, grid.keyframes)
    judgement.save(tmp_path / "saved", grid.name, grid.about)
    again = grid_file.read(tmp_path / "saved")
    assert (again.name, again.about, again.kinds) == (grid.name, grid.about, grid.kinds)
    first, second = (difference(g, POSE, BOTH, 0.4) for g in (grid, again))
    assert first and second
    assert (first.low, first.high, first.pairs) == (second.low, second.high, second.pairs)
    assert first.value == pytest.approx(second.value, abs=2e-6)
    Judgement(table[:0], classes[:0], grid.drawn[:0], 0, 0).save(tmp_path / "none", "None", "")
    with pytest.raises(LartError, match="No model of the study"):
        grid_file.read(tmp_path / "none")


def test_a_study_without_a_model_is_said(tmp_path: Path) -> None:
    made = write_study(tmp_path / "empty", of=[])
    with pytest.raises(LartError, match="No model of the study"):
        grid_file.read(made)
    pd.DataFrame([]).to_csv(made / "table.csv", index=False)
    pd.DataFrame([]).to_csv(made / "classes.csv", index=False)
    np.savez(made / "draws.npz", drawn=np.zeros((0, 500), np.float32))
    with pytest.raises(LartError, match="No model of the study"):
        grid_file.read(made)


def test_studies_are_found_by_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LART_HOME", str(tmp_path))
    write_study(tmp_path / "studies" / "mine", name="Mine")
    write_study(tmp_path / "studies" / ".half-written", name="Half")
    (tmp_path / "studies" / "nothing").mkdir()
    found = {id_: path for id_, path in grid_file.known().items() if id_ != grid_file.SHIPPED}
    assert found == {"mine": tmp_path / "studies" / "mine"}
    assert grid_file.title(found["mine"]) == "Mine"
    (found["mine"] / "study.json").write_text(json.dumps({"format": "other"}))
    assert grid_file.title(found["mine"]) == "mine (damaged)"


def test_result_sets_are_found_by_seed(tmp_path: Path) -> None:
    grid = grid_file.read(
        write_study(tmp_path / "kept", of=[POSE, BOTH], sets={(POSE, 1): "study-pose-1"})
    )
    assert grid.result_sets(POSE) == {1: "study-pose-1"}
    assert grid.result_sets(BOTH) == {}
