"""I3D's features pooled at each person's box, from one pass over the film for everybody."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.model.device import cpu_threads, fastest
from lart_core.perception.appearance_rate import STRIDE, group_centres
from lart_core.perception.embedded.i3d import CELL, DIM, I3D, load_i3d
from lart_core.perception.protocols import Frame
from lart_core.stored_files import reading
from lart_core.tracklet import Tracklet
from lart_core.tracklet.sight import seen

CLIP = 64
"""Frames that the network sees at once, as in its training."""
SIDE = 160
"""Pixels of the frame's shorter side."""
RATE = 12.0
"""About how many frames a second the network sees."""

FACTS = "facts"
"""In the file of the maps: frames of the video, every how many one was seen, width and height."""


class PooledI3D:
    """An `AppearanceEncoder`: the mean of I3D's last map over the person's box, for each 6 frames.

    It may watch a video before anybody knows who is in it (`watching`), and describe the people
    once they are tracked (`describe`): a map for every 8 frames that the network sees, about 0.14
    MB a second of a wide film, lies in a file in between. Memory holds 128 small frames.

    Vectors have a root mean square of one. It computes on the GPU where there is one.

    Args:
        net: The network; with the register's weights when None, opened when it is needed.
        threads: CPU threads while it looks at a video; PyTorch's own number when None.
    """

    name, dim, stride = "i3d-rgb", DIM, STRIDE

    def __init__(self, net: I3D | None = None, threads: int | None = None) -> None:
        self._given, self._device, self._threads = net, fastest(), threads

    @cached_property
    def _net(self) -> I3D:
        return (self._given or load_i3d()).to(self._device)

    def encode(self, frames: Iterable[Frame], tracklets: Sequence[Tracklet]) -> list[Tracklet]:
        """The tracklets with `appearance` (K, 1024) at every group's centre frame.

        Where a person is not seen there, the box of the nearest sighting counts.

        Raises:
            LartError: The video ends before a tracklet does.
        """
        if not tracklets:
            return []
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "maps.zip"
            with self.watching(kept, tracklets[0].video.fps) as watch:
                for frame in frames:
                    watch(frame)
            return self.describe(kept, tracklets)

    @contextmanager
    def watching(self, kept: Path, fps: float) -> Iterator[Callable[[Frame], None]]:
        """Give what takes every frame of a video in turn; the maps are in `kept` once it ends well.

        Args:
            kept: A file for `describe`.
            fps: Frames a second of the video.
        """
        with (
            replacing(kept) as made,
            ZipFile(made, "w", ZIP_STORED) as file,
            ThreadPoolExecutor(1) as thread,
        ):
            watcher = _Watcher(
                file, lambda clip: thread.submit(self._map, clip), max(1, round(fps / RATE))
            )
            yield watcher.watch
            watcher.end()

    def describe(self, kept: Path, tracklets: Sequence[Tracklet]) -> list[Tracklet]:
        """As `encode`, from what `watching` kept.

        Raises:
            LartError: The file is damaged, or of a video that ends before a tracklet does.
        """
        what, remedy = f"What {self.name} saw ({kept.name})", "process the video anew"
        with reading(kept, what, remedy), np.load(kept, allow_pickle=False) as maps:
            frames, step, *size = maps[FACTS].tolist()
            last = max((tracklet.last for tracklet in tracklets), default=-1)
            if last >= frames:
                raise LartError(
                    f"Expected frame {last} of the video, which a tracklet names, but the video "
                    "ends before it; the tracklets belong to another video."
                )
            read = lru_cache(2)(lambda cell: np.asarray(maps[str(cell)], np.float32))
            in_cells = _scale(*size) / CELL[1]
            wanted = sorted(
                (int(tracklet.frame[at]) // (step * CELL[0]), who, group, at)
                for who, tracklet in enumerate(tracklets)
                for group, at in enumerate(group_centres(len(tracklet)).tolist())
            )
            found = [
                np.zeros((len(group_centres(len(tracklet))), DIM), np.float32)
                for tracklet in tracklets
            ]
            for cell, who, group, at in wanted:
                box = tracklets[who].box[_nearest_seen(tracklets[who], at)]
                found[who][group] = _normal(pooled(read(cell), box * in_cells))
        return [
            replace(
                tracklet,
                appearance=vectors,
                appearance_frame=tracklet.frame[group_centres(len(tracklet))],
                provenance={**tracklet.provenance, "appearance": self.name},
            )
            for tracklet, vectors in zip(tracklets, found, strict=True)
        ]

    @torch.inference_mode()
    def _map(self, clip: Sequence[Frame]) -> NDArray[np.float16]:
        """(t, h, w, 1024) of small frames."""
        pictures = torch.from_numpy(np.stack(clip)).permute(3, 0, 1, 2)[None] / 127.5 - 1
        pictures = pictures.to(self._device)
        with (
            cpu_threads(self._threads),
            torch.autocast("cpu", torch.bfloat16, enabled=fast_in_half()),
        ):
            last = self._net(pictures.contiguous(memory_format=torch.channels_last_3d))[0]
        return np.asarray(last.permute(1, 2, 3, 0).float().cpu().numpy(), np.float16)


class _Watcher:
    """Makes maps of a video while it passes, a clip at a time, and writes each cell in time.

    One clip is looked at in a thread while the frames of the next one come.
    """

    def __init__(
        self,
        file: ZipFile,
        look: Callable[[Sequence[Frame]], "Future[NDArray[np.float16]]"],
        step: int,
    ) -> None:
        self._file, self._look, self._step = file, look, step
        self._frames, self._cells, self._size = 0, 0, (1, 1)
        self._clip: list[Frame] = []
        self._before: list[Frame] = []
        self._coming: Future[NDArray[np.float16]] | None = None

    def watch(self, frame: Frame) -> None:
        if self._frames % self._step == 0:
            height, width = frame.shape[:2]
            self._size, scale = (width, height), _scale(width, height)
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
            self._clip.append(small.astype(np.uint8))
            if len(self._clip) == CLIP:
                self._finish()
                self._coming = self._look(self._clip)
                self._before, self._clip = self._clip, []
        self._frames += 1

    def end(self) -> None:
        """The rest of the video, with frames before it for a clip as long as the others."""
        self._finish()
        if self._clip:
            again = (CLIP - len(self._clip)) // CELL[0] if self._before else 0
            before = self._before[len(self._before) - again * CELL[0] :]
            self._write(self._look([*before, *self._clip]).result()[again:])
        self._save(FACTS, np.array([self._frames, self._step, *self._size]))

    def _finish(self) -> None:
        if self._coming is not None:
            self._write(self._coming.result())
            self._coming = None

    def _write(self, cells: NDArray[np.float16]) -> None:
        for cell in cells:
            self._save(str(self._cells), cell)
            self._cells += 1

    def _save(self, name: str, array: NDArray) -> None:
        with self._file.open(f"{name}.npy", "w") as member:
            np.save(member, array)


def pooled(last_map: NDArray[np.float32], box: NDArray[np.floating]) -> NDArray[np.float32]:
    """(C,) mean of a (h, w, C) map over a box in cells, each weighed by its share of it."""
    height, width = last_map.shape[:2]
    rows, columns = _shares(box[1], box[3], height), _shares(box[0], box[2], width)
    return np.einsum("hwc,h,w->c", last_map, rows, columns, optimize=True).astype(np.float32)


def _shares(low: float, high: float, cells: int) -> NDArray[np.float64]:
    """(cells,) shares of a stretch that lie in each cell; the nearest one's where none does."""
    at = np.arange(cells)
    share = np.clip(np.minimum(high, at + 1) - np.maximum(low, at), 0, None)
    if not share.sum() > 0:
        share = (at == np.clip(int((low + high) / 2), 0, cells - 1)).astype(float)
    return share / share.sum()


def _normal(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return vector / max(float(np.sqrt(np.mean(np.square(vector)))), 1e-6)


def _nearest_seen(tracklet: Tracklet, at: int) -> int:
    rows = np.flatnonzero(seen(tracklet))
    return int(rows[np.abs(rows - at).argmin()]) if len(rows) else at


def _scale(width: int, height: int) -> float:
    """How small the network sees a picture."""
    return SIDE / min(width, height)


def fast_in_half() -> bool:
    """Whether this processor computes in bfloat16 by itself: half the time, the same vectors."""
    if not hasattr(torch.cpu, "get_capabilities"):  # Younger than the oldest torch allowed.
        return False
    known = torch.cpu.get_capabilities()
    return bool(known.get("avx512_bf16") or known.get("amx_bf16"))
