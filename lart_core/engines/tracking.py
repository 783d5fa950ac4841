"""The work on a set: its videos are tracked, on whichever engine."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lart_core import pipeline, presets
from lart_core.atomic_files import write_bytes
from lart_core.dataset import Line, Shard, Share, VideoSet
from lart_core.dataset.index import found_in, listed_in
from lart_core.engines.engine import Engine, Failure, Say
from lart_core.engines.local import LocalEngine
from lart_core.engines.worker import SetWorker
from lart_core.errors import LartError
from lart_core.formats.ava_table import video_id
from lart_core.perception.given_boxes import read_table_of_boxes, table_as_csv
from lart_core.pipeline import GivenBoxes, Protocol
from lart_core.presets.backends import Backends
from lart_core.settings import Settings


def plan(
    videos: Path,
    out: Path,
    *,
    listed: Path | None = None,
    preset: str = "light",
    settings: Settings | None = None,
    protocol: Protocol | None = None,
    boxes: Sequence[Path] = (),
) -> VideoSet:
    """Make a set, or add videos to it, without tracking anything yet.

    Args:
        videos: Their folder; all in it are taken, at any depth.
        listed: CSV with a column `video` that says which ones instead.
        preset, settings: See `lart_core.pipeline.run`.
        protocol: How people are followed; the path of its given boxes is not used.
        boxes: AVA CSVs. Each video's own rows are kept in the set, so that no worker reads more.

    Raises:
        LartError: There are no videos, the set has other settings, or a file of the preset is
            missing.
    """
    presets.require(preset)
    found = listed_in(listed, videos) if listed is not None else found_in(videos)
    followed = asdict(protocol or Protocol())
    if followed["boxes"] is not None:
        del followed["boxes"]["path"]
    if not followed["begins_at"]:
        del followed["begins_at"]  # Sets of before do not know it.
    noted = {
        "preset": presets.canonical(preset),
        "options": asdict(settings or Settings()),
        "protocol": followed,
    }
    made = VideoSet.create(out, videos, noted, found)
    if boxes:
        _keep_boxes(made, boxes)
    return made


def track(
    videos: VideoSet, engine: Engine, *, share: Share | None = None, say: Say = lambda _: None
) -> list[Failure]:
    """Track every video of a set that is not tracked yet, each into a run of its own.

    May be killed at any moment and called again, also by several processes at once: it goes on
    with what is not finished, and the files are the same, byte for byte, as without the break. A
    video that cannot be used is noted and passed over; it is tried again next time.

    Args:
        share: The part of the set that this machine takes; by default all.
        say: Is told what became of each video.

    Returns:
        Shards that are not finished, and why.
    """
    shards = [shard.number for shard in videos.shards() if shard.left()]
    chosen = shards if share is None else share.of(shards)
    return engine.run(partial(SetTracker, videos.path), chosen, say)


class SetTracker(SetWorker):
    """Tracks the videos of a set. Keeps the models loaded."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.noted = self.set.facts["settings"]

    @cached_property
    def backends(self) -> Backends:
        """Of the set's preset."""
        return presets.load(self.noted["preset"], Settings(**self.noted["options"]))

    def _tracked(self, shard: Shard, video: str) -> Line:
        run = pipeline.run(
            self.set.videos / video,
            shard.run_folder(video),
            preset=self.noted["preset"],
            settings=Settings(**self.noted["options"]),
            protocol=_protocol(self.noted["protocol"], shard.boxes(video), video),
            until="appearance",
            backends=self.backends,
        )
        return Line(video, "tracked", len(run.tracklets()), run.video.frames)


def _protocol(noted: Mapping[str, Any], boxes: Path, video: str) -> Protocol:
    """The protocol of one video: the set's, with the boxes that were given for it."""
    values = dict(noted)
    if values["boxes"] is not None:
        if not boxes.is_file():
            raise LartError(f"Expected given boxes of {Path(video).stem!r}, but there are none.")
        values["boxes"] = GivenBoxes(path=boxes, **values["boxes"])
    return Protocol(**values)


def _keep_boxes(videos: VideoSet, tables: Iterable[Path]) -> None:
    """Write each video's rows of the given boxes beside its run.

    Raises:
        LartError: A table is none, or has other boxes of a video than the set was begun with.
    """
    homes: dict[str, list[tuple[str, Path]]] = defaultdict(list)
    for shard in videos.shards():
        for video in shard.videos:
            homes[video_id(Path(video).name)].append((video, shard.boxes(video)))
    for path in tables:
        if path.suffix == ".pkl":
            raise LartError(
                f"Expected boxes of a data set as AVA's CSV, which names videos, but got "
                f"{path.name}: PHALP's .pkl is of one video."
            )
    listed = pa.concat_tables([read_table_of_boxes(path) for path in tables])
    own = {name: rows for name, rows in _by_video(listed) if name in homes}
    changed = [
        video
        for name, rows in own.items()
        for video, file in homes[name]
        if file.is_file() and not _same_boxes(file, rows)
    ]
    if changed:
        raise LartError(
            f"Expected the boxes that the set was begun with, but those of {changed[0]} are "
            f"others"
            + (f" (and of {len(changed) - 1} more)" if changed[1:] else "")
            + "; choose another folder, or delete that set first."
        )
    for name, rows in own.items():
        for _, file in homes[name]:
            if not file.is_file():
                write_bytes(file, table_as_csv(rows))


def _by_video(listed: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Each video's rows, in their order; at the same cost however many videos there are."""
    video = listed["video"].cast("string").combine_chunks().dictionary_encode()
    listed = listed.set_column(0, "video", video.cast("string"))
    order = np.argsort(video.indices.to_numpy(), kind="stable")
    ends = np.cumsum(np.bincount(video.indices.to_numpy(), minlength=len(video.dictionary)))
    starts = np.concatenate([[0], ends[:-1]])
    for name, start, end in zip(video.dictionary.to_pylist(), starts, ends, strict=True):
        yield name, listed.take(order[start:end])


def _same_boxes(file: Path, rows: pa.Table) -> bool:
    """Whether a file has these boxes, in whatever layout."""
    if file.read_bytes() == table_as_csv(rows):
        return True
    kept = read_table_of_boxes(file)
    return all(kept[name].to_pylist() == rows[name].to_pylist() for name in rows.column_names[1:])


@dataclass(frozen=True)
class Wish:
    """What the user said of an engine.

    Attributes:
        workers: Processes, actors or tasks.
        address: Of a Ray cluster.
        gpus: That each worker takes (Ray; SLURM takes ``gpus_per_node`` among `options`).
        options: For SLURM, see `SlurmEngine`; ``cluster`` among them chooses its cluster.
    """

    workers: int = 1
    address: str | None = None
    gpus: float = 0
    options: Mapping[str, Any] | None = None


def _ray(wish: Wish, _: VideoSet) -> Engine:
    from lart_core.engines.ray import RayEngine

    return RayEngine(wish.workers, wish.address, gpus=wish.gpus)


def _slurm(wish: Wish, videos: VideoSet) -> Engine:
    from lart_core.engines.slurm import SlurmEngine

    options = dict(wish.options or {})
    cluster = str(options.pop("cluster", "slurm"))
    return SlurmEngine(wish.workers, videos.path / "slurm", options, cluster)


ENGINES: dict[str, Callable[[Wish, VideoSet], Engine]] = {
    "local": lambda wish, _: LocalEngine(wish.workers),
    "ray": _ray,
    "slurm": _slurm,
}


def engine(name: str, wish: Wish, videos: VideoSet) -> Engine:
    """The engine of a name (`ENGINES`)."""
    return ENGINES[name](wish, videos)
