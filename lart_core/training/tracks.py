"""Where training samples come from: labelled tracks, each read when it is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lart_core.dataset import VideoSet, older
from lart_core.dataset.videoset import SET
from lart_core.errors import LartError
from lart_core.model.config import LARTConfig
from lart_core.tracklet import open_tracklets
from lart_core.tracklet.person_vector import PERSON_VECTOR
from lart_core.tracklet.store import INDEX
from lart_core.training.labels import LabelFile, load_labels
from lart_core.training.lart_folder import LOOKED_AT, LartFolder
from lart_core.training.track import LabelledTrack

LABELS = "labels.safetensors"
PSEUDO = "pseudo_labels.safetensors"
"""A model's labels, kept beside those that annotations replaced some of."""
KEPT_BYTES = 1 << 30
NORMALISED_BY = 4096
"""Most tracks, evenly spread, that mean and standard deviation are measured on."""
SMALLEST_STD = 1e-2
"""Joints that hardly move in the data must not be blown up when they do elsewhere."""


class TrackletFolder(Sequence[LabelledTrack]):
    """A folder that `save_tracklets` wrote, with `labels.safetensors` from `save_labels` in it.

    Attributes:
        videos: Name of each track's video.
        spans: (N, 2) first and last frame of each track.
        keyframes: Of each track's window, or None.
    """

    def __init__(
        self, path: Path, config: LARTConfig, wanted: Sequence[int], fps: float | None = None
    ) -> None:
        self._tracklets = open_tracklets(path)
        self._known, self._labels = load_labels(path / LABELS)
        if len(self._labels) != len(self._tracklets):
            raise LartError(
                f"Expected labels of {len(self._tracklets)} tracklets in {path}, but got "
                f"{len(self._labels)}."
            )
        self._config, self._wanted, self._fps = config, tuple(wanted), fps
        self.videos, self.spans = self._tracklets.videos, self._tracklets.spans
        self.keyframes = self._tracklets.keyframes

    @staticmethod
    def known_ids(path: Path) -> tuple[int, ...]:
        """AVA ids that the labels of a folder speak of."""
        return load_labels(path / LABELS)[0]

    @staticmethod
    def appearance_size(path: Path) -> int:
        """Length of the appearance vectors in the first of the tracklets that have some, or 0."""
        first = open_tracklets(path)[:LOOKED_AT]
        return next((t.appearance.shape[1] for t in first if len(t.appearance)), 0)

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, row: int) -> LabelledTrack:  # type: ignore[override]
        return LabelledTrack.of(
            self._tracklets[row],
            self._labels[row],
            self._known,
            self._config,
            self._wanted,
            self._fps,
        )


class SetTracks(Sequence[LabelledTrack]):
    """The tracklets of a data set that have labels, of any number of runs; all are read lazily.

    Attributes:
        videos: Id of each track's video within the set.
        spans: (N, 2) first and last frame of each track.
        keyframes: Of each track's window, or None.
    """

    def __init__(
        self, path: Path, config: LARTConfig, wanted: Sequence[int], fps: float | None = None
    ) -> None:
        self._config, self._wanted, self._fps = config, tuple(wanted), fps
        self._runs: list[Path] = []
        self._places: list[tuple[int, int]] = []
        self.videos: list[str] = []
        self.keyframes: list[int | None] = []
        spans = []
        for video, folder in VideoSet.open(path).run_folders():
            labels = LabelFile(folder / "tracklets" / LABELS)
            if not labels.path.is_file():
                continue
            tracklets = open_tracklets(folder / "tracklets")
            rows = labels.labelled()
            self._places += [(len(self._runs), row) for row in rows]
            self._runs.append(folder / "tracklets")
            self.videos += [video] * len(rows)
            self.keyframes += [tracklets.keyframes[row] for row in rows]
            spans.append(tracklets.spans[rows].reshape(-1, 2))
        if not self._places:
            raise LartError(
                f"Expected labelled tracklets in the set {path}, but there are none; make labels "
                f"with `lart dataset label`."
            )
        self.spans = np.concatenate(spans)

    @staticmethod
    def known_ids(path: Path) -> tuple[int, ...]:
        """AVA ids that the labels of a set speak of."""
        known: set[int] = set()
        for _, folder in VideoSet.open(path).run_folders():
            labels = LabelFile(folder / "tracklets" / LABELS)
            if labels.path.is_file():
                known.update(labels.ava_ids())
        return tuple(sorted(known))

    @staticmethod
    def appearance_size(path: Path) -> int:
        """Length of the appearance vectors in the set's first labelled run, or 0."""
        for _, folder in VideoSet.open(path).run_folders():
            if (folder / "tracklets" / LABELS).is_file():
                return TrackletFolder.appearance_size(folder / "tracklets")
        return 0

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, at: int) -> LabelledTrack:  # type: ignore[override]
        run, row = self._places[at]
        file = LabelFile(self._runs[run] / LABELS)
        tracklet = open_tracklets(self._runs[run])[row]
        track = LabelledTrack.of(
            tracklet, file.row(row), file.ava_ids(), self._config, self._wanted, self._fps
        )
        return replace(track, video=self.videos[at])


