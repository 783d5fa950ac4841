"""Appearance that is added to a pose model: what it leaves alone, and what it may say."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.study.data.corpus import Corpus
from analysis.study.models import looks
from analysis.study.models.judge import Judged, judge, without_bodies
from analysis.study.models.looks_card import LooksFigures, OnVideos, looks_card
from analysis.study.models.train import begun_from, configuration
from analysis.study.samples.samples import BODILESS, LOOKED_AT, TRUST, StudySamples
from lart_core.model import LART, Checkpoint
from lart_core.training import Recipe
from tests.analysis.study.samples.test_pairs import FRAMES, KINDS, NONE, ONE, made_up

SIZE = 16
IDS = (12, 58, 70)
FILM = 4
"""The row of `made_up` that is a video."""


def filmed() -> Corpus:
    """The made-up people; the one of the video has appearance."""
    corpus = made_up()
    shown = torch.full((len(KINDS) * FRAMES,), -1)
    rows = slice(corpus.start[FILM], corpus.start[FILM] + FRAMES)
    shown[rows] = torch.arange(FRAMES)
    appearance = torch.randn(FRAMES, SIZE, generator=torch.Generator().manual_seed(1))
    return replace(corpus, appearance=appearance, shown=shown)


def pose() -> Checkpoint:
    torch.manual_seed(3)
    model = LART(configuration(len(IDS)))
    return Checkpoint("pose", model.eval(), IDS, NONE, ONE, {}, 12.0, (70,))


def samples(teacher: Checkpoint | None = None) -> StudySamples:
    begun = begun_from(pose(), IDS, 0, SIZE, alone=True)
    return StudySamples(
        filmed(), np.arange(len(KINDS)), begun.model.config, IDS, NONE, ONE, length=64,
        teacher=teacher,
    )  # fmt: skip


def test_bodies_are_hidden_where_there_is_appearance_alone():
    made = samples()
    batch = made.batch(np.full(400, FILM), np.random.default_rng(0))
    shown = batch["has_appearance"][..., 0] == 1
    hidden = batch["mask_detection"][..., 0] == 1
    assert shown.any() and not hidden[~shown].any()
    inside = shown.any(1)[:, 0]
    whole = (hidden | ~shown).all(1)[:, 0] & inside
    assert abs(whole.sum() / inside.sum() - BODILESS) < 0.1
    assert not batch["target"][shown].isnan().all(-1).any(), "hidden bodies are taught, too"
    motion = made.batch(np.full(64, 2), np.random.default_rng(0))
    assert motion["has_appearance"].any() and not motion["mask_detection"].any()


def test_no_picture_is_shown_where_a_place_tells_the_label():
    corpus = filmed()
    assert (looks.without_telling_places(corpus).shown == corpus.shown).all()
    telling = replace(corpus, source=[*corpus.source[:FILM], "arid6"])
    assert (looks.without_telling_places(telling).shown < 0).all()


def test_videos_are_shown_more_often():
    rows = samples().drawn(400, np.random.default_rng(1))
    assert abs((rows == FILM).mean() - LOOKED_AT) < 0.1


def test_of_what_two_do_a_teacher_is_asked_with_both_in_sight():
    """What it says of somebody alone is another thing, and is taught of all else."""
    teacher = pose()
    with torch.no_grad():
        teacher.model.action_head.weight *= 30
    chance = np.random.default_rng(0)
    taught = samples(teacher).pairs(8, chance)
    together = replace(teacher, together=())
    alone = samples(together).pairs(8, np.random.default_rng(0))
    hug = IDS.index(70)
    there = ~taught["target"].isnan() & ~alone["target"].isnan()
    apart = (taught["target"] - alone["target"]).abs().where(there, torch.zeros(()))
    assert apart[..., hug].max() > 0.05 * TRUST
    assert apart[..., : IDS.index(70)].max() == 0


def test_learning_looks_leaves_the_pose_model_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.study.models.train.SAMPLES", 64)
    recipe = Recipe.small(epochs=1, batch=16, warmup_epochs=0, rate=1e-2, average=0.5)
    corpus, start = filmed(), pose()
    learnt = looks.learn_looks(start, corpus, np.arange(len(KINDS)), tmp_path, recipe)
    before = start.model.state_dict()
    after = learnt.model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert after["appearance_project.weight"].abs().max() > 0
    motion = np.array([0, 1, 2, 3])
    one, two = (judge(each, corpus, motion).probability for each in (start, learnt))
    np.testing.assert_allclose(np.concatenate(two), np.concatenate(one), atol=1e-6)
    film = np.array([FILM])
    hidden = judge(learnt, without_bodies(corpus, film), film).probability[0]
    assert np.ptp(hidden, axis=0).max() > 0, "each frame looks another way"


def judged(told: float) -> tuple[Judged, Corpus]:
    """Twelve clips of one action in half of them, of which a share `told` is told right."""
    corpus = made_up()
    corpus = replace(
        corpus, source=["arid6"] * 12, name=[f"clip {i}" for i in range(12)],
        start=np.zeros(12, int), length=np.full(12, FRAMES),
    )  # fmt: skip
    true = np.arange(12) % 2 == 0
    chance = np.random.default_rng(0)
    said = np.where(chance.random(12) < told, true, ~true)
    probability = [np.full((FRAMES, 1), 0.2 + 0.6 * each, np.float32) for each in said]
    target = [np.full((FRAMES, 1), each, np.int8) for each in true]
    return Judged((12,), np.arange(12), probability, target), corpus


@pytest.mark.parametrize(("told", "clearly"), [(1.0, True), (0.5, False)])
def test_what_is_told_no_better_than_by_the_set_is_not_said(told, clearly):
    found = looks.told_by_looks(*judged(told), np.zeros(0, int))
    assert found[12].clearly == clearly and found[12].clips == 6
    assert found[12].by_set == pytest.approx(0.5)
    assert found[12].frames == 6 * FRAMES


def test_only_what_is_clearly_told_is_said_of_people_without_a_body():
    model = begun_from(pose(), IDS, 0, SIZE, alone=True)
    told = {
        12: looks.Told(0.9, 0.2, 0.1, 50, 9),
        58: looks.Told(0.9, 0.2, 0.1, 50, looks.FEWEST_CLIPS - 1),
        70: looks.Told(0.3, 0.2, -0.1, 50, 9),
    }
    assert looks.speaking(model, told).by_appearance == (12,)


def test_the_card_says_what_is_told_of_people_without_a_body():
    model = begun_from(pose(), IDS, 0, SIZE, alone=True)
    told = {12: looks.Told(0.91, 0.2, 0.1, 50, 9), 58: looks.Told(0.3, 0.2, -0.1, 50, 9)}
    videos = [
        OnVideos({"yoga6": (right, 6)}, (1, 3), {12: (0.5, 50), 58: (0.7, 50)}, 0.01)
        for right in (3, 5, 4)
    ]
    text = looks_card(
        looks.speaking(model, told), pose(), {"yoga6": 7}, "As taught.",
        LooksFigures(*videos, told), ["Rooms."],
    )  # fmt: skip
    assert "without a body it says 1 of AVA's 80 actions: stand, and nothing else" in text
    assert "| yoga6, clips | 3 of 6 | 5 of 6 | 4 of 6 |" in text
    assert "| stand | 0.910 | 0.200 | +0.100 | 9 | yes |" in text
    assert "| throw | 0.300 | 0.200 | -0.100 | 9 | no |" in text
    assert "mean average precision over frames | 0.600 |" in text
