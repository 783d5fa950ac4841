"""`lart dataset status SET`: what is done, refused and left."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

SHOWN = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("set", type=Path, help="a data set")
    parser.add_argument("--json", action="store_true", help="as one JSON object, refused ones too")


def run(args: argparse.Namespace) -> int:
    """Print the counts."""
    from lart_core.dataset import VideoSet, status

    now = status(VideoSet.open(args.set))
    if args.json:
        print(json.dumps(asdict(now), allow_nan=False))
        return 0
    print(f"tracked  {now.tracked:9,d}")
    print(f"refused  {now.refused:9,d}")
    print(f"left     {now.left:9,d}")
    if now.seconds is not None:
        print(f"a video took {now.seconds:.1f} s; {now.workers} workers are at it")
    if now.remaining is not None and now.left:
        hours, minutes = divmod(round(now.remaining / 60), 60)
        print(f"time left: about {hours} h {minutes} min")
    for line in now.failures[:SHOWN]:
        print(f"refused: {line.video}: {line.reason}")
    if len(now.failures) > SHOWN:
        print(f"and {len(now.failures) - SHOWN} more refused ones; --json lists all")
    return 0
