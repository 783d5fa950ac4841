"""The `lart` command. One module a subcommand, imported only when it is asked for."""

import argparse
import importlib
import importlib.metadata
import keyword
import os
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lart_core
from lart_core.errors import LartError, LartWarning, machine_fault

COMMANDS = {
    "run": "find, track and name the actions of the people in a video",
    "dataset": "track, label, judge and count whole data sets, on one machine or on many",
    "track-dataset": "another name of `lart dataset track`",
    "import": "make a run of tracklets by PHALP or LART (.pkl), read without running anything",
    "export": "write a file of a run: tables, tracklets for other tools, meshes, pictures",
    "export-library": "make a gallery of runs that plays without a server",
    "actions": "say what the people of tracklets do, by a model",
    "train": "train a model on labelled tracklets by the paper's recipe",
    "study": "make labelled tracklets of motion and video sets, and train models on them",
    "evaluate": "give AVA's mAP@0.5 for a CSV of predictions, as the official evaluator does",
    "weights": "list, fetch, verify and locate model files",
    "app": "start the app in a browser",
}
"""Subcommand -> one-line help. The module `app.cli.<name>` (dashes as underscores; `import_`) has
`configure(parser)`, which adds its arguments, and `run(args) -> int`, which does the job."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; a `LartError` or a fault of the machine (a full disk, a missing
    permission) ends in one sentence on stderr and exit code 2."""
    argv = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="lart", description="LART Lens: action recognition from 3-D pose and tracking."
    )
    parser.add_argument("--version", action="version", version=f"lart {lart_core.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
        )
        if name in argv[:1]:
            module = importlib.import_module(f"app.cli.{_module(name)}")
            module.configure(command)
            command.set_defaults(run=module.run)
    if (said := _leading_dash(argv)) is not None:
        print(said, file=sys.stderr)
        return 2
    args = parser.parse_args(argv)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", LartWarning)
            warnings.showwarning = _aloud(args.command)
            code = args.run(args)
            sys.stdout.flush()
            return code
    except LartError as error:
        print(f"lart {args.command}: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if (extra := _extra(error.name or "")) is None:
            raise
        print(
            f"lart {args.command}: this needs {error.name}, which is not installed; "
            f"it comes with: pip install 'lart-lens[{extra}]'",
            file=sys.stderr,
        )
        return 2
    except BrokenPipeError:  # The reader went away, as `| head` does; see Python's docs of SIGPIPE.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if (said := machine_fault(error)) is None:
            raise
        print(f"lart {args.command}: {said}", file=sys.stderr)
        _drop_unwritten()
        return 2


def _drop_unwritten() -> None:
    """Forget what standard output could not take, or Python fails over it once more at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _leading_dash(argv: Sequence[str]) -> str | None:
    """What to do about a file whose name looks like an option; None where there is none."""
    options = argv[: argv.index("--")] if "--" in argv else argv
    for word in options[1:]:
        if word.startswith("-") and "." in word and "=" not in word:
            from lart_core.video import ENDINGS

            if Path(word).suffix.lower().lstrip(".") in ENDINGS:
                return (
                    f"lart {argv[0]}: {word} begins with a dash, as options do; put -- before it: "
                    f"lart {argv[0]} [options] -- {word}"
                )
    return None


def _extra(module: str) -> str | None:
    """The extra that brings a package, by what the installed distribution says of itself."""
    try:
        needs = importlib.metadata.requires("lart-lens") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    wanted = module.split(".")[0].replace("_", "-")
    for need in needs:
        found = re.fullmatch(r"([\w-]+).*; extra == ['\"](\w+)['\"]", need)
        if found and found[1] == wanted:
            return found[2]
    return None


def _aloud(command: str) -> Callable[..., None]:
    """Shows a `LartWarning` as people read it, and any other as Python does."""
    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, LartWarning):
            print(f"lart {command}: {message}", file=sys.stderr, flush=True)
        else:
            usual(message, category, *where, **more)

    return show


def _module(command: str) -> str:
    name = command.replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name
