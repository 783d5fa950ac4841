"""What the full system takes: how much one pass may hold on a GPU, how long it lasts on the CPU."""

from dataclasses import dataclass

import torch

from lart_core.errors import LartError
from lart_core.perception.appearance_rate import STRIDE, group_centres
from lart_core.tracklet import VideoFacts

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

FRAME = {"regnety": 0.45 * GB, "vitdet": 3.3 * GB}
CROP, CLIP = 0.003 * GB, 0.61 * GB
"""Bytes that each further frame, crop and clip takes in a pass (`docs/full_system.md`)."""

PASTING = 1.1 * GB
"""Bytes while the masks of up to 100 people are laid over one 720p frame."""

LARGEST = (8, 64, 8)
"""Frames, crops and clips a pass beyond which nothing is gained."""

CROPS_ON_CPU = 8
"""Measured: a crop of eight takes half the time of one alone."""

FRAME_SECONDS, CROP_SECONDS, CLIP_SECONDS = 10.0, 2.3, 130.0
"""What a frame, a person's crop (body and texture) and a clip take on the CPU, in seconds of one
core: measured, see `docs/full_system.md`."""


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
    needed = held + PASTING + FRAME[detector]
    if memory < needed:
        raise LartError(
            f"Expected at least {needed / GB:.1f} GB of GPU memory for the full system with the "
            f"detector '{detector}', but may use {memory / GB:.1f} GB; allow more, or hide the GPU "
            f"(CUDA_VISIBLE_DEVICES=) to run on the CPU."
        )
    free = memory - held
    fitting = ((free - PASTING) // FRAME[detector], free // CROP, free // CLIP)
    return Batches(*(min(most, int(each)) for each, most in zip(fitting, LARGEST, strict=True)))


def gpu_memory(allowed: float | None) -> float | None:
    """Bytes of the GPU that may be used: all that is free, or `allowed` of it; None without one."""
    if not torch.cuda.is_available():
        return None
    free, _ = torch.cuda.mem_get_info()
    return min(free, allowed or free)


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
        f"the bodies and {encoded} for the appearance. The preset 'light' is made for such a "
        f"machine."
    )


def _clock(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"
