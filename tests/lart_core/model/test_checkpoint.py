"""Our checkpoints: everything comes back, and wrong ones say what is wrong."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from lart_core.errors import LartError
from lart_core.model import LART, Checkpoint, LARTConfig, load_checkpoint, save_checkpoint

CONFIGS = {
    "paper": LARTConfig.paper(
        actions=3, appearance_size=6, width=16, depth=2, heads=2, head_width=8, mlp_width=8
    ),
    "published": LARTConfig.published(
        actions=3,
        appearance_size=6,
        appearance_layers=(8, 8),
        width=16,
        depth=1,
        pose_layers=(8, 8),
        joints_layers=(4, 4),
    ),
}


def made(name="paper", **other):
    torch.manual_seed(1)
    rng = np.random.default_rng(0)
    values = {
        "name": "demo",
        "model": LART(CONFIGS[name]),
        "ava_ids": (80, 12, 1),
        "mean": rng.normal(size=229),
        "std": rng.uniform(0.5, 1, 229),
        "provenance": {"data": "made up"},
        "fps": 25.0,
    }
    return Checkpoint(**values | other)


@pytest.mark.parametrize("name", CONFIGS)
def test_everything_comes_back(tmp_path, name):
    saved = made(name)
    save_checkpoint(tmp_path / "m.safetensors", saved)
    got = load_checkpoint(tmp_path / "m.safetensors")
    assert (got.name, got.ava_ids, got.fps) == ("demo", (80, 12, 1), 25.0)
    assert got.provenance == {"data": "made up"} and got.model.config == saved.model.config
    np.testing.assert_array_equal(got.mean, saved.mean)
    np.testing.assert_array_equal(got.std, saved.std)
    assert not got.model.training
    for key, value in saved.model.state_dict().items():
        assert torch.equal(value, got.model.state_dict()[key]), key


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"ava_ids": (1, 2)}, "3 different AVA ids"),
        ({"ava_ids": (1, 2, 2)}, "3 different AVA ids"),
        ({"ava_ids": (1, 2, 81)}, "3 different AVA ids"),
        ({"mean": np.zeros(226)}, "'mean' to be 229"),
        ({"std": np.full(229, np.nan)}, "'std' to be 229"),
    ],
)
def test_label_map_and_normalisation_must_fit(wrong, says):
    with pytest.raises(LartError, match=says):
        made(**wrong)


def parts(file):
    with safe_open(file, "pt") as opened:
        return {k: opened.get_tensor(k) for k in opened.keys()}, opened.metadata()  # noqa: SIM118


@pytest.mark.parametrize("said, asked", [("true", (80, 12, 1)), ("false", ()), ("[12]", (12,))])
def test_checkpoints_that_said_only_whether_people_are_together_are_read(tmp_path, said, asked):
    file = tmp_path / "m.safetensors"
    save_checkpoint(file, made())
    tensors, header = parts(file)
    save_file(tensors, file, header | {"together": said})
    assert load_checkpoint(file).together == asked


SPOILS = {
    "another format": (lambda t, h: h.update(format="other"), "marked as 'other'"),
    "no configuration": (lambda t, h: h.pop("config"), "lacks 'config'"),
    "broken configuration": (lambda t, h: h.update(config="{"), "damaged"),
    "another configuration": (
        lambda t, h: h.update(config=h["config"].replace('"depth": 2', '"depth": 3')),
        "lacks 'blocks.2",
    ),
    "a million blocks": (
        lambda t, h: h.update(config=h["config"].replace('"depth": 2', '"depth": 1000000')),
        r"with 1\.\.256 blocks",
    ),
    "a million layers": (
        lambda t, h: h.update(
            config=h["config"].replace('"pose_layers": [', '"pose_layers": [' + "1," * 10**6)
        ),
        "at most 256 layers",
    ),
    "a table of a million years": (
        lambda t, h: h.update(config=h["config"].replace("250", "25000000")),
        "table of positions",
    ),
    "a parameter less": (lambda t, h: t.pop("model.mask_token"), "lacks 'mask_token'"),
    "a parameter more": (
        lambda t, h: t.update({"model.more": torch.zeros(1)}),
        "unknown 'more'",
    ),
    "another shape": (
        lambda t, h: t.update({"model.mask_token": torch.zeros(3)}),
        r"'mask_token'.*shape \(16,\).*\(3,\)",
    ),
    "no normalisation": (lambda t, h: t.pop("normalisation.mean"), "lacks 'normalisation.mean'"),
    "label map of another": (lambda t, h: h.update(ava_ids="[1, 2]"), "3 different AVA ids"),
}


@pytest.mark.parametrize("kind", SPOILS)
def test_a_wrong_checkpoint_says_what_is_wrong(tmp_path, kind):
    file = tmp_path / "m.safetensors"
    save_checkpoint(file, made())
    tensors, header = parts(file)
    spoil, says = SPOILS[kind]
    spoil(tensors, header)
    save_file(tensors, file, header)
    with pytest.raises(LartError, match=says):
        load_checkpoint(file)


def test_a_damaged_or_absent_file(tmp_path):
    file = tmp_path / "m.safetensors"
    save_checkpoint(file, made())
    whole = file.read_bytes()
    for size in (0, 5, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:size])
        with pytest.raises(LartError, match=r"m\.safetensors"):
            load_checkpoint(file)
    with pytest.raises(LartError, match=r"model file gone\.safetensors is not there"):
        load_checkpoint(tmp_path / "gone.safetensors")


def test_replace_keeps_the_model():
    assert replace(made(), name="other").name == "other"


def test_reading_a_model_leaves_pytorchs_compiler_alone(tmp_path):
    """Importing it takes a second and a half, in every process that shows an action."""
    save_checkpoint(tmp_path / "demo.safetensors", made())
    program = (
        "import sys; from lart_core.model import load_checkpoint; load_checkpoint(sys.argv[1]);"
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path / "demo.safetensors"], check=True)
