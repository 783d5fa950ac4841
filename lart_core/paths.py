"""Where the product keeps its files on this machine."""

import os
from importlib.resources import files
from pathlib import Path


def lart_home() -> Path:
    """Folder of cached weights, runs and jobs: ``$LART_HOME``, else ``~/.lart``."""
    return Path(os.environ.get("LART_HOME") or Path.home() / ".lart").expanduser()


def asset(name: str) -> Path:
    """Path of a small file that the product ships, for example ``asset("body/body.npz")``."""
    return Path(str(files("assets"))) / name
