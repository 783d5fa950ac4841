"""The work on a set: its videos are tracked, on whichever engine."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lart_core import pipeline, presets
from lart_core.atomic_files import write_bytes
from lart_core.dataset import Line, Shard, Share, VideoSet
from lart_core.dataset.index import INDEX, found_in, listed_in
from lart_core.dataset.videoset import SET
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
    protocol, settings = protocol or Protocol(), settings or Settings()
    settings.check(presets.canonical(preset), boxes=protocol.boxes is not None)
    followed = asdict(protocol)
    if followed["boxes"] is not None:
        del followed["boxes"]["path"]
    if not followed["begins_at"]:
        del followed["begins_at"]  # Sets of before do not know it.
    noted = {
        "preset": presets.canonical(preset),
        "options": asdict(settings),
        "protocol": followed,
    }
    own = _boxes(boxes) if boxes else {}
    if own:
        _expect_names_apart(found, own)
    if own and (out / SET).is_file() and (out / INDEX).is_file():
        there = VideoSet.open(out)
        _expect_names_apart([*found, *(v for shard in there.shards() for v in shard.videos)], own)
        _expect_same_boxes(there, own)
    made = VideoSet.create(out, videos, noted, found)
    if own:
        _keep_boxes(made, own)
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


def _boxes(tables: Sequence[Path]) -> dict[str, pa.Table]:
    """Name of each video -> its rows of the given boxes.

    Raises:
        LartError: A table is none.
    """
    for path in tables:
        if path.suffix == ".pkl":
            raise LartError(
                f"Expected boxes of a data set as AVA's CSV, which names videos, but got "
                f"{path.name}: PHALP's .pkl is of one video."
            )
    listed = pa.concat_tables([read_table_of_boxes(path) for path in tables])
    video = listed["video"].cast("string").combine_chunks().dictionary_encode()
    rows = video.indices.to_numpy()
    listed = listed.set_column(0, "video", video.cast("string"))
    listed = listed.take(np.argsort(rows, kind="stable")).combine_chunks()
    counts = np.bincount(rows, minlength=len(video.dictionary))
    pairs = zip(video.dictionary.to_pylist(), counts.cumsum() - counts, counts, strict=True)
    return {name: listed.slice(start, count) for name, start, count in pairs}


def _homes(videos: VideoSet, own: Mapping[str, pa.Table]) -> Iterator[tuple[Shard, str, pa.Table]]:
    """Shard and id of each video that has given boxes, and these."""
    for shard in videos.shards():
        for video in shard.videos:
            rows = own.get(video_id(Path(video).name))
            if rows is not None:
                yield shard, video, rows


def _expect_names_apart(videos: Iterable[str], own: Collection[str]) -> None:
    """Refuse two videos that the boxes of one name could be meant of."""
    met: dict[str, str] = {}
    for video in videos:
        name = video_id(Path(video).name)
        if name in own and met.setdefault(name, video) != video:
            raise LartError(
                f"Expected videos of different names, as boxes are given by name, but {met[name]} "
                f"and {video} are both {name}; rename one."
            )


def _expect_same_boxes(videos: VideoSet, own: Mapping[str, pa.Table]) -> None:
    """Refuse other boxes of a video than those that its run was begun with."""
    others = [
        video
        for shard, video, rows in _homes(videos, own)
        if shard.run_folder(video).exists() and not _same_boxes(shard.boxes(video), rows)
    ]
    if others:
        raise LartError(
            f"Expected the boxes that the set was begun with, but those of {others[0]} are "
            f"others"
            + (f" (and of {len(others) - 1} more)" if others[1:] else "")
            + "; choose another folder, or delete that set first."
        )


def _same_boxes(file: Path, rows: pa.Table) -> bool:
    """Whether a file has these boxes, in whatever layout and order."""
    if not file.is_file() or file.read_bytes() == table_as_csv(rows):
        return file.is_file()
    try:
        kept = read_table_of_boxes(file)
    except LartError:
        return False
    numbers = rows.column_names[1:]
    order = [(name, "ascending") for name in numbers]
    one, two = (each.select(numbers).sort_by(order).to_pydict() for each in (kept, rows))
    return bool(one == two)


def _keep_boxes(videos: VideoSet, own: Mapping[str, pa.Table]) -> None:
    """Write each video's rows of the given boxes beside its run, where that is not begun."""
    for shard, video, rows in _homes(videos, own):
        content = table_as_csv(rows)
        file = shard.boxes(video)
        if shard.run_folder(video).exists() or (file.is_file() and file.read_bytes() == content):
            continue
        write_bytes(file, content)


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
