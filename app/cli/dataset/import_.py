"""`lart dataset import FOLDER`: LART's release, or a folder of its layout, as a run a film."""

import argparse
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("folder", type=Path, help="LART's .pkl files, such as its ava_val")
    parser.add_argument("--layout", choices=["lart"], default="lart", help="whose layout")
    parser.add_argument("--out", type=Path, required=True, help="where a run a film goes")


def run(args: argparse.Namespace) -> int:
    """Import each film that is not there yet."""
    from lart_core.pipeline.import_lart import import_lart_folder

    def told(film: str, done: int, total: int) -> None:
        print(f"[{done}/{total}] {film}", file=sys.stderr, flush=True)

    runs = import_lart_folder(args.folder, args.out, progress=told)
    print(f"{args.out}: {len(runs)} films")
    return 0
