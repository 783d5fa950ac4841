"""The full system: Detectron2, HMR 2.0, MViT-L and the published LART, as one set of backends."""

import os
import tarfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from lart_core import body, weights
from lart_core.body.model import SETTING
from lart_core.errors import LartError
from lart_core.files import replacing
from lart_core.labels import ava_actions
from lart_core.model import (
    Checkpoint,
    from_published,
    read_published_config,
    read_published_weights,
    save_checkpoint,
)
from lart_core.model.config import PERSON_VECTOR
from lart_core.perception.detectron2_detector import Detectron2Detector
from lart_core.perception.detectron2_models import build
from lart_core.perception.hmr2 import load_hmr2
from lart_core.perception.hmr2_estimator import HMR2Estimator
from lart_core.perception.mvit import load_mvit
from lart_core.perception.mvit_appearance import MViTAppearance

GB = 1e9
CUDA_CONTEXT = 0.5 * GB
NETWORKS = {"regnety": 0.17 * GB, "vitdet": 2.9 * GB, "hmr2": 1.4 * GB, "mvit": 0.43 * GB}
"""Bytes of the weights on a GPU: detectors in single precision, the others in half."""

FRAME, CROP, CLIP = 1.2 * GB, 0.003 * GB, 0.58 * GB
"""Bytes that each further frame, crop and clip takes in a pass (`docs/full_system.md`)."""

LARGEST = (8, 64, 8)
"""Frames, crops and clips a pass beyond which nothing is gained."""

ON_CPU = (
    "No GPU was found: the full system runs on the CPU. Expect about 10 seconds a frame for the "
    "detector, 3 seconds a person and frame for the bodies, and 4 minutes for each appearance "
    "vector, of which a person has 5 a second: a day or more for a clip of 10 seconds."
)


@dataclass(frozen=True)
class Batches:
    """Frames, crops and clips a pass."""

    frames: int
    crops: int
    clips: int


def batches(memory: float | None, detector: str = "regnety") -> Batches:
    """How much one pass may hold.

    Args:
        memory: Bytes of the GPU that may be used; None on the CPU, where one of each is best.
        detector: One of Detectron2's networks (`detectron2_models.MODELS`).

    Raises:
        LartError: Not even one of each fits.
    """
    if memory is None:
        return Batches(1, 1, 1)
    held = CUDA_CONTEXT + sum(NETWORKS[name] for name in (detector, "hmr2", "mvit"))
    needed = held + max(FRAME, CROP, CLIP)
    if memory < needed:
        raise LartError(
            f"Expected at least {needed / GB:.1f} GB of GPU memory for the full system with the "
            f"detector '{detector}', but may use {memory / GB:.1f} GB; allow more, or hide the GPU "
            f"(CUDA_VISIBLE_DEVICES=) to run on the CPU."
        )
    free = memory - held
    frames, crops, clips = (
        min(most, int(free // each))
        for each, most in zip((FRAME, CROP, CLIP), LARGEST, strict=True)
    )
    return Batches(frames, crops, clips)


@dataclass(frozen=True)
class FullSystem:
    """The three backends and the checkpoint."""

    detector: Detectron2Detector
    bodies: HMR2Estimator
    appearance: MViTAppearance
    checkpoint: Path


def load(detector: str = "regnety", max_gpu_memory: float | None = None) -> FullSystem:
    """Build everything from the files under ``LART_HOME/weights``.

    On a GPU the networks of bodies and appearance compute in half precision. Without one a
    warning says how long the CPU takes.

    Args:
        detector: One of Detectron2's networks (`detectron2_models.MODELS`).
        max_gpu_memory: Bytes; by default all that the GPU has free.

    Raises:
        LartError: A file is missing or does not fit; nothing is downloaded.
    """
    device, memory = "cpu", None
    if torch.cuda.is_available():
        device = "cuda"
        free, _ = torch.cuda.mem_get_info()
        memory = min(free, max_gpu_memory or free)
    else:
        warnings.warn(ON_CPU, stacklevel=2)
    size = batches(memory, detector)
    net, picture = build(detector, weights.path(f"detectron2-{detector}"))
    return FullSystem(
        Detectron2Detector(net, picture, device=device, batch=size.frames),
        HMR2Estimator(
            load_hmr2(hmr2_checkpoint()), body.load(smpl_file()), device=device, batch=size.crops
        ),
        MViTAppearance(
            load_mvit(weights.path("mvit-config"), weights.path("mvit")), device, size.clips
        ),
        lart_checkpoint(),
    )


def smpl_file() -> Path:
    """The official SMPL body: the file that ``$LART_SMPL`` names, else the register's."""
    return body.chosen() if os.environ.get(SETTING) else weights.path("smpl-neutral")


def hmr2_checkpoint() -> Path:
    """HMR 2.0's checkpoint, taken out of its archive once.

    Raises:
        LartError: The archive is missing, damaged, or holds no checkpoint.
    """
    archive = weights.path("hmr2")
    file = archive.with_name("hmr2.ckpt")
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
    """The published LART in our format, made once from its three files.

    Raises:
        LartError: A file is missing or they do not fit together.
    """
    config, weight, mean_std = (
        weights.path(name) for name in ("lart-config", "lart", "phalp-mean-std")
    )
    file = weight.with_name("lart-published.safetensors")
    newest = max(path.stat().st_mtime for path in (config, weight, mean_std))
    if not file.is_file() or file.stat().st_mtime < newest:
        mean, std = read_mean_std(mean_std)
        model = from_published(read_published_weights(weight), read_published_config(config))
        evaluated = tuple(a.ava_id for a in ava_actions().values() if a.evaluated)
        ids = evaluated if model.config.actions == len(evaluated) else tuple(ava_actions())
        source = {"source": f"published LART, {weight.name}"}
        save_checkpoint(file, Checkpoint("lart-published", model, ids, mean, std, source))
    return file


def read_mean_std(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(229,) mean and deviation of person vectors from PHALP's ``mean_std.npy``.

    The file may leave out the last numbers; they are then taken as they are (0 and 1).

    Raises:
        LartError: The file holds something else.
    """
    try:
        values = np.load(path, allow_pickle=False).reshape(2, -1).astype(np.float32)
    except (OSError, ValueError, EOFError) as error:
        raise LartError(f"Expected mean and deviation in {path.name}, but: {error}") from None
    rest = PERSON_VECTOR - values.shape[1]
    if rest < 0:
        raise LartError(
            f"Expected at most {PERSON_VECTOR} numbers a row in {path.name}, but got "
            f"{values.shape[1]}."
        )
    return np.pad(values[0], (0, rest)), np.pad(values[1], (0, rest), constant_values=1)
