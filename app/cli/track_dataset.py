"""`lart track-dataset FOLDER`: tracklets of a whole folder of videos, resumable."""

import argparse
import sys
from pathlib import Path
from typing import Any

from app.cli import run as one_video
from app.cli import settings


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("folder", type=Path, help="a folder of videos, at any depth")
    parser.add_argument("--out", type=Path, required=True, help="where a run a video goes")
    parser.add_argument(
        "--manifest",
        type=Path,
        help="CSV that lists the videos and is kept up to date (default: manifest.csv in OUT)",
    )
    one_video.add_protocol(parser)
    parser.add_argument(
        "--preset", default="light", help="light (default; formerly embedded) or full"
    )
    settings.configure(parser)


def run(args: argparse.Namespace) -> int:
    """Track what is not tracked yet; 1 if a video was refused."""
    from lart_core.pipeline.folder import track_dataset

    lines = track_dataset(
        args.folder,
        args.out,
        manifest=args.manifest,
        preset=args.preset,
        settings=settings.settings(args),
        protocol=one_video.protocol(args),
        progress=_say,
    )
    refused = [line for line in lines if line.state == "refused"]
    print(f"{len(lines) - len(refused)} of {len(lines)} videos are tracked in {args.out}")
    return 1 if refused else 0


def _say(line: Any, done: int, total: int) -> None:
    what = f"{line.people} people" if line.state == "tracked" else line.reason
    print(f"[{done}/{total}] {line.video}: {what}", file=sys.stderr, flush=True)
