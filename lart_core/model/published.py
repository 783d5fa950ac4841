"""Weights that the authors of LART published, under their names, into our module."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from torch import Tensor

from lart_core.errors import LartError
from lart_core.file_kinds import mistaken
from lart_core.model.config import LARTConfig
from lart_core.model.lart import LART, PRETEXT, LoadReport
from lart_core.tracklet.person_vector import PERSON_VECTOR

NAMES = [
    (r"pos_embedding", "position"),
    (r"transformer\.layers\.(\d+)\.0\.norm\.(.+)", r"blocks.\1.attention_norm.\2"),
    (r"transformer\.layers\.(\d+)\.0\.fn\.to_qkv\.(.+)", r"blocks.\1.attention.qkv.\2"),
    (r"transformer\.layers\.(\d+)\.0\.fn\.to_out\.0\.(.+)", r"blocks.\1.attention.out.\2"),
    (r"transformer\.layers\.(\d+)\.1\.norm\.(.+)", r"blocks.\1.mlp_norm.\2"),
    (r"transformer\.layers\.(\d+)\.1\.fn\.net\.(.+)", r"blocks.\1.mlp.\2"),
    (r"pose_shape_encoder\.(.+)", r"pose_encoder.\1"),
    (r"joint_encoder\.(.+)", r"joints_encoder.\1"),
    (r"apperance_encoder\.(.+)", r"appearance_encoder.\1"),
    (r"smpl_head\.0\.fc1\.(.+)", r"smpl_head.first.\1"),
    (r"smpl_head\.0\.fc2\.(.+)", r"smpl_head.second.\1"),
    (r"loca_head\.0\.(.+)", r"location_head.\1"),
    (r"action_head_ava\.0\.0\.(.+)", r"action_head.\1"),
    (r"action_head_kinetics\.(.+)", r"kinetics_head.\1"),
]
"""Published name -> ours; names that are the same are not listed."""


def published_config(config: Mapping[str, Any]) -> LARTConfig:
    """Our configuration of the published YAML (or its `configs` mapping).

    Raises:
        LartError: A setting that decides the shape is missing.
    """
    values = config.get("configs", config)
    try:
        extra, trunk, ava = values["extra_feat"], values["transformer"], values["ava"]
        pose, joints, look = extra["pose_shape"], extra["joints_3D"], extra["apperance"]
        enabled = extra["enable"]
        return LARTConfig(
            frames=values["frame_length"],
            people=values["max_people"],
            actions=ava[
                "num_valid_action_classes" if ava["predict_valid"] else "num_action_classes"
            ],
            pose_layers=(pose["mid_dim"], pose["en_dim"]),
            joints_layers=(
                (joints["mid_dim"], joints["mid_dim"], joints["en_dim"])
                if "joints_3D" in enabled
                else ()
            ),
            appearance_size=look["dim"] if "apperance" in enabled else 0,
            appearance_layers=(
                (look["mid_dim"], look["mid_dim"], look["en_dim"]) if "apperance" in enabled else ()
            ),
            width=values["in_feat"],
            depth=trunk["depth"],
            heads=trunk["heads"],
            head_width=trunk["dim_head"],
            mlp_width=trunk["mlp_dim"],
            norm="pre",
            position="table",
            position_table=(250, 10),
            missing_attend=True,
            pretext_heads=True,
            mask_ratio=values["mask_ratio"],
            dropout=trunk["dropout"],
            drop_path=trunk["droppath"],
            joints_order="phalp",
        )
    except (KeyError, TypeError) as error:
        raise LartError(
            f"Expected the configuration that belongs to published LART weights, but could not "
            f"find {error} in it."
        ) from None


def config_of_weights(state_dict: Mapping[str, Tensor]) -> LARTConfig:
    """The published configuration with the lengths that weights tell by themselves.

    That is the size of the appearance (1152 of MViT, 2048 of Hiera, 0) and the number of actions;
    for the rest `LARTConfig.published` stands.

    Raises:
        LartError: They are no weights of LART.
    """
    given, _ = without_prefix(state_dict)
    head, look = given.get("action_head_ava.0.0.weight"), given.get("apperance_encoder.0.weight")
    if head is None:
        raise LartError("Expected published LART weights, but they have no 'action_head_ava'.")
    size = 0 if look is None else look.shape[1]
    return LARTConfig.published(actions=len(head), appearance_size=size)


def from_published(
    state_dict: Mapping[str, Tensor], config: Mapping[str, Any] | LARTConfig
) -> LART:
    """Build the published network and fill it.

    Args:
        state_dict: Published names -> tensors, with or without the `encoder.` prefix that
            Lightning adds.
        config: The published YAML as a dict, or its `configs` part, or ours.

    Returns:
        The model in eval mode; `model.load_report` is the `LoadReport`.

    Raises:
        LartError: An entry has another shape than the configuration says, or weights that the
            actions depend on are missing.
    """
    shape = config if isinstance(config, LARTConfig) else published_config(config)
    with torch.device("meta"):  # nothing is reserved before names and shapes are compared
        ours = LART(shape).state_dict()
    given, foreign = without_prefix(state_dict)
    filled: dict[str, Tensor] = {}
    unused = list(foreign)
    reshaped: list[str] = []
    merge_smpl(given, reshaped)
    for name, value in given.items():
        target = our_name(name)
        if target not in ours:
            unused.append(name)
            continue
        before = tuple(value.shape)
        if name == "pos_embedding":
            value = value.permute(1, 2, 0)
        elif name == "class_token":
            value = value.flatten()
        if value.shape != ours[target].shape:
            raise LartError(
                f"Expected '{name}' to have {ours[target].numel()} numbers, as "
                f"{tuple(ours[target].shape)}, but got {before}; these weights need another "
                f"configuration."
            )
        if tuple(value.shape) != before:
            reshaped.append(f"{name} {before} -> {target} {tuple(value.shape)}")
        filled[target] = value
    missing = [name for name in ours if name not in filled]
    needed = [name for name in missing if not name.startswith(PRETEXT)]
    if needed:
        raise LartError(
            f"Expected published LART weights, but {len(needed)} that the actions depend on are "
            f"missing, the first is '{needed[0]}'."
        )
    model = LART(shape)
    model.load_state_dict(filled, strict=False)
    model.load_report = LoadReport(tuple(missing), tuple(sorted(unused)), tuple(reshaped))
    return model.eval()


def read_published_config(path: Path) -> dict[str, Any]:
    """The published YAML file.

    Raises:
        LartError: It is no YAML mapping.
    """
    try:
        if said := mistaken(path, "a configuration (YAML)"):
            raise LartError(said)
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LartError(f"Could not read {path.name} as YAML: {error}.") from None
    if not isinstance(values, dict):
        raise LartError(f"Expected a YAML mapping in {path.name}.")
    return values


def mean_and_deviation(
    mean_std: NDArray[np.floating],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(229,) mean and deviation of person vectors, from PHALP's `mean_std.npy`.

    The published file leaves out the last numbers; they are then taken as they are (0 and 1).

    Args:
        mean_std: (2, 1, D) or (2, D), D <= 229.

    Raises:
        LartError: The rows are longer.
    """
    rows = np.asarray(mean_std, np.float32).reshape(2, -1)
    rest = PERSON_VECTOR - rows.shape[1]
    if rest < 0:
        raise LartError(
            f"Expected at most {PERSON_VECTOR} numbers a row of mean and deviation, but got "
            f"{rows.shape[1]}."
        )
    return np.pad(rows[0], (0, rest)), np.pad(rows[1], (0, rest), constant_values=1)


