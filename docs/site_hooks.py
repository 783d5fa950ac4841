"""What `mkdocs` makes itself: a page a command from argparse, a page an example, links that hold.

Pages of the repository that lie outside `docs/` have no place in the site; links to them become
their names.
"""

import argparse
import ast
import importlib
import os
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = re.compile(r"(?<!!)\[([^\]]+)\]\((?:\.\./)+([^)#]+)(?:#[^)]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the commands and of the examples."""
    sys.path.insert(0, str(ROOT))
    os.environ["COLUMNS"] = "88"
    for name, text in {**_commands(), **_examples()}.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links out of `docs/` become the path within the repository; benchmarks are listed."""
    if "<!-- benchmarks -->" in markdown:
        markdown = markdown.replace("<!-- benchmarks -->", _benchmarks())
    return OUTSIDE.sub(lambda m: f"{m[1]} (`{m[2]}`)" if m[1] != m[2] else f"`{m[2]}`", markdown)


def _commands() -> dict[str, str]:
    cli = importlib.import_module("app.cli")
    pages = {}
    rows = []
    for name, summary in cli.COMMANDS.items():
        parser = argparse.ArgumentParser(prog=f"lart {name}", description=summary)
        importlib.import_module(f"app.cli.{cli._module(name)}").configure(parser)
        pages[f"reference/commands/{name}.md"] = _page(f"lart {name}", parser)
        rows.append(f"| [`lart {name}`]({name}.md) | {summary} |")
    pages["reference/commands/index.md"] = "\n".join(
        ["# Commands", "", "Every command has `--help`. One that fails says why in one sentence "
         "and ends with exit code 2.", "", "| command | |", "|---|---|", *rows, ""]
    )  # fmt: skip
    return pages


def _page(title: str, parser: argparse.ArgumentParser) -> str:
    summary = (parser.description or "").strip().rstrip(".")
    parts = [f"# {title}", f"{summary[:1].upper()}{summary[1:]}.", *_help(parser)]
    for name, child in _children(parser).items():
        said = _summaries(parser).get(name, "")
        parts += [f"## {title} {name}", f"{said[:1].upper()}{said[1:]}." if said else ""]
        parts += _help(child)
    return "\n\n".join(part for part in parts if part) + "\n"


def _help(parser: argparse.ArgumentParser) -> list[str]:
    return ["```text\n" + parser.format_help().strip() + "\n```"]


def _children(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _summaries(parser: argparse.ArgumentParser) -> dict[str, str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return {choice.dest: choice.help or "" for choice in action._choices_actions}
    return {}


def _benchmarks() -> str:
    rows = ["| script | |", "|---|---|"]
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        first = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")
        rows.append(f"| `{path.name}` | {first} |")
    return "\n".join(rows)


def _examples() -> dict[str, str]:
    pages = {}
    for path in sorted((ROOT / "examples").glob("[0-9]*.py")):
        source = path.read_text(encoding="utf-8")
        first = (ast.get_docstring(ast.parse(source)) or "").splitlines()[0].rstrip(".")
        number, title = path.stem.split("_", 1)
        heading = f"# {number} {title.replace('_', ' ').capitalize()}"
        text = f"{heading}\n\n{first}.\n\n```python\n{source.strip()}\n```\n"
        pages[f"examples/{path.stem}.md"] = text
    return pages
