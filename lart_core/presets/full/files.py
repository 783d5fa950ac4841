"""The full system's files as its networks take them: unpacked, converted, checked."""

import os
import tarfile
from functools import partial
from pathlib import Path

import numpy as np

from lart_core import body, weights
from lart_core.atomic_files import replacing
from lart_core.ava_labels import ava_actions
from lart_core.body.model import SETTING
from lart_core.errors import LartError
from lart_core.file_kinds import NPY, mistaken
from lart_core.model import (
    Checkpoint,
    from_published,
    read_published_config,
    save_checkpoint,
)
from lart_core.model.published import config_of_weights, mean_and_deviation
from lart_core.perception.published.mvit_config import MViTConfig
from lart_core.tracking import PosePredictor
from lart_core.tracklet import PUBLISHED_FPS
from lart_core.tracklet.data import REGRESSED_JOINTS
from lart_core.untrusted import joblib_pickle
from lart_core.untrusted.numpy_pickle import read_pickled
from lart_core.untrusted.torch_file import read_state_dict

PREDICTOR = ("pose-predictor", "pose-predictor-config")
"""The files that PHALP's pose predictor is made of, beside LART's own `phalp-mean-std`."""
PUBLISHED_FILE = "lart-published-30fps.safetensors"
"""In our format; `lart-published.safetensors` of before did not know its frame rate."""


def at_hand(*names: str) -> bool:
    """Whether all of these files of the register are here."""
    return all(weights.state(weights.find(name)) is weights.State.PRESENT for name in names)


def pose_predictor() -> PosePredictor:
    """PHALP's pose predictor from its files.

    Raises:
        LartError: A file is missing or they do not fit together.
    """
    weight, config = (weights.path(name) for name in PREDICTOR)
    mean_std = np.stack(read_mean_std(weights.path("phalp-mean-std")))
    return PosePredictor.from_published(
        read_state_dict(weight), read_published_config(config), mean_std
    )


def require_ava_classes(config: Path) -> None:
    """Make sure that MViT scores AVA's 80 actions, which its scores are labels of.

    Raises:
        LartError: The configuration describes another network.
    """
    classes = MViTConfig.from_yaml(config).classes
    if classes != len(ava_actions()):
        raise LartError(
            f"Expected MODEL.NUM_CLASSES {len(ava_actions())} in {config.name}, AVA's actions, but "
            f"got {classes}; take the MViT that LART's authors fine-tuned on AVA."
        )


def smpl_file() -> Path:
    """The official SMPL body: the file that ``$LART_SMPL`` names, else the register's."""
    return body.chosen() if os.environ.get(SETTING) else weights.path("smpl-neutral")


def hmr2_checkpoint() -> Path:
    """HMR 2.0's checkpoint, taken out of its archive once; the archive may go then.

    Raises:
        LartError: The archive is missing, damaged, or holds no checkpoint.
    """
    archive = weights.path("hmr2")
    unpacked = weights.find("hmr2").unpacked
    assert unpacked is not None, "the register names it"
    file = archive.with_name(unpacked)
    if archive == file:
        return file
    if file.is_file() and file.stat().st_mtime >= archive.stat().st_mtime:
        return file
    try:
        with tarfile.open(archive) as tar:
            found = [m for m in tar if m.isfile() and m.name.endswith(".ckpt")]
            if len(found) != 1:
                raise LartError(
                    f"Expected one checkpoint in {archive.name}, but it holds {len(found)}."
                )
            stream = tar.extractfile(found[0])
            assert stream is not None, "a regular file can be read"
            with replacing(file) as made, made.open("wb") as out:
                while block := stream.read(1 << 24):
                    out.write(block)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise LartError(f"{archive.name} is damaged: {error}. Bring it again.") from None
    return file


def lart_checkpoint() -> Path:
    """The published LART in our format, made once from its three files, and PHALP's class mapping.

    Raises:
        LartError: A file is missing or they do not fit together.
    """
    config, weight, mean_std = (
        weights.path(name) for name in ("lart-config", "lart", "phalp-mean-std")
    )
    sources = [config, weight, mean_std]
    mapping = weights.path("ava-class-mapping") if at_hand("ava-class-mapping") else None
    if mapping is not None:
        sources.append(mapping)
    file = weight.with_name(PUBLISHED_FILE)
    newest = max(max(path.stat().st_ctime, path.lstat().st_ctime) for path in sources)
    if not file.is_file() or file.stat().st_ctime < newest:
        mean, std = read_mean_std(mean_std)
        model = from_published(read_state_dict(weight), read_published_config(config))
        ids, order = _action_order(model.config.actions, mapping)
        source = {"source": f"published LART, {weight.name}", "order of actions": order}
        save_checkpoint(file, _at_seconds("lart-published", model, ids, mean, std, source))
    return file


