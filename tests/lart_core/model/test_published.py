"""Published weights: names, prefixes, Lightning files, and what is wrong with wrong ones."""

import pickle
import sys
import types
import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from app.cli import main
from lart_core.errors import LartError
from lart_core.model import from_published, load_checkpoint, read_published_config
from lart_core.model.published import config_of_weights
from lart_core.untrusted.torch_file import read_state_dict

NAME = "lart_small_pose_joints_appearance"


@pytest.fixture(scope="module")
def config(golden):
    return yaml.safe_load((golden / f"{NAME}.config.yaml").read_text())


@pytest.fixture(scope="module")
def state(golden):
    return torch.load(golden / f"{NAME}.state_dict.pt", weights_only=True)


def weights(model):
    return torch.cat([value.flatten() for _, value in sorted(model.state_dict().items())])


def test_every_entry_is_used_or_reported(state, config):
    model = from_published(state, config)
    report = model.load_report
    assert report.missing == ()
    assert set(report.unused) == {
        "pe", "conv_en.weight", "conv_en.bias", "conv_de.weight", "conv_de.bias",
    }  # fmt: skip
    assert any(
        "pos_embedding (64, 250, 10) -> position (250, 10, 64)" in r for r in report.reshaped
    )
    assert not model.training


def test_prefix_and_configs_key_make_no_difference(state, config):
    lightning = {f"encoder.{k}": v for k, v in state.items()} | {"smpl.betas": torch.zeros(3)}
    model = from_published(lightning, {"configs": config})
    assert torch.equal(weights(model), weights(from_published(state, config)))
    assert "smpl.betas" in model.load_report.unused


def test_missing_heads_are_reported(state, config):
    less = {
        k: v for k, v in state.items() if not k.startswith(("loca_head", "smpl_head.0.decpose"))
    }
    report = from_published(less, config).load_report
    assert "location_head.0.weight" in report.missing
    assert "smpl_head.correction.weight" in report.missing
    assert "smpl_head.0.decshape.weight" in report.unused


def test_missing_parts_that_actions_need_are_refused(state, config):
    less = {k: v for k, v in state.items() if not k.startswith("transformer.layers.1")}
    with pytest.raises(LartError, match=r"'blocks\.1"):
        from_published(less, config)
    with pytest.raises(LartError, match="missing"):
        from_published({"something.else": torch.zeros(2)}, config)


def test_another_size_is_refused(state, config):
    with pytest.raises(LartError, match=r"action_head_ava.*need another\s+configuration"):
        from_published(state, config | {"ava": config["ava"] | {"predict_valid": False}})


def test_a_configuration_of_something_else_is_refused(state):
    for wrong in ({}, {"configs": {"extra_feat": 3}}):
        with pytest.raises(LartError, match="configuration"):
            from_published(state, wrong)


def test_configuration_files(golden, tmp_path):
    assert read_published_config(golden / f"{NAME}.config.yaml")["in_feat"] == 64
    for text in ("- a list", "{", "\0"):
        (tmp_path / "wrong.yaml").write_text(text)
        with pytest.raises(LartError, match=r"wrong\.yaml"):
            read_published_config(tmp_path / "wrong.yaml")
    with pytest.raises(LartError, match=r"absent\.yaml"):
        read_published_config(tmp_path / "absent.yaml")


@pytest.fixture
def omegaconf_lookalike(monkeypatch):
    """Classes as a Lightning checkpoint of a Hydra project names them."""
    ran = []
    module = types.ModuleType("omegaconf_lookalike")

    class DictConfig:
        def __init__(self, content):
            self.content = content

        def __setstate__(self, state):
            ran.append("state")
            self.__dict__.update(state)

    DictConfig.__module__, DictConfig.__qualname__ = "omegaconf_lookalike", "DictConfig"
    module.DictConfig = DictConfig
    monkeypatch.setitem(sys.modules, "omegaconf_lookalike", module)
    return DictConfig, ran


def test_a_lightning_file_with_foreign_objects(state, config, tmp_path, omegaconf_lookalike):
    foreign, ran = omegaconf_lookalike
    file = tmp_path / "epoch.ckpt"
    content = {
        "state_dict": {f"encoder.{k}": v for k, v in state.items()},
        "hyper_parameters": {"cfg": foreign({"a": foreign([1, 2])}), "where": Path("x")},
        "resolvers": defaultdict(dict, {"a": {"b": 1}}),
        "epoch": 3,
    }
    torch.save(content, file)
    read = read_state_dict(file)
    assert ran == []
    model = from_published(read, config)
    assert torch.equal(weights(model), weights(from_published(state, config)))


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_code_in_a_file_does_not_run(tmp_path):
    target = tmp_path / "written"
    file = tmp_path / "bomb.ckpt"
    torch.save({"state_dict": {"w": torch.zeros(2)}, "bomb": Bomb(target)}, file)
    assert read_state_dict(file)["w"].shape == (2,)
    assert not target.exists()


@pytest.mark.parametrize("content", [b"", b"no torch file", None, {"a": 1}])
def test_other_files_are_refused(tmp_path, content):
    file = tmp_path / "other.ckpt"
    if content is None:
        with zipfile.ZipFile(file, "w") as made:
            made.writestr("x/data.pkl", pickle.dumps({}))
    elif isinstance(content, dict):
        torch.save(content, file)
    else:
        file.write_bytes(content)
    with pytest.raises(LartError, match=r"other\.ckpt"):
        read_state_dict(file)


@pytest.mark.parametrize("size", [0, 16, 2048])
def test_the_weights_tell_their_appearance_and_actions(size):
    """MViT's, Hiera's or no appearance, under Lightning's names."""
    names = {"action_head_ava.0.0.weight": torch.zeros(60, 512)}
    if size:
        names["apperance_encoder.0.weight"] = torch.zeros(512, size)
    found = config_of_weights({f"encoder.{key}": value for key, value in names.items()})
    assert (found.actions, found.appearance_size, found.width) == (60, size, 512)
    with pytest.raises(LartError, match="action_head_ava"):
        config_of_weights({"w": torch.zeros(1)})


def test_weights_convert_makes_a_model_of_a_checkpoint(golden, tmp_path, monkeypatch, capsys):
    """The command, on the published code's own small network as Lightning saves it."""
    name = golden / "lart_small_pose_joints_appearance"
    state = read_state_dict(name.with_suffix(".state_dict.pt"))
    torch.save({"state_dict": {f"encoder.{k}": v for k, v in state.items()}}, tmp_path / "e.ckpt")
    np.save(tmp_path / "mean_std.npy", np.ones((2, 1, 226), np.float32))
    monkeypatch.setattr("lart_core.weights.path", lambda _: tmp_path / "mean_std.npy")
    monkeypatch.setattr("lart_core.presets.full.files.at_hand", lambda *_: False)
    config = str(name.with_suffix(".config.yaml"))
    with pytest.raises(LartError, match=r"lart weights convert e\.ckpt"):
        load_checkpoint(tmp_path / "e.ckpt")
    assert main(["weights", "convert", str(tmp_path / "e.ckpt"), "--config", config]) == 0
    assert "60 actions" in capsys.readouterr().out
    made = load_checkpoint(tmp_path / "e.safetensors")
    assert made.fps == 30, "seconds, not frames"
    expected = from_published(state, read_published_config(Path(config)))
    assert torch.equal(weights(made.model), weights(expected))
