"""The grid on made-up people: it trains, judges with frames missing, and goes on where it was."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.ava import result_set
from analysis.ava.evaluator import average_precision
from analysis.study.data.corpus import Corpus
from analysis.study.data.labels import target
from analysis.study.data.poses import Poses
from analysis.study.data.splits import FOLDS
from analysis.study.models import grid, train
from analysis.study.models.calibrate import calibrated, calibration
from analysis.study.models.demo import measure
from analysis.study.models.judge import (
    CROSS_SUBJECT,
    answers,
    from_anywhere,
    judge,
    top1,
    top1_interval,
)
from analysis.study.results.tabulate import evaluate, intervals, tables, tabulate
from analysis.study.samples.samples import balance
from lart_core.model import load_checkpoint

KINDS = [
    ("nw_ucla", "s01", "walk around", 1.0),
    ("nw_ucla", "s02", "throw", 0.0),
    ("nw_ucla", "s08", "walk around", 1.0),
    ("nw_ucla", "s09", "throw", 0.0),
    ("gmdcsa24", "S1", "Walking", 1.0),
    ("gmdcsa24", "S2", "Sitting", 0.0),
    ("gmdcsa24", "S3", "Walking", 1.0),
    ("gmdcsa24", "S3", "Sitting", 0.0),
    ("arid6", "Walk_10", "Walk", 1.0),
]
"""Source, group, label and speed; the second pair of each set of people is held out."""


def made_up(each: int = 2, frames: int = 45) -> Corpus:
    rows = [kind for kind in KINDS for _ in range(each)]
    chance = np.random.default_rng(0)
    n = len(rows) * frames
    eye = torch.eye(3).expand(1, n, 3, 3).clone()
    camera = torch.zeros(1, n, 3)
    target_rows = []
    for number, (source, _, label, speed) in enumerate(rows):
        span = slice(number * frames, (number + 1) * frames)
        camera[0, span, 0] = torch.arange(frames) * speed / 15 * chance.uniform(0.8, 1.2)
        target_rows.append(np.tile(target(source, [label]), (frames, 1)))
    camera[..., 2] = 60
    poses = Poses(
        eye, torch.eye(3).expand(1, n, 23, 3, 3).clone(), torch.zeros(1, n, 10), camera,
        torch.zeros(1, n, 45, 3), *torch.ones(2, 1, n, dtype=torch.bool),
    )  # fmt: skip
    length = np.full(len(rows), frames)
    filmed = np.repeat([row[0] != "nw_ucla" for row in rows], frames)
    return Corpus(
        poses, torch.from_numpy(np.concatenate(target_rows)),
        np.tile(np.array([0.2, 0.1, 0.6, 0.9], np.float32), (n, 1)),
        torch.from_numpy(chance.normal(size=(5, 6)).astype(np.float32)),
        torch.from_numpy(np.where(filmed, np.arange(n) % 5, -1)),
        np.cumsum(length) - length, length, np.full(len(rows), 6),
        [r[0] for r in rows], [f"{r[0]}/{i}" for i, r in enumerate(rows)],
        [r[1] for r in rows], [r[2] for r in rows], np.full(len(rows), -1),
    )  # fmt: skip


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A corpus and the folder of a grid of two cells, trained as little as possible."""
    patch = pytest.MonkeyPatch()
    patch.setattr(train, "SAMPLES", 32)
    patch.setattr(train, "FEWEST", 2)
    corpus, out = made_up(), tmp_path_factory.mktemp("grid")
    some = [
        grid.Cell(False, True, 0.4, True, 0),
        grid.Cell(True, True, 0.4, True, 0),
        grid.Cell(True, True, 0.0, False, 0),
    ]
    trainings = grid.Grid(corpus, out, grid.Effort(2, 1, 1))
    for cell in some:
        trainings.finish(cell)
    yield corpus, out, some, trainings
    patch.undo()


def test_what_is_done_stays(done):
    _, out, some, trainings = done
    assert grid.finished(out) == some
    file = out / some[0].name / "judged" / "missing00.npz"
    before = file.stat().st_mtime_ns
    trainings.finish(some[0])
    grid.run(made_up, out, some, grid.Effort(2, 1, 1))
    assert file.stat().st_mtime_ns == before


def test_models_with_and_without_appearance_share_their_start(done):
    _, out, _, _ = done
    assert [path.name for path in (out / "pretrained").iterdir()] == ["pose-joints-mask40-seed0"]


def test_every_video_is_judged_by_a_model_that_did_not_learn_from_its_group(done):
    corpus, out, some, trainings = done
    for cell in some:
        judged = grid.load_judged(out / cell.name / "judged" / "missing00.npz")
        assert sorted(judged.rows) == sorted(trainings.videos[trainings.folds >= 0])
    for number in range(FOLDS):
        learnt, held_out = (
            {corpus.group[row] for row in trainings.videos[part]}
            for part in (trainings.folds != number, trainings.folds == number)
        )
        assert not learnt & held_out and "Walk_10" in learnt - held_out
    assert {corpus.group[r] for r in trainings.motion} == {"s01", "s02"}


