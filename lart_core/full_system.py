"""The full system: Detectron2, HMR 2.0, MViT-L and the published LART, as one set of backends."""

import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from lart_core import body, weights
from lart_core.backends import Backends, TrackingModels
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
from lart_core.perception.hmar import load_hmar
from lart_core.perception.hmar_appearance import HMARAppearance
from lart_core.perception.hmr2 import load_hmr2
from lart_core.perception.hmr2_estimator import HMR2Estimator
from lart_core.perception.mvit import load_mvit
from lart_core.perception.mvit_appearance import STRIDE, MViTAppearance, group_centres
from lart_core.tracking import PosePredictor
from lart_core.tracklet import VideoFacts, unpickle

GB = 1e9
CUDA_CONTEXT = 0.5 * GB
NETWORKS = {
    "regnety": 0.17 * GB,
    "vitdet": 2.9 * GB,
    "hmr2": 1.4 * GB,
    "hmar": 0.11 * GB,
    "mvit": 0.43 * GB,
}
"""Bytes of the weights on a GPU: detectors and HMAR in single precision, the others in half."""

FRAME, CROP, CLIP = 1.2 * GB, 0.003 * GB, 0.58 * GB
"""Bytes that each further frame, crop and clip takes in a pass (`docs/full_system.md`)."""

LARGEST = (8, 64, 8)
"""Frames, crops and clips a pass beyond which nothing is gained."""

CROPS_ON_CPU = 8
"""Measured: a crop of eight takes half the time of one alone."""

FRAME_SECONDS, CROP_SECONDS, CLIP_SECONDS = 10.0, 2.3, 130.0
"""What a frame, a person's crop (body and texture) and a clip take on the CPU, in seconds of one
core: measured, see `docs/full_system.md`."""

PREDICTOR = ("pose-predictor", "pose-predictor-config")
"""The files that PHALP's pose predictor is made of, beside LART's own `phalp-mean-std`."""


@dataclass(frozen=True)
class Batches:
    """Frames, crops and clips a pass."""

    frames: int
    crops: int
    clips: int


def batches(memory: float | None, detector: str = "regnety") -> Batches:
    """How much one pass may hold.

    Args:
        memory: Bytes of the GPU that may be used; None on the CPU.
        detector: One of Detectron2's networks (`detectron2_models.MODELS`).

    Raises:
        LartError: Not even one of each fits.
    """
    if memory is None:
        return Batches(1, CROPS_ON_CPU, 1)
    held = CUDA_CONTEXT + sum(NETWORKS[name] for name in (detector, "hmr2", "hmar", "mvit"))
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


def load(detector: str = "regnety", max_gpu_memory: float | None = None) -> Backends:
    """Build everything from the files under ``LART_HOME/weights``.

    On a GPU the networks of bodies and appearance compute in half precision. What PHALP's tracker
    compares beside bodies is built where its files are at hand.

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
    size = batches(memory, detector)
    net, picture = build(detector, weights.path(f"detectron2-{detector}"))
    return Backends(
        Detectron2Detector(net, picture, device=device, batch=size.frames),
        HMR2Estimator(
            load_hmr2(hmr2_checkpoint()), body.load(smpl_file()), device=device, batch=size.crops
        ),
        MViTAppearance(
            load_mvit(weights.path("mvit-config"), weights.path("mvit")), device, size.clips
        ),
        {"lart-published": lart_checkpoint()},
        TrackingModels(
            HMARAppearance(load_hmar(weights.path("hmar")), device) if at_hand("hmar") else None,
            pose_predictor() if at_hand(*PREDICTOR) else None,
        ),
    )


def on_cpu() -> str:
    """What the full system takes without a GPU, in one or two sentences."""
    return (
        f"No GPU was found: the full system runs on the CPU. Expect about {FRAME_SECONDS:.0f} s "
        f"for each frame, {CROP_SECONDS:.0f} s for each person in it, and {_clock(CLIP_SECONDS)} "
        f"for each appearance vector, of which a person has one every {STRIDE} frames."
    )


def forecast(video: VideoFacts) -> str | None:
    """How long a video takes on this machine; None where a GPU is at hand."""
    if torch.cuda.is_available():
        return None
    found = _clock(video.frames * FRAME_SECONDS)
    lifted = _clock(video.frames * CROP_SECONDS)
    encoded = _clock(len(group_centres(video.frames)) * CLIP_SECONDS)
    return (
        f"No GPU was found: the full system runs on the CPU. Expect about {found} to find the "
        f"people in these {video.frames} frames and, for each who is in all of them, {lifted} for "
        f"the bodies and {encoded} for the appearance. The preset 'embedded' is made for such a "
        f"machine."
    )


def _clock(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"


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
        read_published_weights(weight), read_published_config(config), mean_std
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
    file = weight.with_name("lart-published.safetensors")
    newest = max(path.stat().st_ctime for path in sources)
    if not file.is_file() or file.stat().st_ctime < newest:
        mean, std = read_mean_std(mean_std)
        model = from_published(read_published_weights(weight), read_published_config(config))
        ids, order = _action_order(model.config.actions, mapping)
        source = {"source": f"published LART, {weight.name}", "order of actions": order}
        save_checkpoint(file, Checkpoint("lart-published", model, ids, mean, std, source))
    return file


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
    content = unpickle.load(path)
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
