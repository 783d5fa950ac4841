"""How fast the light preset is: frames a second over everything that `lart run` does, and where the
CPU's time goes.

    python -m benchmarks.pipeline [VIDEO] [--threads 2]

Without a video the sample clip is taken. The run goes into a temporary folder, so nothing is
reused, and model files are fetched before the clock starts. Parts are timed by the clock of the
thread that calls them, each without the parts inside it: what libraries do in threads of their own
(encoding the player copy, some of the networks) is in "other threads".
"""

import argparse
import functools
import os
import resource
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lart_core import pipeline, presets, tracking, weights
from lart_core.perception.embedded import backends, blazepose, i3d, movenet, people, ssd
from lart_core.pipeline import process

PARTS: dict[str, tuple[Any, str]] = {
    "people: MoveNet": (movenet.MoveNetDetector, "detect"),
    "people: two SSDs": (ssd.SSD, "find"),
    "people: the rest": (people.PeopleDetector, "detect"),
    "bodies: BlazePose": (blazepose.BlazePose, "look"),
    "bodies: inverse kinematics": (backends, "_lift"),
    "bodies: masks, colours, the rest": (backends.BlazePoseEstimator, "estimate"),
    "appearance: I3D": (i3d.I3D, "forward"),
    "appearance: pooling": (process._Processing, "_encode"),
    "cuts": (tracking.Cuts, "see"),
    "tracking": (process._Processing, "_track"),
    "actions": (process._Processing, "_act"),
    "perception: the rest": (process._Processing, "_perceive"),
}


class Clock:
    """CPU seconds of parts of the program, each without the parts that it calls."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._inner = threading.local()

    def watch(self, name: str, owner: Any, attribute: str) -> None:
        """Time a function from now on."""
        function: Callable[..., Any] = getattr(owner, attribute)

        @functools.wraps(function)
        def timed(*args: Any, **options: Any) -> Any:
            inner = self._inner.__dict__.setdefault("seconds", [])
            inner.append(0.0)
            start = time.thread_time()
            try:
                return function(*args, **options)
            finally:
                passed = time.thread_time() - start
                self.seconds[name] += passed - inner.pop()
                if inner:
                    inner[-1] += passed

        setattr(owner, attribute, timed)


def main() -> None:
    """Run the pipeline once and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("video", type=Path, nargs="?")
    parser.add_argument("--threads", type=int, default=2, help="threads of torch and BLAS")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)

    presets.require("light")
    path = args.video or weights.path("sample-clip")
    clock = Clock()
    for name, (owner, attribute) in PARTS.items():
        clock.watch(name, owner, attribute)
    with tempfile.TemporaryDirectory() as scratch:
        start, busy = time.perf_counter(), time.process_time()
        run = pipeline.run(path, Path(scratch) / "run")
        wall, cpu = time.perf_counter() - start, time.process_time() - busy
        frames, people_count = run.video.frames, len(run.tracklets())
        stages = {name: stage.get("seconds") for name, stage in run.facts["stages"].items()}
    length = frames / run.video.fps
    print(f"{path.name}: {frames} frames, {length:.1f} s, {people_count} people")
    print(f"{wall:.1f} s, {frames / wall:.1f} frames/s, {cpu:.1f} CPU seconds")
    print("\n".join(f"{name:34} {seconds:6.2f} s" for name, seconds in stages.items() if seconds))
    print("CPU seconds a second of video")
    clock.seconds["decoding, player copy, other threads"] = cpu - clock.seconds.total()
    for name, seconds in clock.seconds.most_common():
        print(f"{name:38} {seconds / length:6.3f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{'peak memory':38} {peak:6.2f} GB (Linux)")


if __name__ == "__main__":
    main()
