"""How far a set is."""

from dataclasses import dataclass

from lart_core.dataset.manifest import Line, read_journal
from lart_core.dataset.videoset import ShardBusy, VideoSet


@dataclass(frozen=True)
class Status:
    """How far a set is.

    Attributes:
        tracked, refused, left: Number of videos.
        workers: Processes that work on it now.
        remaining: Estimated seconds until nothing is left, or None where nobody works or nothing
            is known: videos that are left, times the mean time of the finished ones, over the
            workers.
        seconds: Mean seconds that a finished video took, or None.
        failures: The refused videos.
    """

    tracked: int
    refused: int
    left: int
    workers: int
    remaining: float | None
    seconds: float | None
    failures: tuple[Line, ...]


def status(videos: VideoSet) -> Status:
    """Count what is done, from manifests alone; no run is opened.

    Raises:
        LartError: A manifest is damaged.
    """
    known = {line.video: line for line in videos.lines()}
    total, took, workers = len(known), [], 0
    shards = videos.shards()
    if shards:
        total = sum(len(shard.videos) for shard in shards)
    for shard in shards:
        if not shard.folder.is_dir():
            continue
        took += read_journal(shard.folder).seconds
        undone = any(video not in known for video in shard.videos)
        if undone and (shard.folder / "lock").is_file():
            try:
                with shard.held():
                    pass
            except ShardBusy:
                workers += 1
    refused = tuple(line for line in known.values() if line.state == "refused")
    left = total - len(known)
    mean = sum(took) / len(took) if took else None
    remaining = None if mean is None or not workers else left * mean / workers
    return Status(len(known) - len(refused), len(refused), left, workers, remaining, mean, refused)
