"""What people do in which frame: labels beside tracklets, and their file."""

import json
import operator
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from lart_core.atomic_files import write_bytes
from lart_core.errors import LartError
from lart_core.series import nearest
from lart_core.stored_files import open_safetensors, reading
from lart_core.tracklet import Tracklet

FORMAT = "lart-lens labels 1"


@dataclass(frozen=True, eq=False)
class FrameLabels:
    """Labels of one tracklet, for the frames that have any.

    Attributes:
        frame: (K,) int64 frame numbers of the video, ascending.
        target: (K, C) float32 in 0..1: 1 does it, 0 does not, between for pseudo-labels; NaN
            where it is not known.
        ground_truth: (K,) bool, False where a model made the label.

    Raises:
        LartError: Lengths disagree or a target is outside 0..1.
    """

    frame: NDArray[np.int64]
    target: NDArray[np.float32]
    ground_truth: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name, dtype in {"frame": np.int64, "target": np.float32, "ground_truth": bool}.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype))
        k = len(self.frame)
        if self.target.ndim != 2 or len(self.target) != k or self.ground_truth.shape != (k,):
            raise LartError(
                f"Expected labels as (K,) frames, (K, C) targets and (K,) ground_truth, but got "
                f"{self.frame.shape}, {self.target.shape} and {self.ground_truth.shape}."
            )
        known = self.target[~np.isnan(self.target)]
        if known.size and not (known.min() >= 0 and known.max() <= 1):
            raise LartError(
                f"Expected targets in 0..1 (NaN for unknown), but got {known.min()} to "
                f"{known.max()}."
            )
        if np.any(np.diff(self.frame) <= 0):
            raise LartError("Expected ascending frame numbers of labels.")


def pseudo_labels(tracklet: Tracklet, score: NDArray[np.float32]) -> FrameLabels:
    """Labels of all T frames from (K, C) scores of the tracklet's K appearance vectors.

    A frame takes the nearest one, as it takes its appearance. Source: paper B.3.
    """
    rows = nearest(tracklet.appearance_frame, tracklet.frame)
    return FrameLabels(tracklet.frame, score[rows], np.zeros(len(tracklet), bool))


def from_kinds(tracklet: Tracklet, kind: NDArray[np.int64], target: NDArray) -> FrameLabels:
    """Labels of a tracklet as LART keeps them: (T,) kinds and (T, C) targets.

    A kind is 2 where people made the label, 1 where a model did, and 0 where there is none.
    """
    known = kind > 0
    return FrameLabels(tracklet.frame[known], target[known], kind[known] == 2)


def to_kinds(
    tracklet: Tracklet, labels: FrameLabels, columns: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The way back from `from_kinds`: (T,) kinds and (T, columns) targets, unknown ones 0."""
    kind = np.zeros(len(tracklet), np.int64)
    target = np.zeros((len(tracklet), columns), np.float32)
    rows = labels.frame - tracklet.first
    kind[rows] = np.where(labels.ground_truth, 2, 1)
    target[rows] = np.nan_to_num(labels.target)
    return kind, target


def save_labels(path: Path, ava_ids: Sequence[int], labels: Sequence[FrameLabels]) -> None:
    """Write the labels of a tracklet set, in its order, as one file.

    Args:
        path: For `lart train`, `labels.safetensors` beside the set's `index.parquet`.
        ava_ids: AVA ids of the C columns.
        labels: One for each tracklet; K = 0 where it has none.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for row, item in enumerate(labels):
        if item.target.shape[1] != len(ava_ids):
            raise LartError(
                f"Expected {len(ava_ids)} columns of labels, but entry {row} has "
                f"{item.target.shape[1]}."
            )
        arrays |= {f"{row}/{name}": getattr(item, name) for name in FrameLabels.__match_args__}
    header = {"format": FORMAT, "ava_ids": json.dumps(list(ava_ids)), "count": str(len(labels))}
    write_bytes(path, save(arrays, header))


def load_labels(path: Path) -> tuple[tuple[int, ...], list[FrameLabels]]:
    """AVA ids of the columns, and the labels of each tracklet.

    Raises:
        LartError: The file is missing, none of ours, or damaged.
    """
    with (
        reading(path, f"The file of labels {path.name}", "make the labels of these tracklets anew"),
        open_safetensors(path, FORMAT) as (file, header),
    ):
        ids = tuple(map(operator.index, json.loads(header["ava_ids"])))
        labels = [
            FrameLabels(*(file.get_tensor(f"{row}/{k}") for k in FrameLabels.__match_args__))
            for row in range(int(header["count"]))
        ]
        if any(item.target.shape[1] != len(ids) for item in labels):
            raise ValueError(f"it has other columns than its {len(ids)} actions")
        return ids, labels


@dataclass(frozen=True)
class LabelFile:
    """The labels of a tracklet set in its file, each read when it is asked for.

    Raises:
        LartError: The file is missing, none of ours, or damaged.
    """

    path: Path

    def ava_ids(self) -> tuple[int, ...]:
        """AVA ids of the columns."""
        with self._open() as (_, header):
            return tuple(map(operator.index, json.loads(header["ava_ids"])))

    def labelled(self) -> list[int]:
        """Rows of the tracklets that have labels; only the file's header is read."""
        with self._open() as (file, header):
            rows = range(int(header["count"]))
            return [row for row in rows if file.get_slice(f"{row}/frame").get_shape()[0]]

    def row(self, row: int) -> FrameLabels:
        """The labels of one tracklet."""
        with self._open() as (file, _):
            return FrameLabels(*(file.get_tensor(f"{row}/{k}") for k in FrameLabels.__match_args__))

    @contextmanager
    def _open(self) -> Iterator[tuple[Any, dict[str, str]]]:
        with (
            reading(
                self.path,
                f"The file of labels {self.path}",
                "make the labels of these tracklets anew",
            ),
            open_safetensors(self.path, FORMAT) as opened,
        ):
            yield opened


def columns(
    known: Sequence[int], wanted: Sequence[int], target: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(K, known) targets -> (K, wanted); NaN for actions that the labels do not know."""
    at = {ava_id: column for column, ava_id in enumerate(known)}
    picked = np.full((len(target), len(wanted)), np.nan, np.float32)
    for column, ava_id in enumerate(wanted):
        if ava_id in at:
            picked[:, column] = target[:, at[ava_id]]
    return picked