class Joined(Sequence[LabelledTrack]):
    """Several sources as one; what has been read stays in memory while there is room.

    Attributes:
        videos: What tells each track's video from all others: files of different sources may have
            one name. spans: First and last frames, None where a source does
            not know them without reading all its files. keyframes: Of their windows, or None.
    """

    def __init__(self, parts: Sequence["TrackletFolder | LartFolder | SetTracks"]) -> None:
        self._parts = parts
        self._places = [(part, row) for part in parts for row in range(len(part))]
        self.videos = [
            f"{number}/{video}" for number, part in enumerate(parts) for video in part.videos
        ]
        self.keyframes = [keyframe for part in parts for keyframe in part.keyframes]
        spans = [part.spans for part in parts]
        known = [span for span in spans if span is not None]
        self.spans = np.concatenate(known) if len(known) == len(spans) else None
        self._kept: dict[int, LabelledTrack] = {}
        self._room = KEPT_BYTES

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, row: int) -> LabelledTrack:  # type: ignore[override]
        track = self._kept.get(row)
        if track is None:
            part, at = self._places[row]
            track = part[at]
            if track.nbytes <= self._room:
                self._room -= track.nbytes
                self._kept[row] = track
        return track


def open_tracks(
    paths: Sequence[Path],
    config: LARTConfig,
    wanted: Sequence[int] | None = None,
    fps: float | None = None,
) -> tuple[Joined, tuple[int, ...]]:
    """Data sets, folders of our tracklets with labels, or of LART's pickles, as one source.

    Args:
        paths: Of any of these kinds.
        config: What the model looks at.
        wanted: AVA ids to learn; by default all that the labels speak of.
        fps: Frames a second at which the model sees them (`Checkpoint.fps`); None for each
            video's own.

    Returns:
        The tracks and the AVA ids of their targets' columns.

    Raises:
        LartError: A folder is of no such kind.
    """
    kinds = [_kind(path) for path in paths]
    if wanted is None:
        known = {i for kind, path in zip(kinds, paths, strict=True) for i in kind.known_ids(path)}
        wanted = sorted(known)
    parts = [kind(path, config, wanted, fps) for kind, path in zip(kinds, paths, strict=True)]
    return Joined(parts), tuple(wanted)


def appearance_size(paths: Sequence[Path]) -> int:
    """Length of the appearance vectors in sources of `open_tracks`; 0 where there are none.

    Raises:
        LartError: A source is of no such kind, or they have vectors of several lengths.
    """
    sizes = {path: _kind(path).appearance_size(path) for path in paths}
    if len(set(sizes.values())) > 1:
        found = ", ".join(f"{size} in {path}" for path, size in sizes.items())
        raise LartError(f"Expected appearance vectors of one length in the data, but got {found}.")
    return max(sizes.values(), default=0)


def _kind(path: Path) -> type[TrackletFolder] | type[LartFolder] | type[SetTracks]:
    if (path / SET).is_file() or older.is_older(path):
        return SetTracks
    return TrackletFolder if (path / INDEX).is_file() else LartFolder


def normalisation(
    tracks: Sequence[LabelledTrack],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(229,) mean and standard deviation of the person vectors of detected frames.

    Raises:
        LartError: No frame has a detection.
    """
    count, total, squares = 0, np.zeros(PERSON_VECTOR), np.zeros(PERSON_VECTOR)
    rows = np.linspace(0, len(tracks) - 1, min(len(tracks), NORMALISED_BY)).astype(int)
    for track in (tracks[int(row)] for row in rows):
        seen = track.inputs["pose_shape"][track.inputs["has_detection"][:, 0] == 1]
        seen = seen.astype(np.float64)
        count, total, squares = count + len(seen), total + seen.sum(0), squares + (seen**2).sum(0)
    if not count:
        raise LartError("Expected training tracklets with detected frames, but there are none.")
    mean = total / count
    std = np.sqrt(np.maximum(squares / count - mean**2, 0))
    return mean.astype(np.float32), np.maximum(std, SMALLEST_STD).astype(np.float32)