def without_prefix(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """Entries of the network itself, and the names of all others in a Lightning checkpoint."""
    prefix = "encoder."
    if not any(name.startswith(prefix) for name in state):
        return dict(state), []
    inside = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
    return inside, [name for name in state if not name.startswith(prefix)]


def merge_smpl(given: dict[str, Tensor], reshaped: list[str]) -> None:
    """Pose, shape and camera are one vector in our SMPL head."""
    for merged, parts in {
        "smpl_head.start": ("init_body_pose", "init_betas", "init_cam"),
        "smpl_head.correction.weight": ("decpose.weight", "decshape.weight", "deccam.weight"),
        "smpl_head.correction.bias": ("decpose.bias", "decshape.bias", "deccam.bias"),
    }.items():
        names = [f"smpl_head.0.{part}" for part in parts]
        if all(name in given for name in names):
            pieces = [given.pop(name) for name in names]
            if merged == "smpl_head.start":
                pieces = [piece.flatten() for piece in pieces]
            given[merged] = torch.cat(pieces)
            reshaped.append(f"{' + '.join(names)} -> {merged} {tuple(given[merged].shape)}")


def our_name(name: str) -> str:
    """Our name of a published entry; unknown names stay as they are."""
    for theirs, ours in NAMES:
        if re.fullmatch(theirs, name):
            return re.sub(theirs, ours, name)
    return name
