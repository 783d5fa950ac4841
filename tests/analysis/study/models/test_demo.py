"""Going on from a shipped model: what it becomes is a mixture with what it was."""

from dataclasses import replace

import numpy as np
import torch

from analysis.study.models import demo
from analysis.study.models.demo import BLEND, blended
from analysis.study.models.judge import judge
from analysis.study.models.train import begun_from, configuration
from lart_core.model import LART, Checkpoint
from tests.analysis.study.samples.test_pairs import made_up


def former() -> Checkpoint:
    torch.manual_seed(3)
    return Checkpoint("m", LART(configuration(3)), (7, 12, 14), np.zeros(229), np.ones(229))


def test_a_mixture_keeps_what_did_not_change_and_takes_its_share_of_what_did():
    old = former()
    tuned = begun_from(old, (7, 12, 14, 68), seed=5)
    with torch.no_grad():
        tuned.model.pose_encoder[0].weight += 1.0
    mixed = blended(old, tuned)
    assert mixed.ava_ids == (7, 12, 14, 68)
    moved = mixed.model.pose_encoder[0].weight - old.model.pose_encoder[0].weight
    torch.testing.assert_close(moved, torch.full_like(moved, BLEND))
    heads = [each.model.action_head.weight for each in (mixed, old, tuned)]
    torch.testing.assert_close(heads[0][:3], heads[1])
    torch.testing.assert_close(heads[0][3], heads[2][3])


def test_a_new_action_is_learnt_on_the_tokens_as_they_are(monkeypatch):
    monkeypatch.setattr(demo, "BATCHES", 3)
    torch.manual_seed(0)
    model = Checkpoint("m", LART(configuration(2)), (58, 70), np.zeros(229), np.ones(229), {}, 12.0)
    learnt = demo.refitted(model, (58,), made_up(), np.arange(5))
    before, after = (each.model.state_dict() for each in (model, learnt))
    new = ("action_head.weight", "action_head.bias")
    assert all(torch.equal(before[name], after[name]) for name in before if name not in new)
    assert torch.equal(before[new[0]][0], after[new[0]][0])
    together = replace(learnt, together=(70,))
    hugs, throws = judge(together, made_up(), np.array([0, 2])).probability
    assert hugs[:, 1].mean() > 2 * throws[:, 1].mean()


def test_what_begins_with_a_new_input_says_what_the_former_said():
    old, size = former(), 16
    begun = begun_from(old, old.ava_ids, seed=0, appearance_size=size)
    batch = {
        "pose_shape": torch.randn(2, 48, 1, 229),
        "joints_3D": torch.randn(2, 48, 1, 135),
        "has_detection": torch.ones(2, 48, 1, 1),
    }
    looks = {"apperance_emb": torch.randn(2, 48, 1, size)}
    with torch.no_grad():
        before = old.model.eval()(batch)["action_logits_ava"]
        after = begun.model.eval()(batch | looks)["action_logits_ava"]
    torch.testing.assert_close(after, before, atol=1e-4, rtol=1e-4)
