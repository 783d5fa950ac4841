"""A labelled collection of tracklets: on disk, and in memory for training.

On disk a source is a folder: ``tracklets/`` in our tracklet format, and ``labels.csv``, one row a
tracklet in the same order (name, group, spans, take; people of one take were seen together). Spans
read ``label:first-last`` in frames, joined by ``|``; spans may overlap, and frames outside all of
them have no label. A label ``=14`` says that the posture with this AVA id was measured there; it
counts only beside a label of the source's own.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.study.data.clips import PAIRED
from analysis.study.data.labels import meaning, target
from analysis.study.data.poses import Poses
from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.model.inputs import nearest
from lart_core.tracklet import Tracklet, open_tracklets, save_tracklets
from lart_core.tracklet.sight import judged, leg_seen, seen

FPS = 12.0
"""Frames a second of the study's tracklets and models."""

LABELS = "labels.csv"
HEAD = ("name", "group", "spans", "take")
UNLABELLED = -1
NO_APPEARANCE = -1
ALONE = -1


@dataclass(frozen=True)
class Span:
    """A label that holds from frame `first` to `last` of the recording, both included.

    The label is the source's own, or ``=`` and the AVA id of a measured posture.
    """

    label: str
    first: int
    last: int


@dataclass(frozen=True)
class Example:
    """A tracklet with its labels.

    Attributes:
        name: Unique name of the recording and person within the source.
        group: Whom it shows (subject), or what was recorded together.
        spans: Labels over time.
        take: Shared by people who were seen together; else empty.
    """

    tracklet: Tracklet
    name: str
    group: str
    spans: tuple[Span, ...]
    take: str = ""


def save_source(folder: Path, examples: Iterable[Example]) -> None:
    """Write one source's labelled tracklets, whole or not at all."""
    rows: list[tuple[str, str, str, str]] = []

    def tracklets() -> Iterator[Tracklet]:
        for example in examples:
            spans = "|".join(f"{s.label}:{s.first}-{s.last}" for s in example.spans)
            rows.append((example.name, example.group, spans, example.take))
            yield example.tracklet

    with replacing(folder) as made:
        made.mkdir()
        save_tracklets(made / "tracklets", tracklets())
        with (made / LABELS).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([HEAD, *rows])


def open_source(folder: Path) -> Iterator[Example]:
    """Read what `save_source` wrote, one by one.

    Raises:
        LartError: The folder is no such source or is damaged.
    """
    try:
        text = (folder / LABELS).read_text(encoding="utf-8")
    except OSError as error:
        raise LartError(f"Expected labelled tracklets in {folder}, but {error}.") from None
    rows = list(csv.DictReader(io.StringIO(text)))
    tracklets = open_tracklets(folder / "tracklets")
    if len(rows) != len(tracklets):
        raise LartError(
            f"Expected {len(tracklets)} rows in {folder / LABELS}, but got {len(rows)}."
        )
    for row, tracklet in zip(rows, tracklets, strict=True):
        spans = tuple(map(_span, filter(None, row["spans"].split("|"))))
        yield Example(tracklet, row["name"], row["group"], spans, row.get("take") or "")


@dataclass(frozen=True)
class Corpus:
    """Many labelled tracklets in memory, as flat tensors over all N frames.

    Attributes:
        poses: All frames as one `Poses` with B = 1 (1, N, ...).
        target: (N, 80) int8: 1 does, 0 does not, -1 not known (`analysis.study.data.labels`).
        box: (N, 4) float32 x1 y1 x2 y2 as fractions of the picture.
        appearance: (A, D) float32, all appearance vectors; D is 0 where there are none.
        shown: (N,) which of them each frame has, the nearest in time; -1 for none, and where the
            person was not seen.
        start, length: (M,) first row and number of rows of each tracklet.
        first: (M,) the number, within its recording, of each tracklet's first frame.
        source, name, group, label: M strings each; label is the longest span's.
        other: (M,) who was seen together with each person; -1 for nobody.
    """

    poses: Poses
    target: Tensor
    box: NDArray[np.float32]
    appearance: Tensor
    shown: Tensor
    start: NDArray[np.int64]
    length: NDArray[np.int64]
    first: NDArray[np.int64]
    source: Sequence[str]
    name: Sequence[str]
    group: Sequence[str]
    label: Sequence[str]
    other: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)

    def of(self, rows: NDArray[np.int64], sources: Iterable[str]) -> NDArray[np.int64]:
        """Those of some tracklets that are of some sources."""
        return rows[np.isin(np.array(self.source)[rows], sorted(sources))]

    def recording(self, row: int) -> str:
        """The name of what a tracklet was seen in; people who met share one."""
        name = self.name[row]
        return name.rpartition("#")[0] if self.source[row] == PAIRED else name

    @staticmethod
    def built(tracklets: Path, sources: Iterable[str]) -> "Corpus":
        """Read those of the sources that `lart study build` made: some sets are not at hand."""
        return Corpus.load(folder for s in sources if (folder := tracklets / s).is_dir())

    @staticmethod
    def load(folders: Iterable[Path]) -> "Corpus":
        """Read sources into memory; a source's name is its folder's."""
        found = [(folder.name, e) for folder in folders for e in open_source(folder)]
        if not found:
            raise LartError("Expected labelled tracklets to train on, but the folders hold none.")
        parts = [e.tracklet for _, e in found]
        length = np.array([len(t) for t in parts])
        return Corpus(
            _poses(parts),
            torch.from_numpy(np.concatenate([_targets(s, e) for s, e in found])),
            np.concatenate([_box(t) for t in parts]),
            *_appearance(parts),
            np.cumsum(length) - length,
            length,
            np.array([t.first for t in parts]),
            [s for s, _ in found],
            [e.name for _, e in found],
            [e.group for _, e in found],
            [_main_label(e) for _, e in found],
            _others([(s, e.take) for s, e in found]),
        )

    def poses_of(self, row: int) -> Poses:
        """A tracklet as B = 1; views of the corpus's own arrays."""
        span = slice(self.start[row], self.start[row] + self.length[row])
        return Poses(*(getattr(self.poses, n)[:, span] for n in Poses.__dataclass_fields__))

    def windows(self, rows: NDArray[np.int64], first: NDArray[np.int64], frames: int) -> "Windows":
        """Windows of `frames` frames of tracklets `rows` from frame `first` of each (may be < 0).

        Frames outside a tracklet repeat its nearest frame, are not detected and have neither label
        nor appearance.
        """
        index = first[:, None] + np.arange(frames)
        inside = (index >= 0) & (index < self.length[rows, None])
        index = np.clip(index, 0, self.length[rows, None] - 1) + self.start[rows, None]
        at, there = torch.from_numpy(index), torch.from_numpy(inside)
        parts = {n: getattr(self.poses, n)[0][at] for n in Poses.__dataclass_fields__}
        parts["detected"] = parts["detected"] & there
        labels = torch.where(there[..., None], self.target[at], UNLABELLED)
        shown = self.shown[at].masked_fill(~there, NO_APPEARANCE)
        return Windows(Poses(**parts), labels, shown)

    def seen(self, rows: Tensor) -> Tensor:
        """(..., D) appearance vectors of `shown`'s rows (...); zeros where there are none."""
        if not len(self.appearance):
            return torch.zeros(*rows.shape, self.appearance.shape[1])
        return self.appearance[rows] * (rows >= 0)[..., None]


