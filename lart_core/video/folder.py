"""A folder of numbered pictures: a video as PHALP, SlowFast and AVA's tools cut it."""

import hashlib
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lart_core.atomic_files import sha256
from lart_core.errors import LartError
from lart_core.video.container import MEGAPIXELS

ENDINGS = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
"""Of pictures that are frames."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """The frames of a folder in order.

    Attributes:
        files: One a frame.
        numbers: Those in their names.
        seconds: (N,) when each is shown: number over rate, so that missing numbers are pauses.
    """

    files: list[Path]
    seconds: NDArray[np.float64]
    numbers: list[int]


def listed(path: Path, fps: float | None) -> Pictures:
    """The numbered pictures of a folder.

    Raises:
        LartError: There are none, some share a number, or nobody said the rate.
    """
    files = [
        file
        for file in path.iterdir()
        if file.suffix.lower() in ENDINGS and file.is_file() and not file.name.startswith(".")
    ]
    if not files:
        raise LartError(
            f"Expected a video file or a folder of numbered pictures (000001.jpg, ...), but "
            f"{path} has no picture in it."
        )
    if fps is None:
        raise LartError(
            f"Expected the frame rate of the {len(files)} pictures in {path}: say it (--fps 30)."
        )
    numbered: dict[int, Path] = {}
    for file in sorted(files):
        found = re.findall(r"\d+", file.stem)
        number = int(found[-1]) if found and len(found[-1]) < 16 else -1
        if number < 0:
            raise LartError(f"Expected pictures with frame numbers in {path}, but got {file.name}.")
        other = numbered.setdefault(number, file)
        if other != file:
            raise LartError(
                f"Expected the frames of one video in {path}, but {other.name} and {file.name} "
                f"have the same number."
            )
    order = sorted(numbered)
    seconds = (np.array(order, np.float64) - order[0]) / fps
    return Pictures([numbered[number] for number in order], seconds, order)


def picture(file: Path, shape: tuple[int, int] | None) -> NDArray[np.uint8] | None:
    """A picture as RGB (H, W, 3), upright, scaled to a shape (H, W); None if it is damaged.

    Raises:
        LartError: It has more pixels than a frame may, and than that shape.
    """
    most = max(1e6 * MEGAPIXELS, shape[0] * shape[1]) if shape is not None else math.inf
    try:
        with Image.open(file) as image:
            if image.width * image.height > most:
                raise LartError(
                    f"Expected pictures of at most {most / 1e6:.1f} megapixels, as the first is, "
                    f"but {file.name} has {image.width}x{image.height}; scale it down first."
                )
            upright = ImageOps.exif_transpose(image)
            grey = np.asarray(upright) if upright.mode.startswith("I") else None
            if grey is not None and (upright.mode != "I" or grey.max(initial=0) > 255):
                # 16 bits, which `convert` cuts off at 255.
                upright = Image.fromarray((grey >> 8).clip(0, 255).astype(np.uint8))
            upright = upright.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    if shape is not None and upright.size != shape[::-1]:
        upright = upright.resize(shape[::-1], Image.Resampling.BILINEAR)
    return np.asarray(upright, np.uint8)


def fingerprint(found: Pictures) -> str:
    """A hash of all pictures and their numbers, in order."""
    total = hashlib.sha256()
    for file in found.files:
        total.update(f"{file.name} {sha256(file)}\n".encode())
    return total.hexdigest()