def test_a_new_input_changes_nothing_until_it_is_learnt(done):
    corpus, _, some, trainings = done
    plain = trainings.pretrained(some[0])
    wider = replace(plain, model=train.with_appearance(plain.model, 6))
    rows = trainings.videos[:2]
    for a, b in zip(
        judge(plain, corpus, rows).probability, judge(wider, corpus, rows).probability, strict=True
    ):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_the_table_has_a_row_a_model_and_share(done, tmp_path):
    corpus, out, some, _ = done
    found = tabulate(out, corpus, draws=10)
    assert len(found.table) == len(some) * len(grid.MISSING) == len(found.drawn)
    assert found.drawn.shape[1] == 10 and found.videos == 8
    assert found.table["mean_ap"].between(0, 1).all()
    for row, drawn in zip(found.table.itertuples(), found.drawn, strict=True):
        assert row.low <= np.median(drawn) <= row.high
        mine = found.classes.query("cell == @row.cell and missing == @row.missing")
        assert mine["ap"].mean() == pytest.approx(row.mean_ap)
    found.save(tmp_path / "kept", "mine", "about")
    assert {p.name for p in (tmp_path / "kept").iterdir()} == {
        "study.json", "table.csv", "classes.csv", "draws.npz",
    }  # fmt: skip


def test_kept_result_sets_open(done, tmp_path, monkeypatch):
    corpus, out, _, _ = done
    monkeypatch.setenv("LART_HOME", str(tmp_path))
    found = tabulate(out, corpus, draws=5, keep=True)
    kept = found.table.loc[found.table["missing"] == 0]
    for row in kept.itertuples():
        opened = result_set.open_set(row.set)
        assert len(opened.ground_truth["video"].unique()) == 8
        judged = average_precision(opened.ground_truth, opened.predictions, opened.label_map)
        assert judged.mean_ap == pytest.approx(row.mean_ap)


def test_perfect_answers_have_map_one(done):
    corpus, out, some, _ = done
    judged = grid.load_judged(out / some[0].name / "judged" / "missing00.npz")
    perfect = [np.where(t == 1, 0.9, 0.1).astype(np.float32) for t in judged.target]
    said = replace(judged, probability=perfect)
    assert set(tables(said, corpus)[1]["action_id"]) == {11, 14}
    evaluation = evaluate(said, corpus)
    assert evaluation.mean_ap == 1 and (intervals(evaluation, 5) == 1).all()


def test_calibration_finds_what_was_wrong(done):
    corpus, out, some, _ = done
    model = load_checkpoint(out / some[0].name / "fold0" / "model.safetensors")
    rows = train.rows_of(corpus, "test")
    said = judge(model, corpus, rows)
    chance = np.random.default_rng(0)
    logits = chance.normal(-1, 2, (2000, len(said.ava_ids)))
    truth = (chance.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(np.int8)
    sure = (1 / (1 + np.exp(-2.5 * logits - 0.5))).astype(np.float32)
    found = calibration(replace(said, probability=[sure], target=[truth]))
    assert found.scale == pytest.approx(1 / 2.5, rel=0.1)
    before, after = (np.concatenate(judge(m, corpus, rows).probability)
                     for m in (model, calibrated(model, found)))  # fmt: skip
    want = 1 / (1 + np.exp(-found.scale * np.log(before / (1 - before)) - found.shift))
    np.testing.assert_allclose(after, want, atol=1e-4)


def test_figures_of_the_card(done):
    corpus, out, some, _ = done
    model = load_checkpoint(out / some[0].name / "fold0" / "model.safetensors")
    rows = train.rows_of(corpus, "test")
    figures = measure(model, model, corpus, rows)
    middle, low, high = figures.cross_subject
    assert low <= middle <= high
    found = answers(judge(model, corpus, rows).of(corpus, CROSS_SUBJECT), corpus)
    assert set(found.truth) == {14, 58}
    right, total = top1(found, corpus)["nw_ucla"]
    assert total == 4 and top1_interval(found, corpus)[0] == pytest.approx(right / total)


def test_missing_frames_are_missing_and_somebody_stays():
    corpus = made_up(1)
    fewer = grid.without(corpus, 0.6)
    share = fewer.poses.detected.float().mean().item()
    assert 0.3 < share < 0.5
    assert all(
        fewer.poses.detected[0, s : s + n].any()
        for s, n in zip(corpus.start, corpus.length, strict=True)
    )
    assert grid.without(corpus, 0.0) is corpus
    corpus.poses.detected[0, corpus.start[0] : corpus.start[0] + corpus.length[0]] = False
    nobody = grid.without(corpus, 0.6).poses.detected[0, corpus.start[0] :]
    assert not nobody[: corpus.length[0]].any(), "whoever was not seen is not seen"


def test_from_anywhere_turns_the_chosen_and_nobody_else():
    corpus = made_up(1)
    turned = from_anywhere(corpus, np.array([0]))
    first, rest = slice(0, corpus.length[0]), slice(corpus.length[0], None)
    assert not torch.allclose(
        turned.poses.global_orient[:, first], corpus.poses.global_orient[:, first]
    )
    torch.testing.assert_close(turned.poses.camera[:, rest], corpus.poses.camera[:, rest])
    torch.testing.assert_close(turned.poses.body_pose, corpus.poses.body_pose)


def test_balance_is_the_square_root_of_counts():
    chance = balance(["a"] * 16 + ["b"] * 4)
    assert chance.sum() == pytest.approx(1)
    assert chance[:16].sum() / chance[16:].sum() == pytest.approx(2)
