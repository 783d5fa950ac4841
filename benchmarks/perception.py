"""Speed and recall of the embedded perception: `python -m benchmarks.perception VIDEO...`.

Everything is measured in one run on the given videos: MoveNet alone at three sizes and tiled,
with gamma on and off, then the whole chain. CPU seconds are printed beside the clock's, since they
stay comparable on a busy machine.
"""

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lart_core import video
from lart_core.perception.embedded import backends, movenet
from lart_core.perception.embedded.movenet import MoveNetDetector
from lart_core.perception.protocols import Detections, Frame


def main() -> None:
    """Print one table a video."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    for path in arguments.videos:
        frames = list(video.frames(path))
        print(f"{path.name}: {len(frames)} frames of {frames[0].shape[1]}x{frames[0].shape[0]}")
        _detectors(frames, arguments.threads)
        _chain(frames, arguments.threads)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.2f} GiB, with all frames of the longest video in memory")


def _detectors(frames: list[Frame], threads: int) -> None:
    for size in (256, 384, 512):
        _report(f"MoveNet {size}", frames, MoveNetDetector(size, threads).detect)
    _report("MoveNet 384, 2x2 tiles", frames, MoveNetDetector(384, threads, tiles=2).detect)
    dark = movenet.DARK
    for name, movenet.DARK in (("gamma never", -1.0), ("gamma always", 256.0)):
        _report(f"MoveNet 384, {name}", frames, MoveNetDetector(384, threads).detect)
    movenet.DARK = dark


def _chain(frames: list[Frame], threads: int) -> None:
    detector, estimator = backends.detector(threads), backends.BlazePoseEstimator(threads)
    detections = _report("MoveNet 384 and following", frames, detector.detect)
    valid: list[np.ndarray] = []

    def estimate(part: list[Frame]) -> list[Detections]:
        valid.extend(body.valid for body in estimator.estimate(part, detections))
        return detections

    _report("bodies of those", frames, estimate)
    everyone = np.concatenate(valid)
    print(f"  bodies that are valid: {everyone.mean():.1%} of {len(everyone)}")


def _report(
    name: str, frames: list[Frame], work: Callable[[list[Frame]], list[Detections]]
) -> list[Detections]:
    clock, cpu = time.perf_counter(), time.process_time()
    found = work(frames)
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    people = np.array([len(each) for each in found])
    print(
        f"  {name:26} {len(frames) / clock:6.1f} frames/s  {1000 * cpu / len(frames):6.1f} ms CPU a"
        f" frame  {people.mean():.2f} people a frame, {np.mean(people > 0):.0%} with any"
    )
    return found


if __name__ == "__main__":
    main()
