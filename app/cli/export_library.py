"""`lart export-library RUN ...`: several runs as a gallery that needs no server."""

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("run_folders", metavar="RUN", type=Path, nargs="+", help="run folders")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument(
        "--model", nargs="+", default=[], metavar="NAME", help="one or two models (default: all)"
    )
    parser.add_argument("--title", default="LART Lens", help="what the gallery is called")


def run(args: argparse.Namespace) -> int:
    """Write the gallery."""
    from app.site import write_gallery
    from lart_core.runs.run import Run

    runs = [Run.open(folder) for folder in args.run_folders]
    write_gallery(runs, args.out, args.model, args.title)
    print(args.out / "index.html")
    return 0
