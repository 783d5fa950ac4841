"""The two named configurations, and what is refused."""

import json
from dataclasses import replace

import pytest
import torch

from lart_core.errors import LartError
from lart_core.model import LART, LARTConfig


def count(model):
    return sum(p.numel() for p in model.parameters())


def test_the_papers_network_is_the_supplements():
    config = LARTConfig.paper()
    assert (config.depth, config.width, config.heads, config.frames) == (16, 512, 16, 128)
    assert config.norm == "post"
    model = LART(replace(config, depth=1))
    assert [m.out_features for m in model.pose_encoder if hasattr(m, "out_features")][-1] == 256
    assert len(model.pose_encoder) == 5  # two hidden layers
    assert model.appearance_encoder[0].in_features == 1152
    assert model.appearance_encoder[-1].out_features == 256
    assert isinstance(model.project, torch.nn.Identity)


def test_the_pose_only_variant_is_as_wide():
    model = LART(LARTConfig.paper(appearance_size=0, depth=1))
    assert model.config.inputs == "pose"
    assert model.project.out_features == 512


def test_the_published_network_has_the_published_size():
    """51,337,130 numbers, of which 3,670,528 in two layers that nothing uses, and one alias."""
    model = LART(LARTConfig.published())
    unused = 2 * (512 * 512 * 7) + 2 * 512
    assert count(model) == 51_337_130 - unused


def test_small_ones_come_from_the_same_class():
    model = LART(LARTConfig.small(actions=7))
    assert isinstance(model.config, LARTConfig)
    assert count(model) < 1_500_000


@pytest.mark.parametrize("frames, people", [(1, 1), (17, 2), (128, 5)])
def test_any_number_of_frames_and_people_up_to_the_table(frames, people):
    torch.manual_seed(0)
    model = LART(LARTConfig.small(actions=80, people=5, depth=1)).eval()
    batch = {
        "pose_shape": torch.randn(2, frames, people, 229),
        "has_detection": torch.ones(2, frames, people, 1),
    }
    assert model(batch)["action_logits_ava"].shape == (2, frames, people, 80)


def test_round_trip_through_json():
    config = LARTConfig.published(appearance_size=0)
    assert LARTConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize("change", [{"depht": 3}, {"depth": None}])
def test_a_configuration_with_other_fields_is_refused(change):
    values = LARTConfig.paper().to_dict()
    for key, value in change.items():
        if value is None:
            del values[key]
        else:
            values[key] = value
    with pytest.raises(LartError, match=next(iter(change))):
        LARTConfig.from_dict(values)


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"frames": 0}, "frames in 1..250"),
        ({"people": 11}, "people in 1..10"),
        ({"actions": 0}, "at least one action"),
        ({"width": 30}, "multiple of 4"),
        ({"pose_layers": ()}, "pose encoder"),
        ({"appearance_size": 0, "appearance_layers": (8,)}, "appearance encoder"),
        ({"mask_ratio": 1.5}, "mask ratio"),
        ({"dropout": 1.0}, "dropout"),
        ({"norm": "none"}, "norm"),
        ({"position": "none"}, "position"),
        ({"joints_order": "coco"}, "joints in the order"),
    ],
)
def test_contradictions_are_refused(wrong, says):
    with pytest.raises(LartError, match=says):
        LARTConfig.paper(**wrong)


@pytest.mark.parametrize(
    "spoil, says",
    [
        (lambda b: b.pop("apperance_emb"), "looks at pose \\+ appearance.*no 'apperance_emb'"),
        (lambda b: b.update(pose_shape=b["pose_shape"][..., :5]), r"\(B, T, P, 229\)"),
        (lambda b: b.update(has_detection=b["has_detection"][:, :3]), "'has_detection' as"),
        (lambda b: b.update(mask_detection=b["has_detection"][0]), "'mask_detection' as"),
        (lambda b: b.update({k: v.repeat(1, 60, 1, 1) for k, v in b.items()}), "at most 250"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(spoil, says):
    model = LART(LARTConfig.small(appearance_size=4))
    batch = {
        "pose_shape": torch.zeros(1, 5, 1, 229),
        "apperance_emb": torch.zeros(1, 5, 1, 4),
        "has_detection": torch.ones(1, 5, 1, 1),
    }
    spoil(batch)
    with pytest.raises(LartError, match=says):
        model(batch)


def test_drop_path_and_dropout_act_in_training_only():
    torch.manual_seed(0)
    model = LART(LARTConfig.small(drop_path=0.5, depth=2))
    batch = {
        "pose_shape": torch.randn(4, 5, 1, 229),
        "has_detection": torch.ones(4, 5, 1, 1),
    }
    assert not torch.equal(model.encode(batch), model.encode(batch))
    model.eval()
    assert torch.equal(model.encode(batch), model.encode(batch))
