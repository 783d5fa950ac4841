"""`lart export RUN`: a run's people as other tools read them."""

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("run_folder", metavar="RUN", type=Path, help="a run folder")
    parser.add_argument(
        "--format", required=True, choices=["phalp", "lart", "csv", "parquet", "npz"]
    )
    parser.add_argument("--out", type=Path, required=True, help="file (for lart: folder) to write")
    parser.add_argument("--model", help="for csv: whose actions (default: the run's only model)")
    parser.add_argument(
        "--begins-at",
        type=float,
        default=0.0,
        help="for csv: second of the film at which the video begins (AVA's 15-minute cuts: 900)",
    )


def run(args: argparse.Namespace) -> int:
    """Write the file."""
    from lart_core.runs.run import Run

    opened = Run.open(args.run_folder)
    if args.format == "csv":
        _csv(opened, args)
    else:
        from lart_core.pipeline.import_run import export_tracklets

        export_tracklets(opened.tracklets(), args.format, args.out)
    print(args.out)
    return 0


def _csv(opened, args: argparse.Namespace) -> None:
    from analysis.ava.csv_file import to_csv
    from analysis.runs.ava_predictions import predictions_of_run
    from lart_core.atomic_files import write_bytes
    from lart_core.errors import LartError

    models = opened.models()
    if args.model is None and len(models) != 1:
        raise LartError(
            f"Expected --model, since this run has {len(models)} models "
            f"({', '.join(models) or 'none'}); AVA's CSV holds what one model says."
        )
    table = predictions_of_run(opened, args.model or models[0], begins_at=args.begins_at)
    write_bytes(args.out, to_csv(table))
