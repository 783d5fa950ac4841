"""Kill `lart dataset track` at random moments, restart it, and compare with an unbroken run.

    python benchmarks/track_dataset_kill.py [--kills 20] [--videos 30]

Videos and perception are made up and cheap (`benchmarks/light_perception.py`); all else is the
product. Every file of both sets but the journals must be the same, byte for byte.
"""

import argparse
import hashlib
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np


def work(folder: Path, out: Path) -> None:
    """Track the folder; runs in a process of its own, which says when it begins and how long."""
    sys.path.insert(0, str(Path(__file__).parent))
    from light_perception import use

    from lart_core import engines

    use()
    print("begins", flush=True)
    start = time.perf_counter()
    engines.track(engines.plan(folder, out, preset="light"), engines.LocalEngine())
    print(time.perf_counter() - start, flush=True)


def digests(folder: Path) -> dict[str, str]:
    """Hash of every file but the journals, which hold times; hidden ones too."""
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name != "journal.jsonl"
    )
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def start(folder: Path, out: Path) -> subprocess.Popen[str]:
    """A worker that has begun."""
    worker = subprocess.Popen(
        [sys.executable, __file__, "--work", str(folder), str(out)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None and worker.stdout.readline() == "begins\n"
    return worker


def main() -> None:
    """Print what was killed when, and whether the files agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--videos", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", nargs=2, type=Path)
    args = parser.parse_args()
    if args.work:
        work(*args.work)
        return
    rng = np.random.default_rng(args.seed)
    with TemporaryDirectory() as scratch:
        here = Path(scratch)
        sys.path.insert(0, str(Path(__file__).parent))
        from light_perception import make_videos

        make_videos(here / "videos", args.videos)
        whole = start(here / "videos", here / "whole")
        seconds = float(whole.communicate()[0].split()[0])
        print(f"unbroken: {seconds:.1f} s for {args.videos} videos")
        killed = 0
        while killed < args.kills:
            worker = start(here / "videos", here / "broken")
            try:
                worker.wait(rng.uniform(0, 1.5 * seconds / args.kills))
                print("ended before it was killed")
                break
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
                killed += 1
                done = len(list((here / "broken").rglob("tracklets/index.parquet")))
                print(f"kill {killed}: {done} videos have tracklets")
        start(here / "videos", here / "broken").communicate()
        a, b = digests(here / "whole"), digests(here / "broken")
        same = a == b
        print(f"{len(a)} files, {killed} kills: {'all the same' if same else 'DIFFERENT'}")
        if not same:
            print({k for k in a.keys() | b.keys() if a.get(k) != b.get(k)})
            sys.exit(1)


if __name__ == "__main__":
    main()
