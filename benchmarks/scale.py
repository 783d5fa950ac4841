"""A set of 100,000 made-up videos: status, marking one done, opening and filtering the index.

    python benchmarks/scale.py [--videos 100000]

The runs are empty: what is measured is the set, not the tracking.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lart_core.dataset import VideoSet, shard_of, status
from lart_core.dataset import index as table
from lart_core.dataset.manifest import Line, add_to_journal

MARKED = 2000
"""Videos at the beginning and at the end whose marking is timed."""


def timed(what: str, job: Callable[[], Any]) -> Any:
    """Do it and print its seconds."""
    start = time.perf_counter()
    got = job()
    print(f"{what:44} {time.perf_counter() - start:8.2f} s")
    return got


def mark(videos: VideoSet, names: list[str]) -> float:
    """Mark videos as done, as a worker does; CPU seconds for each."""
    shards = {shard.number: shard for shard in videos.shards()}
    for shard in shards.values():
        shard.folder.mkdir(parents=True, exist_ok=True)
    start = time.process_time()
    for name in names:
        shard = shards[shard_of(name)]
        add_to_journal(shard.folder, name, time.time())
        shard.add(Line(name, "tracked", 2, 300))
        add_to_journal(shard.folder, name, time.time(), 12.0)
    return (time.process_time() - start) / len(names)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=100_000)
    args = parser.parse_args()
    found = {f"{i % 400:03d}/video{i:06d}.mp4": 1_000_000 + i for i in range(args.videos)}
    names = list(found)
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "set"
        videos = timed("made", lambda: VideoSet.create(path, Path(scratch), {}, found))
        first = mark(videos, names[:MARKED])
        timed("all but the last marked", lambda: mark(videos, names[MARKED:-MARKED]))
        last = mark(videos, names[-MARKED:])
        print(f"marking one: first {1e6 * first:.0f} us, last {1e6 * last:.0f} us of CPU time,")
        print(f"    ratio {last / first:.2f}")
        timed("index opened and one shard filtered", lambda: table.read(path, [7]))
        now = timed("status", lambda: status(VideoSet.open(path)))
        assert now.tracked == args.videos and now.left == 0
        most = max(len(list(folder.iterdir())) for folder in (path / "shards").iterdir())
        print(f"longest listing: {max(most, len(list((path / 'shards').iterdir())))} entries")


if __name__ == "__main__":
    main()
