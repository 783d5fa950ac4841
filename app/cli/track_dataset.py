"""`lart track-dataset`: the former name of `lart dataset track`."""

from app.cli.dataset.track import configure, run

__all__ = ["configure", "run"]
