"""`lart import FILE`: other people's tracklets become a run."""

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "file", type=Path, help="a PHALP result .pkl, a LART tracklet .pkl, or a folder of those"
    )
    parser.add_argument("--out", type=Path, required=True, help="run folder to make")
    parser.add_argument("--video", type=Path, help="the video they were made from, if at hand")
    parser.add_argument(
        "--fps", type=float, help="frame rate, if neither video nor file says it (default: 30)"
    )


def run(args: argparse.Namespace) -> int:
    """Import, then say what came."""
    from lart_core.pipeline.import_run import import_run

    made = import_run(args.file, args.out, film=args.video, fps=args.fps)
    people = made.tracklets()
    print(f"{made.path}: {len(people)} people in {made.video.frames} frames")
    return 0