_at_seconds = partial(Checkpoint, fps=PUBLISHED_FPS)
"""What LART's authors trained saw 30 frames a second."""


def convert_lart(weight: Path, out: Path, config: Path | None = None) -> Checkpoint:
    """A checkpoint that LART's authors published or their trainer wrote, in our format.

    Args:
        weight: Lightning's ``.ckpt``.
        out: The file to make (.safetensors).
        config: The YAML that belongs to it; without one the weights' own shapes decide.

    Raises:
        LartError: It is no such checkpoint, or PHALP's ``mean_std.npy`` is not in the register.
    """
    state = read_state_dict(weight)
    how = config_of_weights(state) if config is None else read_published_config(config)
    model = from_published(state, how)
    mapping = weights.path("ava-class-mapping") if at_hand("ava-class-mapping") else None
    ids, order = _action_order(model.config.actions, mapping)
    mean, std = read_mean_std(weights.path("phalp-mean-std"))
    source = {"source": f"published LART, {weight.name}", "order of actions": order}
    made = _at_seconds(out.stem, model, ids, mean, std, source)
    save_checkpoint(out, made)
    return made


def _action_order(actions: int, mapping: Path | None) -> tuple[tuple[int, ...], str]:
    """AVA ids of the head's outputs, and where that order is from.

    PHALP's mapping is from the 60 evaluated actions; without it they are taken to be ascending, as
    in every list of them in the published code (`docs/full_system.md`).
    """
    evaluated = tuple(a.ava_id for a in ava_actions().values() if a.evaluated)
    if actions != len(evaluated):
        return tuple(ava_actions()), "all of AVA's"
    if mapping is None:
        return evaluated, "ascending (assumed)"
    return read_class_mapping(mapping), mapping.name


def read_class_mapping(path: Path) -> tuple[int, ...]:
    """AVA ids of the published head's 60 outputs, from PHALP's dict: output, from 1 -> AVA id.

    Raises:
        LartError: The file holds something else.
    """
    evaluated = sorted(a.ava_id for a in ava_actions().values() if a.evaluated)
    content = joblib_pickle.load(path)
    try:
        ids = tuple(int(content[output]) for output in range(1, len(evaluated) + 1))
    except (KeyError, TypeError, ValueError, IndexError):
        ids = ()
    if sorted(ids) != evaluated:
        raise LartError(
            f"Expected the AVA ids of outputs 1 to {len(evaluated)} in {path.name}, each of the "
            f"evaluated ones once, but it holds something else."
        )
    return ids


def read_joint_regressor(path: Path) -> np.ndarray:
    """(19, 6890) shares of the vertices in PHALP's joints, from its ``SMPL_to_J19.pkl``.

    Raises:
        LartError: The file holds something else.
    """
    values = read_pickled(path)
    wanted = (REGRESSED_JOINTS, body.VERTICES)
    fits = isinstance(values, np.ndarray) and values.shape == wanted and values.dtype.kind == "f"
    if not fits or not np.isfinite(values).all():
        raise LartError(
            f"Expected {wanted[0]} x {wanted[1]} finite numbers in {path.name}, PHALP's regressor "
            f"of joints, but it holds something else; bring it again."
        )
    return values.astype(np.float32)


def read_mean_std(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(229,) mean and deviation of person vectors from PHALP's ``mean_std.npy``.

    Raises:
        LartError: The file holds something else.
    """
    try:
        if said := mistaken(path, "mean and deviation (.npy)", (NPY,)):
            raise LartError(said)
        values = np.load(path, allow_pickle=False).astype(np.float32).reshape(2, -1)
    except (OSError, ValueError, EOFError) as error:
        raise LartError(f"Expected mean and deviation in {path.name}, but: {error}") from None
    return mean_and_deviation(values)
