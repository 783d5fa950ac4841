"""`lart dataset label SET --gt AVA.csv`: ground-truth labels of the tracked people."""

import argparse
from pathlib import Path

from app.cli.numbers import finite


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("set", type=Path, help="a data set")
    parser.add_argument(
        "--gt", type=Path, nargs="+", required=True, metavar="CSV",
        help="annotated boxes in AVA's layout",
    )  # fmt: skip
    parser.add_argument(
        "--labels", type=Path, metavar="PBTXT", help="classes to learn (default: AVA's 60)"
    )
    parser.add_argument(
        "--begins-at", type=finite, metavar="SECONDS",
        help="second of the film at which the videos begin (default: as --boxes-start, or 0)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Label; 1 if no tracked person is an annotated one."""
    import analysis
    from analysis.runs.set_labels import label

    classes = analysis.read_label_map(args.labels) if args.labels else analysis.ava_label_map()
    done = label(args.set, args.gt, classes, begins_at=args.begins_at)
    print(
        f"{done.labelled} tracklets are labelled, by {done.annotated} annotated people at their "
        f"times in {done.videos} videos; {done.without} tracked videos have no annotation"
    )
    return 0 if done.labelled else 1
