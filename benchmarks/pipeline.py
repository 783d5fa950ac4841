"""Frames per second of each stage of the pipeline, and its peak memory.

    python benchmarks/pipeline.py [VIDEO] [--threads 2]

Without a video the sample clip is taken. The run goes into a temporary folder, so nothing is
reused. Model files are fetched before the clock starts.
"""

import argparse
import os
import resource
import tempfile
from pathlib import Path


def main() -> None:
    """Run the pipeline once and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("video", type=Path, nargs="?")
    parser.add_argument("--threads", type=int, default=2, help="threads of torch and BLAS")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)

    from lart_core import pipeline, weights

    path = args.video or weights.path("sample-clip")
    for name in ("movenet-multipose", "blazepose-full"):
        weights.path(name)
    with tempfile.TemporaryDirectory() as scratch:
        run = pipeline.run(path, Path(scratch) / "run")
        frames = run.video.frames
        stages = {name: stage["seconds"] for name, stage in run.facts["stages"].items()}
        print(f"{path.name}: {frames} frames, {len(run.tracklets())} people")
    for name, seconds in stages.items():
        print(f"{name:14} {seconds:8.2f} s {frames / seconds:8.1f} frames/s")
    method = sum(seconds for name, seconds in stages.items() if name != "player")
    print(f"{'without player':14} {method:8.2f} s {frames / method:8.1f} frames/s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{'peak memory':14} {peak:8.2f} GB (Linux)")


if __name__ == "__main__":
    main()
