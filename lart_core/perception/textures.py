"""Keeps the textures of every detection between perception and tracking, a frame at a time.

PHALP keeps a UV map of 4 x 256 x 256 float32 (1 MB) a detection in memory until its frame is drawn.
Here they lie in one zip of NumPy arrays: colours in whole grey levels, as the picture had them, and
validity, compressed. So memory holds one frame's maps, however long the video.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from numpy.typing import NDArray

from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.perception.crop import MEAN, STD
from lart_core.perception.protocols import Detections, Frame, TextureEncoder
from lart_core.stored_files import reading as reading_file
from lart_core.tracklet.data import typed_array

MEAN_LEVEL, LEVELS = MEAN[:, None, None], 5 * STD[:, None, None]
"""Grey level of a texture's 0, and grey levels of its 1 (HMAR divides normalised RGB by 5)."""


@contextmanager
def keeping(
    path: Path, encoder: TextureEncoder | None
) -> Iterator[Callable[[Frame, Detections], None]]:
    """Give what takes each frame with its people in turn and keeps their textures in `path`.

    The file is there once the block ends well. Without an encoder nothing is kept.
    """
    if encoder is None:
        yield lambda _frame, _people: None
        return
    numbers = count()
    with (
        replacing(path) as made,
        ZipFile(made, "w", ZIP_DEFLATED, compresslevel=1) as file,
    ):

        def keep(frame: Frame, people: Detections) -> None:
            with file.open(f"{next(numbers)}.npy", "w") as member:
                np.save(member, _levels(encoder.textures(frame, people)))

        yield keep


@contextmanager
def reading(path: Path) -> Iterator[Callable[[int], NDArray[np.float32]]]:
    """Give what reads the (N, 4, S, S) textures of a frame by its number.

    Both raise a `LartError` where the file, or that part of it, is not there or damaged.
    """
    what = f"The file {path.name} of the run"
    remedy = "delete the run's folder and process the video anew"
    with ExitStack() as opened:
        with reading_file(path, what, remedy):
            file = opened.enter_context(np.load(path, allow_pickle=False))

        def of_frame(number: int) -> NDArray[np.float32]:
            with reading_file(path, what, remedy):
                if str(number) not in file.files:
                    raise LartError(
                        f"Expected textures of frame {number} in {path}, but there are none; "
                        f"{remedy}."
                    )
                return _textures(typed_array("textures", file[str(number)], "uint8"))

        yield of_frame


def _levels(textures: NDArray[np.float32]) -> NDArray[np.uint8]:
    seen = textures[:, 3:] > 0
    colour = np.clip(np.rint(textures[:, :3] * LEVELS + MEAN_LEVEL), 0, 255)
    return np.concatenate([colour * seen, seen], axis=1).astype(np.uint8)


def _textures(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    seen = levels[:, 3:] > 0
    colour = (levels[:, :3] - MEAN_LEVEL) / LEVELS * seen
    return np.concatenate([colour, np.where(seen, 1, -1)], axis=1).astype(np.float32)
