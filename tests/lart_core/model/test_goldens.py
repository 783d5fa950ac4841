"""Parity with what the published code computed."""

import zlib

import numpy as np
import pytest
import torch
import yaml

from lart_core.model import from_published
from lart_core.model.position import sines_2d

SMALL = ["lart_small_pose", "lart_small_pose_joints_appearance"]
FULL = ["lart_full_pose_only_infeat128", "lart_full_pose_joints_appearance1152"]
OUTPUTS = {
    "tokens": "tokens",
    "action_logits_ava": "action_logits_ava",
    "action_logits_kinetics": "action_logits_kinetics",
    "location": "loca",
    "smpl_global_orient": "smpl_global_orient",
    "smpl_body_pose": "smpl_body_pose",
    "smpl_betas": "smpl_betas",
    "smpl_camera": "smpl_cam",
}


def config_of(golden, name):
    return yaml.safe_load((golden / f"{name}.config.yaml").read_text())


@pytest.mark.parametrize("masking", ["zero", "random"])
@pytest.mark.parametrize("name", SMALL)
def test_small_goldens(golden, name, masking):
    state = torch.load(golden / f"{name}.state_dict.pt", weights_only=True)
    model = from_published(state, config_of(golden, name))
    with np.load(golden / f"{name}.npz", allow_pickle=False) as file:
        stored = dict(file)
    batch = {
        key.removeprefix("in_"): torch.from_numpy(value)
        for key, value in stored.items()
        if key.startswith("in_") and "random" not in key
    }
    if masking == "random":
        batch["mask_detection"] = torch.from_numpy(stored["in_random_mask_detection"])
    with torch.no_grad():
        said = model(batch, masking=masking)
    for ours, theirs in OUTPUTS.items():
        expected = stored[f"{masking}_{theirs}"]
        assert said[ours].shape == expected.shape
        np.testing.assert_allclose(said[ours].numpy(), expected, rtol=0, atol=1e-5, err_msg=ours)


def generated_state(golden, name):
    """Weights by the recipe in the goldens' README; None stands for the start of the position."""
    state = {}
    for line in (golden / f"{name}.params.txt").read_text().splitlines():
        key, shape, _ = line.split("\t")
        size = tuple(int(n) for n in shape.strip("()").split(",") if n.strip())
        draw = np.random.RandomState(zlib.crc32(key.encode())).standard_normal(size)
        value = draw.astype(np.float32) * np.float32(0.02 if len(size) > 1 else 0.05)
        state[key] = torch.from_numpy(value + 1 if key.endswith("norm.weight") else value)
    return state


def full_inputs(config, people, seed=13):
    """Inputs by the recipe in the goldens' README, one sample."""
    rng = np.random.RandomState(seed)
    frames = config["frame_length"]
    pose = rng.randn(1, frames, people, 229)
    seen = rng.rand(1, frames, people, 1) > 0.25
    seen[:, frames // 2 : frames // 2 + 3, 0] = False
    seen[0, :, people - 1] = False
    batch = {"pose_shape": pose * seen, "has_detection": seen}
    if "joints_3D" in config["extra_feat"]["enable"]:
        batch["joints_3D"] = rng.randn(1, frames, people, 135) * 3 * seen
    if "apperance" in config["extra_feat"]["enable"]:
        size = config["extra_feat"]["apperance"]["dim"]
        batch["apperance_emb"] = rng.randn(1, frames, people, size) * seen
    return {key: torch.from_numpy(value.astype(np.float32)) for key, value in batch.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", FULL)
def test_full_size_goldens(golden, name):
    config = config_of(golden, name)
    state = generated_state(golden, name)
    table = sines_2d(config["in_feat"], 250, 10).permute(2, 0, 1)
    model = from_published(state | {"pos_embedding": table, "pe": table}, config)
    with np.load(golden / f"{name}.npz", allow_pickle=False) as file:
        stored = dict(file)
    batch = full_inputs(config, config["max_people"])
    np.testing.assert_array_equal(batch["has_detection"], stored["in_has_detection"])
    with torch.inference_mode():
        tokens = model.encode(batch)
        logits, location = model.action_head(tokens), model.location_head(tokens)
        classes = model.class_token.expand(1, config["max_people"], -1)
        head = torch.cat([classes, tokens.flatten(1, 2)], dim=1)[:, :40]
    np.testing.assert_allclose(logits.numpy(), stored["action_logits_ava"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(location.numpy(), stored["loca"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(head.numpy(), stored["tokens_head"], rtol=0, atol=1e-4)
