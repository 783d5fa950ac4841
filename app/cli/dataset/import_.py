"""`lart dataset import FOLDER`: LART's release, or a folder of its layout, as a data set."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.dataset.outcome import outcome

if TYPE_CHECKING:
    from lart_core.dataset import Line


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("folder", type=Path, help="LART's .pkl files, such as its ava_val")
    parser.add_argument("--layout", choices=["lart"], default="lart", help="whose layout")
    parser.add_argument("--out", type=Path, required=True, metavar="SET", help="the data set")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (1)")


def run(args: argparse.Namespace) -> int:
    """Import each film that is not there yet; 1 if one was refused or is left."""
    from lart_core import engines
    from lart_core.errors import LartError

    if args.workers < 1:
        raise LartError(f"Expected --workers of at least 1, but got {args.workers}.")
    videos = engines.plan_import(args.folder, args.out)
    failures = engines.import_films(videos, engines.LocalEngine(args.workers), say=_say)
    return outcome(videos, failures, f"films are imported in {args.out}")


def _say(line: "Line") -> None:
    what = f"{line.people} tracklets" if line.state == "tracked" else line.reason
    print(f"{line.video}: {what}", file=sys.stderr, flush=True)
