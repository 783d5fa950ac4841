"""Engines: who works on the shards of a set. One interface, and the same files from each."""

from lart_core.engines.engine import Engine, Failure, Make, Say, Work
from lart_core.engines.importing import SetImporter, import_films, plan_import
from lart_core.engines.local import LocalEngine
from lart_core.engines.tracking import ENGINES, SetTracker, Wish, engine, plan, track

__all__ = [
    "ENGINES", "Engine", "Failure", "LocalEngine", "Make", "Say", "SetImporter", "SetTracker",
    "Wish", "Work", "engine", "import_films", "plan", "plan_import", "track",
]  # fmt: skip