@dataclass(frozen=True)
class Windows:
    """B windows of T frames: `poses`, `target` (B, T, 80) and `shown` (B, T), as in `Corpus`."""

    poses: Poses
    target: Tensor
    shown: Tensor


def _others(takes: Sequence[tuple[str, str]]) -> NDArray[np.int64]:
    members: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(takes):
        members.setdefault(key, []).append(row)
    others = np.full(len(takes), ALONE)
    for (_, take), rows in members.items():
        if take and len(rows) == 2:
            others[rows] = rows[::-1]
    return others


def _span(text: str) -> Span:
    label, _, frames = text.rpartition(":")
    first, _, last = frames.partition("-")
    return Span(label, int(first), int(last))


def _poses(tracklets: Sequence[Tracklet]) -> Poses:
    """All frames as `lart_core.model.inference` shows them to a model."""
    arrays = {
        name: [getattr(each, name) for each in tracklets]
        for name in ("global_orient", "body_pose", "betas", "camera", "joints")
    }
    arrays["detected"] = [judged(each) for each in tracklets]
    arrays["leg_seen"] = [leg_seen(each) for each in tracklets]
    return Poses(**{n: torch.from_numpy(np.concatenate(v))[None] for n, v in arrays.items()})


def _box(tracklet: Tracklet) -> NDArray[np.float32]:
    width, height = tracklet.video.width, tracklet.video.height
    return (tracklet.box / np.array([width, height] * 2, np.float32)).clip(0, 1)


def _appearance(tracklets: Sequence[Tracklet]) -> tuple[Tensor, Tensor]:
    """All (A, D) vectors, and the (N,) row of each frame."""
    vectors, rows, count = [], [], 0
    for tracklet in tracklets:
        known = len(tracklet.appearance)
        if known:
            vectors.append(tracklet.appearance)
            row = count + nearest(tracklet.appearance_frame, tracklet.frame)
            rows.append(np.where(seen(tracklet), row, NO_APPEARANCE))
            count += known
        else:
            rows.append(np.full(len(tracklet), NO_APPEARANCE))
    joined = np.concatenate(vectors) if vectors else np.zeros((0, 0), np.float32)
    return torch.from_numpy(joined), torch.from_numpy(np.concatenate(rows))


def _targets(source: str, example: Example) -> NDArray[np.int8]:
    frames = example.tracklet.frame
    holds = [(frames >= s.first) & (frames <= s.last) for s in example.spans]
    column: dict[tuple[int, ...], NDArray[np.int8]] = {(): np.full(80, UNLABELLED, np.int8)}
    rows = np.empty((len(frames), 80), np.int8)
    for row in range(len(frames)):
        key = tuple(i for i, hold in enumerate(holds) if hold[row])
        if key not in column:
            column[key] = _target(source, [example.spans[i].label for i in key])
        rows[row] = column[key]
    return rows


def _target(source: str, labels: Sequence[str]) -> NDArray[np.int8]:
    own = [label for label in labels if not label.startswith("=")]
    asked = {ava_id for label in own for ava_id in meaning(source, label).measured}
    measured = asked & {int(label[1:]) for label in labels if label.startswith("=")}
    return target(source, own, measured) if own else np.full(80, UNLABELLED, np.int8)


def _main_label(example: Example) -> str:
    own = [span for span in example.spans if not span.label.startswith("=")]
    longest = max(own, key=lambda s: s.last - s.first, default=None)
    return longest.label if longest else ""
