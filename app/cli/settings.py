"""`--set NAME=VALUE` and `--config FILE`, for every command that makes runs."""

import argparse
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from lart_core.errors import LartError

if TYPE_CHECKING:
    from lart_core.settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    """Add both; each setting is explained below the help."""
    from lart_core.settings import Settings

    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting, see below"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE.yaml",
        help="settings as lines of NAME: VALUE; --set goes before",
    )  # fmt: skip
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    lines = [
        f"  {each.name:16} {each.metadata['help']}"
        + ("" if each.default is None else f" Default: {each.default:g}.")
        for each in fields(Settings)
    ]
    parser.epilog = "settings:\n" + "\n".join(lines)


def settings(args: argparse.Namespace) -> "Settings":
    """What was set.

    Raises:
        LartError: A setting is unknown or its value is none, or the file cannot be read.
    """
    from lart_core.settings import Settings

    given = Settings.read(args.config) if args.config else {}
    for text in args.set:
        name, equals, value = text.partition("=")
        if not equals:
            raise LartError(f"Expected --set NAME=VALUE, but got {text!r}.")
        given[name.strip()] = value.strip()
    return Settings.of(given)
