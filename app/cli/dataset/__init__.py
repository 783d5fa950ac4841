"""`lart dataset`: whole data sets. One module a subcommand."""

import argparse
import importlib

STEPS = {
    "import": "make a data set of LART's released tracklets, with windows and labels",
    "track": "find and follow the people of a folder of videos; goes on where it was stopped",
    "label": "give the tracked people labels from annotated boxes",
    "predict": "write what a model says of all people, as AVA's CSV",
    "status": "say what is done, refused and left, and how long it will take",
}
"""Subcommand -> one-line help; the module of that name has `configure` and `run`."""

MODULES = {"import": "import_"}
"""Module of a subcommand whose name is a keyword."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the steps and their arguments."""
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    for name, summary in STEPS.items():
        module = importlib.import_module(f"app.cli.dataset.{MODULES.get(name, name)}")
        step = steps.add_parser(
            name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
        )
        module.configure(step)
        step.set_defaults(job=module.run)


def run(args: argparse.Namespace) -> int:
    """Do the step."""
    return args.job(args)
