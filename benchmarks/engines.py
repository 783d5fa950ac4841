"""Engines against each other on short made-up videos, with a Ray node and a SLURM task killed.

    python benchmarks/engines.py [--videos 40] [--workers 2]

Perception is made up and cheap (`benchmarks/light_perception.py`), so what an engine itself costs
shows at its largest. The Ray cluster is a head and two nodes in processes of their own; one node is
killed with SIGKILL half-way. Prints whether the files are the same, byte for byte, and the times.
"""

import argparse
import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
os.environ["PYTHONPATH"] = os.pathsep.join([*sys.path[:2], os.environ.get("PYTHONPATH", "")])

from light_perception import make_videos, use

from lart_core import engines
from lart_core.dataset import VideoSet, status
from lart_core.dataset.manifest import Line

LOOPBACK = "127.0.0.2"
"""Ray takes 127.0.0.1 for the machine's other address."""


class LightTracker(engines.SetTracker):
    """`SetTracker` in a process that knows the preset ``light``."""

    def __init__(self, path: Path, dies_at: int | None = None) -> None:
        use()
        super().__init__(path)
        self.dies_at = dies_at

    def __call__(self, number: int, say: Callable[[Line], None]) -> None:
        """As `SetTracker`; its process dies once, at the shard `dies_at`."""
        mark = self.set.path.parent / "died"
        if number == self.dies_at and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        super().__call__(number, say)


def digests(folder: Path) -> dict[str, str]:
    """Hash of every file of a set but the journals, which hold times, and submitit's own."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "journal.jsonl" and "slurm" not in path.parts
    }


def measure(
    name: str, videos: Path, engine: Any, *, dies: bool = False, say: Any = lambda _: None
) -> tuple[dict[str, str], float]:
    """Track a new set by an engine; its files and seconds."""
    made = engines.plan(videos, videos.parent / name, preset="light")
    shards = [shard.number for shard in made.shards()]
    (videos.parent / "died").unlink(missing_ok=True)
    make = partial(LightTracker, made.path, shards[len(shards) // 2] if dies else None)
    start = time.perf_counter()
    failures = engine.run(make, shards, say)
    seconds = time.perf_counter() - start
    left = status(VideoSet.open(made.path)).left
    print(f"{name:24} {seconds:7.1f} s, {left} videos left, {len(failures)} failures", flush=True)
    return digests(made.path), seconds


def ray_cluster(videos: Path, workers: int) -> tuple[dict[str, str], dict[str, str], float]:
    """Files with all nodes alive, files with one killed half-way, seconds of the former."""
    import ray
    from ray.cluster_utils import Cluster

    from lart_core.engines.ray import OBJECTS, RayEngine

    options = {"object_store_memory": OBJECTS, "node_ip_address": LOOPBACK}
    head = {**options, "num_cpus": 0, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    each = -(-workers // 2)
    nodes = [cluster.add_node(num_cpus=each, **options) for _ in range(2)]
    ray.init(address=cluster.address, _node_ip_address=LOOPBACK, log_to_driver=False)
    count, done = len(list(videos.rglob("*.mp4"))), []

    def kill_half_way(line: Line) -> None:
        done.append(line)
        if len(done) == count // 2:
            cluster.remove_node(nodes[0], allow_graceful=False)

    try:
        whole, seconds = measure("ray", videos, RayEngine(workers))
        killed, _ = measure("ray, a node killed", videos, RayEngine(workers), say=kill_half_way)
    finally:
        ray.shutdown()
        cluster.shutdown()
    return whole, killed, seconds


def main() -> None:
    """Print times, ratios, and whether the files agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from lart_core.engines.slurm import SlurmEngine

    use()
    with TemporaryDirectory() as scratch:
        videos = Path(scratch) / "videos"
        make_videos(videos, args.videos)
        expected, _ = measure("one process", videos, engines.LocalEngine())
        local, base = measure("local", videos, engines.LocalEngine(args.workers))
        slurm = SlurmEngine(4, Path(scratch) / "logs", cluster="local")
        tasks, _ = measure("submitit, a task killed", videos, slurm, dies=True)
        whole, killed, seconds = ray_cluster(videos, args.workers)
        print(f"Ray's time over local's, {args.workers} workers: {seconds / base:.2f}")
        same = all(files == expected for files in (local, tasks, whole, killed))
        print(f"{len(expected)} files: {'all the same' if same else 'DIFFERENT'}")
        if not same:
            sys.exit(1)


if __name__ == "__main__":
    main()
