"""`lart dataset predict SET --model M --out PRED.csv`: what a model says, for `lart evaluate`."""

import argparse
import sys
from pathlib import Path

from app.cli.numbers import finite


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("set", type=Path, help="a data set")
    parser.add_argument(
        "--model", required=True, metavar="NAME|PATH", help="a shipped model or a checkpoint file"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="CSV", help="AVA's layout")
    parser.add_argument(
        "--begins-at", type=finite, metavar="SECONDS",
        help="second of the film at which the videos begin (default: as in `lart dataset label`, "
        "or else as --boxes-start, or 0)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Predict, keep what the model says in each run, and write the CSV."""
    from analysis.runs.set_predictions import write_predictions
    from app.cli.actions import model_file
    from lart_core.dataset import VideoSet
    from lart_core.model import load_checkpoint

    checkpoint = load_checkpoint(model_file(args.model))
    done = write_predictions(
        VideoSet.open(args.set), checkpoint, args.out, begins_at=args.begins_at, say=_say
    )
    print(f"{done.boxes} people at keyframes of {done.videos} videos in {args.out}")
    if done.empty:
        print(f"{done.empty} videos have nobody at a keyframe", file=sys.stderr)
    return 0


def _say(video: str, number: int) -> None:
    print(f"[{number}] {video}", file=sys.stderr, flush=True)
