"""`lart export RUN`: a file of a run, for people or for other tools."""

import argparse
from pathlib import Path
from typing import Any

from app.cli.numbers import finite

OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "models": {
        "--model": {
            "nargs": "+",
            "metavar": "NAME",
            "help": "whose actions (default: all of the run's; a format of one model, marked "
            "below, asks for a name where the run has several, as runs usually do: "
            "--model pose-small)",
        }
    },
    "span": {
        "--first": {"type": int, "metavar": "FRAME", "help": "first of a span (default: 0)"},
        "--last": {"type": int, "metavar": "FRAME", "help": "last frame (default: the video's)"},
    },
    "frame": {"--frame": {"type": int, "metavar": "FRAME", "help": "which frame (default: 0)"}},
    "person": {"--person": {"type": int, "metavar": "ID", "help": "track id of a person"}},
    "begins_at": {
        "--begins-at": {
            "type": finite,
            "metavar": "SECONDS",
            "help": "second of the film at which the video begins (AVA's 15-minute cuts: 900; "
            "default: what the run was told with --boxes-start)",
        }
    },
}
"""Option of a format (`analysis.exports.Wish`) -> arguments that give it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments; which format takes which is said in the help."""
    from analysis.exports import ALIASES
    from app.exports.formats import FORMATS

    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "formats:\n" + "\n".join(
        f"  {each.name:16} {each.title}{', of one model' * each.one_model}"
        for each in FORMATS.values()
    )
    parser.add_argument("run_folder", metavar="RUN", type=Path, help="a run folder")
    parser.add_argument(
        "--format", required=True, choices=[*FORMATS, *ALIASES], metavar="FORMAT",
        help="one of those below; csv is another name of ava",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, required=True,
        help="file to write (lart and labels: a folder, unless the name ends in .zip)",
    )  # fmt: skip
    for option, arguments in OPTIONS.items():
        takers = [each.name for each in FORMATS.values() if option in each.options]
        for flag, facts in arguments.items():
            words = {"help": f"{facts['help']}; for {', '.join(takers)}"}
            parser.add_argument(flag, **facts | words)


def run(args: argparse.Namespace) -> int:
    """Write the file."""
    from analysis.exports import Wish, write
    from app.exports.formats import find
    from lart_core.runs.run import Run

    given = _given(args)
    models = tuple(given.pop("model", ()))
    write(find(args.format), Wish(Run.open(args.run_folder), models, **given), args.out)
    print(args.out)
    return 0


def _given(args: argparse.Namespace) -> dict[str, Any]:
    """The options that were given.

    Raises:
        LartError: The format does not take one of them.
    """
    from app.exports.formats import find
    from lart_core.errors import LartError

    taken = [flag for option in find(args.format).options for flag in OPTIONS[option]]
    given = {}
    for flag in [flag for arguments in OPTIONS.values() for flag in arguments]:
        name = flag.removeprefix("--").replace("-", "_")
        if getattr(args, name) is None:
            continue
        if flag not in taken:
            raise LartError(
                f"The format {args.format} takes {' and '.join(taken) or 'no options'}, "
                f"but got {flag}."
            )
        given[name] = getattr(args, name)
    return given
