"""What a card says of a model, beside what was measured."""

import numpy as np
import torch

from analysis.study.models.card import card
from analysis.study.models.demo import BASELINES, BLIND, FAILURES, measure
from analysis.study.models.judge import average_precisions, judge, without_legs
from analysis.study.models.train import configuration
from lart_core.ava_labels import ava_actions
from lart_core.model import LART, Checkpoint
from lart_core.presets.registry import demo_models
from tests.analysis.study.samples.test_pairs import KINDS, made_up


def test_each_action_has_its_precision_with_legs_and_without():
    torch.manual_seed(0)
    mean = np.random.default_rng(0).normal(0, 0.3, 229).astype(np.float32)
    one = np.ones(229, np.float32)
    model = Checkpoint("m", LART(configuration(3)), (58, 14, 70), mean, one, {}, 12.0)
    corpus, rows = made_up(), np.arange(len(KINDS))
    figures = measure(model, model, corpus, rows)
    assert figures.without_legs == average_precisions(judge(model, without_legs(corpus), rows))
    assert figures.without_legs != figures.average_precision and corpus.poses.leg_seen.all()
    text = card(model, {"nw_ucla": 2}, "How.", figures, "", ["Something."])
    for ava_id in (58, 14):
        whole, legless = (
            f"{each[ava_id][0]:.3f}" for each in (figures.average_precision, figures.without_legs)
        )
        assert f"| {ava_actions()[ava_id].name} | {whole} | {legless} | " in text


def test_the_shipped_cards_say_what_is_known_to_go_wrong():
    cards = [file.with_suffix(".md").read_text(encoding="utf-8") for file in demo_models().values()]
    assert len(cards) == 2
    assert all(f"- {failure}\n" in text for text in cards for failure in FAILURES)
    (blind,) = [text for text in cards if all(f"- {each}\n" in text for each in BLIND)]
    assert BASELINES in blind
